namespace Semel.Client.Producing.Accumulation;

/// <summary>What followed from ending records of a group.</summary>
/// <param name="IsDone">They were the last ones.</param>
/// <param name="IsWatched">Somebody awaited one of them, gave a handler, or is told by a flush.</param>
/// <param name="Callbacks">What the completion pump has to run, in the order of the records; null when there is nothing.</param>
internal readonly record struct GroupEnd(bool IsDone, bool IsWatched, IReadOnlyList<DeliveryCallback>? Callbacks);

/// <summary>
/// How the records of one batch end, and who waits for that. One object for all of a batch's records: a record's <see cref="Delivery"/> is this and its index.
/// Usually all end together; after a split or a refusal of single records each has its own end. Thread safe.
/// </summary>
internal sealed class DeliveryGroup
{
    readonly Lock _gate = new();
    RecordEnd[]? _ends;
    int _count, _left;
    Verdict _verdict;
    volatile bool _isDone;
    Continuations? _continuations;
    List<DeliveryCallback>? _callbacks;

    /// <param name="generation">Told when it has ended, and of failures.</param>
    /// <param name="openedAt">By the producer's clock.</param>
    public DeliveryGroup(TopicPartition partition, Generation generation, TimeSpan openedAt)
    {
        (Partition, Generation, OpenedAt) = (partition, generation, openedAt);
        generation.Join();
    }

    public TopicPartition Partition { get; }

    /// <summary>When its first record was accepted, by the producer's clock.</summary>
    public TimeSpan OpenedAt { get; }

    /// <summary>That of all its records.</summary>
    public Generation Generation { get; }

    /// <summary>Whether all records have ended.</summary>
    public bool IsDone => _isDone;

    /// <summary>How many records it has.</summary>
    public int Count => _count;

    /// <summary>One record's end, when the batch did not end as a whole.</summary>
    struct RecordEnd
    {
        public bool IsDone;
        public int OffsetDelta;
        public Verdict Verdict;
    }

    public bool HasEnded(int index) => _isDone || (Volatile.Read(ref _ends) is { } ends && Volatile.Read(ref ends[index].IsDone));

    /// <exception cref="ProduceException">The record was not delivered, or nobody knows.</exception>
    public DeliveryResult GetResult(int index, long timestamp)
    {
        if (!HasEnded(index)) throw new InvalidOperationException("the delivery is not complete yet: await it");
        var (verdict, delta) = EndOf(index);
        if (verdict.Error is { } error) throw new ProduceException(error, verdict.Class, verdict.Status, Partition);
        return Describe(verdict, delta, timestamp);
    }

    /// <summary>How a record ended that has.</summary>
    public (DeliveryResult Result, ProduceException? Failure) Outcome(int index, long timestamp)
    {
        var (verdict, delta) = EndOf(index);
        return (Describe(verdict, delta, timestamp), verdict.IsFailure ? FailureOf(verdict) : null);
    }

    public DeliveryReport<TKey, TValue> Report<TKey, TValue>(int index, long timestamp, Message<TKey, TValue> message)
    {
        var (result, failure) = Outcome(index, timestamp);
        return new DeliveryReport<TKey, TValue>(message, result.TopicPartitionOffset, result.Timestamp, result.Status, failure);
    }

    DeliveryResult Describe(Verdict verdict, int delta, long timestamp) => new(
        new TopicPartitionOffset(Partition, verdict.BaseOffset < 0 ? Offset.Unset : verdict.BaseOffset + delta),
        verdict.LogAppendTime >= 0 ? new Timestamp(verdict.LogAppendTime, TimestampType.LogAppendTime) : new Timestamp(timestamp),
        verdict.Status);

    (Verdict Verdict, int Delta) EndOf(int index) =>
        _ends is { } ends ? (ends[index].Verdict, ends[index].OffsetDelta) : (_verdict, index);

    /// <returns>False when the record has ended already; then nothing was registered.</returns>
    public bool TryOnCompleted(int index, Action continuation, SynchronizationContext? context)
    {
        lock (_gate)
        {
            if (HasEnded(index)) return false;
            (_continuations ??= new()).Add(new Continuation(index, continuation, context));
            return true;
        }
    }

    /// <summary>One more record, told to the callback when it ends. Only while the batch is open.</summary>
    public Delivery Add(long timestamp, DeliveryCallback? callback)
    {
        var index = _count++;
        if (callback is not null)
        {
            callback.Place(index, timestamp);
            (_callbacks ??= []).Add(callback);
        }
        return new Delivery(this, index, timestamp);
    }

    /// <summary>Ends records. When they were the last ones, <see cref="LeaveGeneration"/> has to follow.</summary>
    /// <param name="indexes">Which of the group's records they are, in the order in which the batch of the verdict has them; null for all that have not ended.</param>
    public GroupEnd End(Verdict verdict, int[]? indexes)
    {
        Continuations? continuations;
        List<DeliveryCallback>? callbacks;
        bool isDone;
        lock (_gate)
        {
            if (_isDone) return default;
            if (indexes is not null) EndSome(verdict, indexes);
            else if (_ends is not null) EndRest(verdict);
            else _verdict = verdict;
            if (isDone = indexes is null || _left == 0) _isDone = true;
            continuations = TakeContinuations();
            callbacks = TakeCallbacks();
        }
        // User code runs where it awaited, or on the pool: never on a loop of the producer, and none waits for another.
        continuations?.Start();
        if (verdict.IsFailure) Generation.Note(FailureOf(verdict));
        return new GroupEnd(isDone, continuations is not null || Generation.IsWatched || callbacks?.Exists(static callback => callback.IsHandler) == true, callbacks);
    }

    /// <summary>All its records have ended, and what follows from that is on its way.</summary>
    public void LeaveGeneration()
    {
        var failed = FailedCount();
        Generation.Leave(_count - failed, failed);
    }

    int FailedCount()
    {
        if (_ends is not { } ends) return _verdict.IsFailure ? _count : 0;
        var failed = 0;
        foreach (var end in ends)
            if (end.Verdict.IsFailure) failed++;
        return failed;
    }

    void EndSome(Verdict verdict, int[] indexes)
    {
        if (_ends is null)
        {
            _left = _count;
            Volatile.Write(ref _ends, new RecordEnd[_count]);
        }
        for (var delta = 0; delta < indexes.Length; delta++)
        {
            ref var end = ref _ends[indexes[delta]];
            if (end.IsDone) continue;
            end.Verdict = verdict;
            end.OffsetDelta = delta;
            Volatile.Write(ref end.IsDone, true);
            _left--;
        }
    }

    void EndRest(Verdict verdict)
    {
        for (var index = 0; index < _ends!.Length; index++)
            if (!_ends[index].IsDone) _ends[index].Verdict = verdict;
    }

    Continuations? TakeContinuations()
    {
        if (_continuations is null || !_isDone) return _continuations?.Take(HasEnded);
        var all = _continuations;
        _continuations = null;
        return all;
    }

    List<DeliveryCallback>? TakeCallbacks()
    {
        if (_callbacks is null || _isDone)
        {
            var all = _callbacks;
            _callbacks = null;
            return all;
        }
        var ended = _callbacks.FindAll(callback => HasEnded(callback.Index));
        _callbacks.RemoveAll(callback => HasEnded(callback.Index));
        return ended.Count > 0 ? ended : null;
    }

    ProduceException FailureOf(Verdict verdict) => new(verdict.Error!, verdict.Class, verdict.Status, Partition);
}
