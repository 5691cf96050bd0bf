namespace Semel.Client.Producing.Accumulation;

/// <summary>What followed from ending records of a group.</summary>
/// <param name="IsDone">They were the last ones.</param>
/// <param name="IsWatched">Somebody awaited one of them, gave a handler, or is told by a flush.</param>
/// <param name="Unflushed">Once all have ended: what of the group no flush has counted.</param>
/// <param name="Callbacks">What the completion pump has to run, in the order of the records; null when there is nothing.</param>
internal readonly record struct GroupEnd(bool IsDone, bool IsWatched, FlushTally Unflushed, IReadOnlyList<DeliveryCallback>? Callbacks);

/// <summary>
/// How the records of one batch end, and who waits for that. One object for all of a batch's records: a record's <see cref="Delivery"/> is this and its index.
/// Usually all end together; after a split or a refusal of single records each has its own end. Thread safe.
/// </summary>
internal sealed class DeliveryGroup(TopicPartition partition)
{
    readonly Lock _gate = new();
    RecordEnd[]? _ends;
    int _count, _left;
    Verdict _verdict;
    volatile bool _isDone;
    List<Continuation>? _continuations;
    List<DeliveryCallback>? _callbacks;
    List<FlushWait>? _flushes;
    FlushTally _flushedAlone;

    public TopicPartition Partition => partition;

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

    readonly record struct Continuation(int Index, Action Run, SynchronizationContext? Context);

    public bool HasEnded(int index) => _isDone || (Volatile.Read(ref _ends) is { } ends && Volatile.Read(ref ends[index].IsDone));

    /// <exception cref="ProduceException">The record was not delivered, or nobody knows.</exception>
    public DeliveryResult GetResult(int index, long timestamp)
    {
        if (!HasEnded(index)) throw new InvalidOperationException("the delivery is not complete yet: await it");
        var (verdict, delta) = EndOf(index);
        if (verdict.Error is { } error) throw new ProduceException(error, verdict.Class, verdict.Status, partition);
        return Describe(verdict, delta, timestamp);
    }

    public DeliveryReport<TKey, TValue> Report<TKey, TValue>(int index, long timestamp, Message<TKey, TValue> message)
    {
        var (verdict, delta) = EndOf(index);
        var result = Describe(verdict, delta, timestamp);
        var failure = verdict.Error is { } error ? new ProduceException(error, verdict.Class, verdict.Status, partition) : null;
        return new DeliveryReport<TKey, TValue>(message, result.TopicPartitionOffset, result.Timestamp, result.Status, failure);
    }

    DeliveryResult Describe(Verdict verdict, int delta, long timestamp) => new(
        new TopicPartitionOffset(partition, verdict.BaseOffset < 0 ? Offset.Unset : verdict.BaseOffset + delta),
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
            (_continuations ??= []).Add(new Continuation(index, continuation, context));
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

    /// <returns>False when all records have ended already.</returns>
    public bool TryAddFlush(FlushWait flush)
    {
        lock (_gate)
        {
            if (_isDone) return false;
            (_flushes ??= []).Add(flush);
            return true;
        }
    }

    /// <summary>Ends records.</summary>
    /// <param name="indexes">Which of the group's records they are, in the order in which the batch of the verdict has them; null for all that have not ended.</param>
    public GroupEnd End(Verdict verdict, int[]? indexes)
    {
        List<Continuation>? continuations;
        List<DeliveryCallback>? callbacks;
        List<FlushWait>? flushes = null;
        bool isDone;
        lock (_gate)
        {
            if (_isDone) return default;
            if (indexes is not null) EndSome(verdict, indexes);
            else if (_ends is not null) EndRest(verdict);
            else _verdict = verdict;
            if (isDone = indexes is null || _left == 0)
            {
                _isDone = true;
                (flushes, _flushes) = (_flushes, null);
            }
            continuations = TakeEnded(ref _continuations, static continuation => continuation.Index);
            callbacks = TakeEnded(ref _callbacks, static callback => callback.Index);
        }
        if (continuations is not null)
            foreach (var continuation in continuations) Schedule(continuation);
        var isWatched = continuations is not null;
        if (callbacks is not null) isWatched |= NoteFlushedAlone(callbacks);
        if (flushes is not null)
            foreach (var flush in flushes)
            {
                flush.Note(Tally());
                isWatched |= flush.IsAwaitedByCaller;
            }
        var unflushed = isDone && flushes is null ? Tally().Minus(_flushedAlone) : default;
        return new GroupEnd(isDone, isWatched, unflushed, callbacks is { Count: > 0 } ? callbacks : null);
    }

    /// <summary>Tells the flushes of records that waited when those began, and leaves the handlers in the list.</summary>
    /// <returns>Whether anybody is told of one of the records.</returns>
    bool NoteFlushedAlone(List<DeliveryCallback> callbacks)
    {
        var isWatched = false;
        foreach (var callback in callbacks)
        {
            isWatched |= callback.HasHandler;
            if (!callback.IsFlushed) continue;
            var verdict = EndOf(callback.Index).Verdict;
            var tally = verdict.IsFailure ? new FlushTally(0, 1, FailureOf(verdict)) : new FlushTally(1, 0, null);
            _flushedAlone = _flushedAlone.Plus(tally);
            isWatched |= callback.NoteFlushes(tally);
        }
        callbacks.RemoveAll(static callback => !callback.HasHandler);
        return isWatched;
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

    List<T>? TakeEnded<T>(ref List<T>? list, Func<T, int> indexOf)
    {
        if (list is null) return null;
        if (_isDone)
        {
            var all = list;
            list = null;
            return all;
        }
        var ended = list.FindAll(entry => HasEnded(indexOf(entry)));
        list.RemoveAll(entry => HasEnded(indexOf(entry)));
        return ended.Count > 0 ? ended : null;
    }

    /// <summary>What became of the group's records, once all have ended.</summary>
    public FlushTally Tally()
    {
        if (_ends is not { } ends) return _verdict.IsFailure ? new FlushTally(0, _count, FailureOf(_verdict)) : new FlushTally(_count, 0, null);
        long failed = 0;
        KafkaException? first = null;
        foreach (var end in ends)
        {
            if (!end.Verdict.IsFailure) continue;
            failed++;
            first ??= FailureOf(end.Verdict);
        }
        return new FlushTally(_count - failed, failed, first);
    }

    ProduceException FailureOf(Verdict verdict) => new(verdict.Error!, verdict.Class, verdict.Status, partition);

    /// <summary>User code runs where it awaited, or on the pool: never on a loop of the producer, and never one after another.</summary>
    static void Schedule(Continuation continuation)
    {
        if (continuation.Context is { } context) context.Post(static run => ((Action)run!)(), continuation.Run);
        else ThreadPool.UnsafeQueueUserWorkItem(static run => run(), continuation.Run, preferLocal: false);
    }
}
