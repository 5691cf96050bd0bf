namespace Semel.Client.Producing.Accumulation;

/// <summary>Records that ended.</summary>
internal readonly record struct FlushTally(long Delivered, long Failed, KafkaException? FirstError)
{
    public FlushTally Plus(FlushTally other) => new(Delivered + other.Delivered, Failed + other.Failed, FirstError ?? other.FirstError);
    public FlushTally Minus(FlushTally part) => new(Delivered - part.Delivered, Failed - part.Failed, Failed > part.Failed ? FirstError : null);
}

/// <summary>One call of FlushAsync: ends when every batch and every waiting record it was told of has ended. Thread safe.</summary>
/// <param name="isAwaitedByCaller">False when the producer waits for itself, and no caller is going to read the result.</param>
internal sealed class FlushWait(bool isAwaitedByCaller)
{
    readonly Lock _gate = new();
    readonly TaskCompletionSource<FlushResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    FlushTally _tally;
    // One for the caller who is still telling batches.
    int _pending = 1;

    public Task<FlushResult> Task => _completion.Task;
    public bool IsAwaitedByCaller => isAwaitedByCaller;

    public void Add(DeliveryGroup group)
    {
        lock (_gate) _pending++;
        if (!group.TryAddFlush(this)) Note(default);
    }

    /// <summary>One more record; it is noted when it ends.</summary>
    public void AddRecord()
    {
        lock (_gate) _pending++;
    }

    /// <summary>Records that have ended before, and that no flush has counted.</summary>
    public void AddEnded(FlushTally tally)
    {
        lock (_gate) _tally = _tally.Plus(tally);
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
