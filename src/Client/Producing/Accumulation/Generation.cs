namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Records that are accepted between two seals: those of one flush, or of one transaction. A record gets its generation under the lock under which it is accepted,
/// and keeps it. What belongs to it is counted in batches, and in records of Produce that wait for their place; when it is sealed and the last of them has ended,
/// it has ended. Thread safe.
/// </summary>
/// <param name="number">Grows by one with each seal.</param>
internal sealed class Generation(long number)
{
    readonly Lock _gate = new();
    readonly TaskCompletionSource<FlushResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // One for the seal that has not come to its end yet.
    int _unended = 1;
    long _delivered, _failed;
    KafkaException? _firstError;
    Func<TopicPartition, Exception>? _refusal;
    volatile bool _isWatched;

    public long Number => number;

    /// <summary>Completes when it is sealed and all its records have their reports; their handlers are on their way then.</summary>
    public Task<FlushResult> Ended => _ended.Task;

    /// <summary>Whether a caller is told how its records ended.</summary>
    public bool IsWatched => _isWatched;

    /// <summary>The first failure of a record that belongs to it, at once; null as long as there is none.</summary>
    public KafkaException? FirstError
    {
        get { lock (_gate) return _firstError; }
    }

    /// <summary>Called once, with the first failure, by whoever ends the record, outside of every lock. Set before the generation has records.</summary>
    public Action<KafkaException>? Failed { get; set; }

    /// <summary>What whoever brings a record for it and for no other is told; null while such records are accepted.</summary>
    public Func<TopicPartition, Exception>? Refusal => Volatile.Read(ref _refusal);

    /// <summary>Refuses every record that is brought for it from here on; the first reason stays. Those accepted go on.</summary>
    public void Refuse(Func<TopicPartition, Exception> because) => Interlocked.CompareExchange(ref _refusal, because, null);

    public void Watch() => _isWatched = true;

    /// <summary>One more batch or waiting record belongs to it. Only while it is current, or by what belongs to it already.</summary>
    public void Join() => Interlocked.Increment(ref _unended);

    /// <summary>A batch or waiting record has ended, or the seal.</summary>
    public void Leave(long delivered, long failed)
    {
        FlushResult result;
        lock (_gate)
        {
            _delivered += delivered;
            _failed += failed;
            if (Interlocked.Decrement(ref _unended) > 0) return;
            result = new FlushResult(_delivered, _failed, _firstError);
        }
        _ended.TrySetResult(result);
    }

    /// <summary>A record of it has failed; it is counted when what it is part of has ended.</summary>
    public void Note(KafkaException failure)
    {
        lock (_gate)
        {
            if (_firstError is not null) return;
            _firstError = failure;
        }
        Failed?.Invoke(failure);
    }

    public override string ToString() => $"generation {number}";
}
