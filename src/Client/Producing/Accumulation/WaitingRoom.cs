namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Calls that wait for memory or for a topic's metadata, in the order in which they came. A call keeps its place: whoever comes later for the same topic, or for
/// memory while somebody waits for it, waits behind it, and the record of each is appended here in that order, not by whoever wakes up first. No thread is
/// blocked. Thread safe.
///
/// What is decided about a record is decided under one lock, in a walk along the <see cref="WaitingLine"/>; what it leads to for its caller is told afterwards
/// (<see cref="Departures"/>).
/// </summary>
internal sealed class WaitingRoom : IDisposable
{
    readonly IAccumulatorPort _port;
    readonly Lock _gate = new();
    readonly WaitingLine _line;
    readonly ITimer _timer;
    volatile bool _isMemoryAwaited;
    int _isServing;
    bool _isClosed;

    public WaitingRoom(IAccumulatorPort port, CompletionPump pump, TimeProvider time)
    {
        _port = port;
        _line = new WaitingLine(pump);
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
            var node = _line.Add(record);
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
        var departures = new Departures(_port);
        lock (_gate)
        {
            Volatile.Write(ref _isServing, 0);
            var round = new ServingRound(_line, _port, departures);
            AwaitMemory(round.Run());
            round.SealFlushed();
        }
        departures.Tell();
    }

    /// <summary>Tells a new flush the records of Produce that wait, those that failed here since the last one, and lets it be told the rest before anybody is let in.</summary>
    public void Flush(FlushWait flush, Action<FlushWait> tellRest)
    {
        lock (_gate)
        {
            _line.Flush(flush);
            tellRest(flush);
        }
        flush.Close();
    }

    /// <summary>Does something when nothing is being decided about a waiting record: each that was counted has its handler on its way.</summary>
    public T Between<T>(Func<T> action)
    {
        lock (_gate) return action();
    }

    void AwaitNoMemoryWhenEmpty()
    {
        if (_line.Count == 0) AwaitMemory(false);
    }

    void AwaitMemory(bool isAwaited)
    {
        if (_isMemoryAwaited == isAwaited) return;
        _isMemoryAwaited = isAwaited;
        _port.Post(new MemoryWanted(isAwaited));
    }

    void Cancel(LinkedListNode<WaitingRecord> node, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (node.List is null) return;
            _line.Remove(node);
            AwaitNoMemoryWhenEmpty();
        }
        node.Value.Cancel(cancellation);
        node.Value.ReturnReserved(_port.Memory);
        Serve();
    }

    void OnTimer()
    {
        var departures = new Departures(_port);
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
                departures.Refused(first.Value, _line.Refuse(first, Refusals.TooLate(first.Value, _port.Options.MaxBlock)));
            }
            AwaitNoMemoryWhenEmpty();
        }
        departures.Tell();
        Serve();
    }

    /// <summary>The records that wait for a topic.</summary>
    public HashSet<WaitingRecord> WaitingFor(TopicAccumulator topic)
    {
        lock (_gate) return [.. _line.Records.Where(record => record.Topic == topic)];
    }

    /// <summary>Whether a record waits for a topic or a partition that is not known.</summary>
    public bool IsLookupWanted(TopicAccumulator topic)
    {
        lock (_gate) return _line.Records.Any(record => record.Topic == topic && !topic.Has(record.Partition));
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
        var departures = new Departures(_port);
        lock (_gate)
        {
            for (var node = _line.First; node is not null;)
            {
                var (record, next) = (node.Value, node.Next);
                if (concerned(record)) departures.Refused(record, _line.Refuse(node, why(record)));
                node = next;
            }
            AwaitNoMemoryWhenEmpty();
        }
        departures.Tell();
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
