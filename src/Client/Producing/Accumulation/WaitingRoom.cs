namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Calls that wait for memory or for a topic's metadata, in the order in which they came. A call keeps its place: whoever comes later for the same topic, or for
/// memory while somebody waits for it, waits behind it, and the record of each is appended here in that order, not by whoever wakes up first. No thread is
/// blocked. Thread safe.
/// </summary>
internal sealed class WaitingRoom : IDisposable
{
    readonly IAccumulatorPort _port;
    readonly CompletionPump _pump;
    readonly Lock _gate = new();
    readonly LinkedList<WaitingRecord> _line = new();
    readonly ITimer _timer;
    volatile bool _isMemoryAwaited;
    int _isServing;
    bool _isClosed;
    // Records of Produce that failed here and that no flush has counted yet.
    FlushTally _refused;

    public WaitingRoom(IAccumulatorPort port, CompletionPump pump, TimeProvider time)
    {
        _port = port;
        _pump = pump;
        _timer = time.CreateTimer(static room => ((WaitingRoom)room!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a new call for this topic has to wait behind others.</summary>
    public bool MustQueue(TopicAccumulator topic) => _isMemoryAwaited || topic.WaitingCount > 0;

    public void Enter(WaitingRecord record, AppendOutcome because, CancellationToken cancellation)
    {
        bool mayBeServed;
        lock (_gate)
        {
            if (_isClosed) throw Refusals.Closed(record.Name, _port.ClosedBy);
            record.Topic.AddWaiting(1);
            var node = _line.AddLast(record);
            if (because == AppendOutcome.NeedsMemory) AwaitMemory(true);
            if (cancellation.CanBeCanceled) record.Cancellation = cancellation.UnsafeRegister((_, token) => Cancel(node, token), null);
            if (_line.Count == 1) _timer.Change(_port.Options.MaxBlock, Timeout.InfiniteTimeSpan);
            // What was missing may have come before this call was in line; later it is told.
            mayBeServed = because == AppendOutcome.NeedsMemory || (because == AppendOutcome.MustQueue && _line.Count == 1) || (!_isMemoryAwaited && record.Topic.Has(record.Partition));
        }
        if (mayBeServed) Serve();
    }

    /// <summary>Something has changed that may let somebody in: memory was given back, or metadata came.</summary>
    public void Serve()
    {
        if (_line.Count > 0 && Interlocked.Exchange(ref _isServing, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(static room => room.ServeAll(), this, preferLocal: false);
    }

    void ServeAll()
    {
        var served = new List<(WaitingRecord Record, Delivery Delivery, Exception? Failure)>();
        lock (_gate)
        {
            Volatile.Write(ref _isServing, 0);
            HashSet<PartitionAccumulator> flushed = [];
            HashSet<TopicAccumulator> stuck = [];
            var needsMemory = false;
            for (var node = _line.First; node is not null && !needsMemory;)
            {
                var (record, next) = (node.Value, node.Next);
                if (!stuck.Contains(record.Topic)) needsMemory = Offer(node, stuck, flushed, served);
                node = next;
            }
            AwaitMemory(needsMemory);
            foreach (var partition in flushed) partition.Seal();
        }
        foreach (var (record, delivery, failure) in served) Leave(record, delivery, failure);
    }

    /// <returns>Whether memory is missing, so that nobody behind may go first.</returns>
    bool Offer(LinkedListNode<WaitingRecord> node, HashSet<TopicAccumulator> stuck, HashSet<PartitionAccumulator> flushed, List<(WaitingRecord, Delivery, Exception?)> served)
    {
        var record = node.Value;
        // What was kept for the copy is what the record needs now.
        if (record.Topic.Has(record.Partition)) GiveBackReserved(record);
        var (outcome, delivery, failure) = Try(record);
        if (outcome == AppendOutcome.NeedsMemory) return true;
        if (outcome == AppendOutcome.NeedsMetadata)
        {
            stuck.Add(record.Topic);
            return false;
        }
        if (failure is null)
        {
            Remove(node);
            if (record.Callback is { IsFlushed: true }) flushed.Add(record.Topic.Partitions[delivery.TopicPartition.Partition]);
        }
        else Refuse(node, ref failure);
        served.Add((record, delivery, failure));
        return false;
    }

    void GiveBackReserved(WaitingRecord record)
    {
        _port.Memory.Return(record.ReservedBytes);
        record.ReservedBytes = 0;
    }

    (AppendOutcome, Delivery, Exception?) Try(WaitingRecord record)
    {
        try
        {
            var outcome = record.TryAppend(out var delivery);
            return (outcome, delivery, outcome switch
            {
                AppendOutcome.TooLarge => Refusals.TooLarge(record.Name),
                AppendOutcome.Closed => Refusals.Closed(record.Name, _port.ClosedBy),
                _ => null,
            });
        }
        catch (Exception failure)
        {
            // A partitioner of the application's own; the call gets what it threw.
            return (AppendOutcome.Closed, default, failure);
        }
    }

    void Remove(LinkedListNode<WaitingRecord> node)
    {
        _line.Remove(node);
        node.Value.Topic.AddWaiting(-1);
        if (_line.Count == 0) AwaitMemory(false);
    }

    /// <summary>Takes a record out that was not accepted. One that nobody awaits is counted in the same step, so that a flush that begins finds it here or there.</summary>
    void Refuse(LinkedListNode<WaitingRecord> node, ref Exception failure)
    {
        Remove(node);
        if (node.Value.Callback is not { } callback) return;
        var refusal = failure as ProduceException ?? Refusals.NoPartition(node.Value.Name, failure);
        failure = refusal;
        var tally = new FlushTally(0, 1, refusal);
        if (!callback.IsFlushed) _refused = _refused.Plus(tally);
        node.Value.IsFailureWatched = callback.NoteFlushes(tally) || callback.HasHandler;
    }

    /// <summary>Tells a new flush the records of Produce that wait, those that failed here since the last one, and lets it be told the rest before anybody is let in.</summary>
    public void Flush(FlushWait flush, Action<FlushWait> tellRest)
    {
        lock (_gate)
        {
            flush.AddEnded(_refused);
            _refused = default;
            foreach (var record in _line) record.Callback?.AddFlush(flush);
            tellRest(flush);
        }
        flush.Close();
    }

    void AwaitMemory(bool isAwaited)
    {
        if (_isMemoryAwaited == isAwaited) return;
        _isMemoryAwaited = isAwaited;
        _port.Post(new MemoryWanted(isAwaited));
    }

    void Leave(WaitingRecord record, Delivery delivery, Exception? failure)
    {
        record.Cancellation.Dispose();
        GiveBackReserved(record);
        if (failure is null)
        {
            record.Complete(delivery);
            return;
        }
        record.Fail(failure);
        if (record.Callback is not { } callback) return;
        var refusal = (ProduceException)failure;
        _port.Refused(refusal, record.IsFailureWatched);
        if (callback.HasHandler) _pump.PostHandler(() => callback.Fail(refusal));
    }

    void Cancel(LinkedListNode<WaitingRecord> node, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (node.List is null) return;
            Remove(node);
        }
        node.Value.Cancel(cancellation);
        GiveBackReserved(node.Value);
        Serve();
    }

    void OnTimer()
    {
        var expired = new List<(WaitingRecord Record, Exception Failure)>();
        lock (_gate)
        {
            while (_line.First is { } first)
            {
                var left = first.Value.EnteredAt + _port.Options.MaxBlock - _port.Now;
                if (left > TimeSpan.Zero)
                {
                    // Rounded up: a timer that fires a little early would only have to be set again.
                    _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                    break;
                }
                Exception failure = Refusals.TooLate(first.Value, _port.Options.MaxBlock);
                Refuse(first, ref failure);
                expired.Add((first.Value, failure));
            }
        }
        foreach (var (record, failure) in expired) Leave(record, default, failure);
        Serve();
    }

    /// <summary>The records that wait for a topic.</summary>
    public HashSet<WaitingRecord> WaitingFor(TopicAccumulator topic)
    {
        lock (_gate) return [.. _line.Where(record => record.Topic == topic)];
    }

    /// <summary>Whether a record waits for a topic or a partition that is not known.</summary>
    public bool IsLookupWanted(TopicAccumulator topic)
    {
        lock (_gate) return _line.Any(record => record.Topic == topic && !topic.Has(record.Partition));
    }

    /// <summary>Nothing more will be known of a topic, or of a partition that it does not have: those who wait for it fail.</summary>
    /// <param name="concerned">Which records of the topic.</param>
    public void Fail(TopicAccumulator topic, Func<WaitingRecord, bool> concerned, Func<WaitingRecord, ProduceException> failure)
    {
        FailAll(record => record.Topic == topic && concerned(record), failure);
        Serve();
    }

    void FailAll(Func<WaitingRecord, bool> concerned, Func<WaitingRecord, ProduceException> why)
    {
        var failed = new List<(WaitingRecord Record, Exception Failure)>();
        lock (_gate)
        {
            for (var node = _line.First; node is not null;)
            {
                var (record, next) = (node.Value, node.Next);
                if (concerned(record))
                {
                    Exception failure = why(record);
                    Refuse(node, ref failure);
                    failed.Add((record, failure));
                }
                node = next;
            }
        }
        foreach (var (record, failure) in failed) Leave(record, default, failure);
    }

    /// <summary>Nobody comes in any more, and those leave who still wait for their record to be accepted. What Produce took waits on.</summary>
    public void CloseDoor()
    {
        lock (_gate) _isClosed = true;
        FailAll(static record => record.Callback is null, record => Refusals.Closed(record.Name, _port.ClosedBy));
        Serve();
    }

    /// <summary>Everybody leaves, and nobody comes in any more.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
        FailAll(static _ => true, record => Refusals.Closed(record.Name, _port.ClosedBy));
    }

    public void Dispose()
    {
        Close();
        _timer.Dispose();
    }
}
