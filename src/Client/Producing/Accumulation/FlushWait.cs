namespace Semel.Client.Producing.Accumulation;

/// <summary>Records that ended.</summary>
internal readonly record struct FlushTally(long Delivered, long Failed, KafkaException? FirstError)
{
    public FlushTally Plus(FlushTally other) => new(Delivered + other.Delivered, Failed + other.Failed, FirstError ?? other.FirstError);
}

/// <summary>One call of FlushAsync: ends when every batch it was told of has ended. Thread safe.</summary>
internal sealed class FlushWait(FlushTally already)
{
    readonly Lock _gate = new();
    readonly TaskCompletionSource<FlushResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    FlushTally _tally = already;
    // One for the caller who is still telling batches.
    int _pending = 1;

    public Task<FlushResult> Task => _completion.Task;

    public void Add(DeliveryGroup group)
    {
        lock (_gate) _pending++;
        if (!group.TryAddFlush(this)) Note(default);
    }

    public void Note(FlushTally tally)
    {
        lock (_gate)
        {
            _tally = _tally.Plus(tally);
            if (--_pending > 0) return;
        }
        _completion.TrySetResult(new FlushResult(_tally.Delivered, _tally.Failed, _tally.FirstError));
    }

    /// <summary>All batches have been told.</summary>
    public void Close() => Note(default);
}
