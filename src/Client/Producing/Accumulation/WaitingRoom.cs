namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Calls that wait for memory or for a topic's metadata, in the order in which they came. A call keeps its place: whoever comes later for the same topic, or for
/// memory while somebody waits for it, waits behind it, and the record of each is appended here in that order, not by whoever wakes up first. No thread is
/// blocked. Thread safe.
///
/// What is decided about a record is decided under one lock, in a walk along the line; what it leads to for its caller is told afterwards, outside of it.
/// </summary>
internal sealed class WaitingRoom : IDisposable
{
    readonly Batches _batches;
    readonly MemoryBudget _memory;
    readonly Generations _generations;
    readonly Action<WaitingRecord, ProduceException> _refused;
    readonly Func<Error> _closedBy;
    readonly Lock _gate = new();
    readonly LinkedList<WaitingRecord> _line = new();
    readonly ITimer _timer;
    volatile bool _isMemoryAwaited;
    int _isServing;
    bool _isClosed;

    /// <param name="refused">Takes the failure of a record; of one that is awaited its caller knows already. Called outside of every lock.</param>
    /// <param name="closedBy">Why nobody is let in any more.</param>
    public WaitingRoom(Batches batches, MemoryBudget memory, Generations generations, Action<WaitingRecord, ProduceException> refused, Func<Error> closedBy, TimeProvider time)
    {
        (_batches, _memory, _generations, _refused, _closedBy) = (batches, memory, generations, refused, closedBy);
        memory.Returned = Serve;
        _timer = time.CreateTimer(static room => ((WaitingRoom)room!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    TimeSpan MaxBlock => _batches.Options.MaxBlock;

    /// <summary>Whether a new call for this topic has to wait behind others.</summary>
    public bool MustQueue(TopicAccumulator topic) => _isMemoryAwaited || topic.WaitingCount > 0;

    /// <exception cref="Exception">Nobody is let in any more, or none for the record's generation.</exception>
    public void Enter(WaitingRecord record, AppendOutcome because, CancellationToken cancellation)
    {
        bool mayBeServed;
        lock (_gate)
        {
            if (_isClosed) throw Refusals.Closed(record.Name, _closedBy());
            if (!record.TryEnter(_generations)) throw Refusals.Sealed(record.Name, record.Generation);
            record.Topic.AddWaiting(1);
            var node = _line.AddLast(record);
            if (because == AppendOutcome.NeedsMemory) AwaitMemory(true);
            if (cancellation.CanBeCanceled) record.Cancellation = cancellation.UnsafeRegister((_, token) => Cancel(node, token), null);
            if (_line.Count == 1) _timer.Change(MaxBlock, Timeout.InfiniteTimeSpan);
            // What was missing may have come before this call was in line; later it is told.
            mayBeServed = because == AppendOutcome.NeedsMemory || (because == AppendOutcome.MustQueue && _line.Count == 1) || (!_isMemoryAwaited && record.Topic.Has(record.Partition));
        }
        if (mayBeServed) Serve();
    }

    /// <summary>Begins the next generation. What waits and belongs to the one before waits on.</summary>
    /// <returns>All that have not ended, in order; the last one was sealed now.</returns>
    public Generation[] Seal(bool isWatched, Func<TopicPartition, Exception>? refusal)
    {
        lock (_gate) return _generations.Next(isWatched, refusal);
    }

    /// <summary>Something has changed that may let somebody in: memory was given back, or metadata came.</summary>
    public void Serve()
    {
        if (_line.Count > 0 && Interlocked.Exchange(ref _isServing, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(static room => room.ServeAll(), this, preferLocal: false);
    }

    void ServeAll()
    {
        var leaving = new List<WaitingRecord>();
        lock (_gate)
        {
            Volatile.Write(ref _isServing, 0);
            AwaitMemory(LetIn(leaving, out var late));
            // A flush waits for these: they linger no longer.
            if (late is not null)
                foreach (var (partition, generation) in late) partition.Seal(generation);
        }
        Tell(leaving);
    }

    /// <summary>One walk along the line: whose turn it is and whose record fits goes in.</summary>
    /// <param name="late">Where records of a generation went that is sealed.</param>
    /// <returns>Whether memory is missing, so that nobody behind may go first.</returns>
    bool LetIn(List<WaitingRecord> leaving, out HashSet<(PartitionAccumulator, Generation)>? late)
    {
        HashSet<TopicAccumulator>? unknown = null;
        late = null;
        LinkedListNode<WaitingRecord>? next;
        for (var node = _line.First; node is not null; node = next)
        {
            next = node.Next;
            var record = node.Value;
            if (unknown?.Contains(record.Topic) == true) continue;
            // What was kept for the copy is what the record needs now.
            if (record.Topic.Has(record.Partition)) record.ReturnReserved(_memory);
            var outcome = Append(record, out var delivery, out var failure);
            if (outcome == AppendOutcome.NeedsMemory) return true;
            if (outcome == AppendOutcome.NeedsMetadata)
            {
                (unknown ??= []).Add(record.Topic);
                continue;
            }
            if (failure is not null) record.Refuse(failure);
            else record.Accept(delivery);
            Remove(node);
            leaving.Add(record);
            if (failure is null && record.Joined is { } joined && joined != _generations.Current)
                (late ??= []).Add((record.Topic.Partitions[delivery.TopicPartition.Partition], joined));
        }
        return false;
    }

    AppendOutcome Append(WaitingRecord record, out Delivery delivery, out Exception? failure)
    {
        try
        {
            var outcome = record.TryAppend(out delivery);
            failure = outcome switch
            {
                AppendOutcome.TooLarge => Refusals.TooLarge(record.Name),
                AppendOutcome.Closed => Refusals.Closed(record.Name, _closedBy()),
                AppendOutcome.Sealed => Refusals.Sealed(record.Name, record.Generation),
                _ => null,
            };
            return outcome;
        }
        catch (Exception thrown)
        {
            // A partitioner of the application's own; the call gets what it threw.
            (delivery, failure) = (default, thrown);
            return AppendOutcome.Closed;
        }
    }

    void Tell(List<WaitingRecord> leaving)
    {
        foreach (var record in leaving) record.Tell(_memory, _refused);
    }

    void Remove(LinkedListNode<WaitingRecord> node)
    {
        _line.Remove(node);
        node.Value.Topic.AddWaiting(-1);
    }

    void AwaitNoMemoryWhenEmpty()
    {
        if (_line.Count == 0) AwaitMemory(false);
    }

    void AwaitMemory(bool isAwaited)
    {
        if (_isMemoryAwaited == isAwaited) return;
        _isMemoryAwaited = isAwaited;
        _batches.Post(new MemoryWanted(isAwaited));
    }

    void Cancel(LinkedListNode<WaitingRecord> node, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (node.List is null) return;
            Remove(node);
            AwaitNoMemoryWhenEmpty();
        }
        node.Value.Cancel(cancellation);
        node.Value.ReturnReserved(_memory);
        Serve();
    }

    void OnTimer()
    {
        var leaving = new List<WaitingRecord>();
        lock (_gate)
        {
            while (_line.First is { } first)
            {
                var left = first.Value.EnteredAt + MaxBlock - _batches.Now;
                if (left > TimeSpan.Zero)
                {
                    // Rounded up: a timer that fires a little early would only have to be set again.
                    _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                    break;
                }
                Refuse(first, Refusals.TooLate(first.Value, MaxBlock), leaving);
            }
            AwaitNoMemoryWhenEmpty();
        }
        Tell(leaving);
        Serve();
    }

    void Refuse(LinkedListNode<WaitingRecord> node, Exception failure, List<WaitingRecord> leaving)
    {
        Remove(node);
        node.Value.Refuse(failure);
        leaving.Add(node.Value);
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get { lock (_gate) return _line.Count; }
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

    /// <summary>What belongs to a generation and still waits is given up.</summary>
    public void GiveUp(Generation generation, Func<TopicPartition, ProduceException> failure)
    {
        FailAll(record => record.Joined == generation, record => failure(record.Name));
        Serve();
    }

    void FailAll(Func<WaitingRecord, bool> concerned, Func<WaitingRecord, Exception> why)
    {
        var leaving = new List<WaitingRecord>();
        lock (_gate)
        {
            LinkedListNode<WaitingRecord>? next;
            for (var node = _line.First; node is not null; node = next)
            {
                next = node.Next;
                if (concerned(node.Value)) Refuse(node, why(node.Value), leaving);
            }
            AwaitNoMemoryWhenEmpty();
        }
        Tell(leaving);
    }

    /// <summary>Nobody comes in any more, and those leave who still wait for their record to be accepted. What Produce took waits on.</summary>
    public void CloseDoor()
    {
        lock (_gate) _isClosed = true;
        FailAll(static record => record.IsAwaited, record => Refusals.Closed(record.Name, _closedBy()));
        Serve();
    }

    /// <summary>Everybody leaves, and nobody comes in any more.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
        FailAll(static _ => true, record => Refusals.Closed(record.Name, _closedBy()));
    }

    public void Dispose()
    {
        Close();
        _timer.Dispose();
    }
}
