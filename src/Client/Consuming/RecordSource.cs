using Semel.Client.Connections;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming;

/// <summary>
/// Everything that assigned partitions have, fetched ahead and decoded, to be pulled in order.
///
///   per broker: fetch loops -> per partition: fetched chunks -> one decoder -> decoded chunks -> line of partitions that have some -> pull
///
/// One lock guards all of it and is held for a few instructions per chunk; sending, receiving and decoding go on outside. The rules are those of
/// <see cref="PartitionPosition"/> and <see cref="FetchPlan"/>; here they are only called in the right order. A partition is read ahead until its share
/// of the memory is full, and again when the application has taken some.
///
/// Thread safe; one pull at a time.
/// </summary>
internal sealed class RecordSource : IAsyncDisposable
{
    /// <summary>Decoded chunks that may wait per partition: one being handed out, one to follow without delay.</summary>
    const int DecodedAhead = 2;

    /// <summary>Below this a request is not worth sending while other memory is about to be free.</summary>
    const int SmallRequestBytes = 64 * 1024;

    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationTokenSource _closing = new();
    readonly Lock _gate = new();
    readonly Dictionary<TopicPartition, PartitionFeed> _feeds = [];
    readonly LinkedList<PartitionFeed> _turns = new();
    readonly Queue<PartitionFeed> _ready = new();
    readonly Queue<PartitionFault> _faults = new();
    readonly HashSet<PartitionFeed> _handedOut = [];
    readonly Dictionary<NodeId, BrokerFetcher> _fetchers = [];
    readonly List<Task> _retired = [];
    readonly Signal _arrived;
    readonly PositionFinder _finder;
    readonly long _start;
    long _buffered, _reserved;
    bool _isMemoryTight, _isClosed;

    public RecordSource(ClusterConnections connections, ConsumerOptions options)
    {
        _connections = connections;
        _options = options;
        _start = options.Time.GetTimestamp();
        _arrived = new Signal(options.Time);
        _finder = new PositionFinder(this, connections, options, _closing.Token);
        connections.Metadata.Changed += OnMetadata;
    }

    TimeSpan Now => _options.Time.GetElapsedTime(_start);
    Instant WallClock => new(_options.Time.GetUtcNow().ToUnixTimeMilliseconds());
    long BufferedPerPartition => Math.Max(_options.PartitionFetchMaxBytes, _options.QueuedMaxBytes / Math.Max(1, _feeds.Count));

    /// <summary>Fetched and not released, in bytes (for tests and metrics).</summary>
    public long BufferedBytes => Interlocked.Read(ref _buffered);

    // Assignment

    public void Assign(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        lock (_gate)
        {
            CheckOpen();
            Clear();
            foreach (var partition in partitions) Add(partition);
        }
        foreach (var topic in partitions.Select(partition => partition.Topic).Distinct()) _connections.Metadata.RequestRefresh(topic, _options.AllowAutoCreate);
        OnMetadata(_connections.Metadata.View);
    }

    void Add(in TopicPartitionOffset partition)
    {
        var feed = new PartitionFeed(new PartitionPosition(partition.TopicPartition), this);
        _feeds[partition.TopicPartition] = feed;
        feed.FetchTurn = _turns.AddLast(feed);
        MoveTo(feed, partition.Offset);
    }

    void MoveTo(PartitionFeed feed, Offset offset)
    {
        var position = feed.Position;
        if (offset.Value >= 0) position.SeekTo(offset.Value);
        else if (offset == Offset.Beginning) position.SeekBy(OffsetQuery.Earliest);
        else if (offset == Offset.End) position.SeekBy(OffsetQuery.Latest);
        else if (_options.Reset.Query(WallClock) is { } query) position.SeekBy(query);
        else Tell(position.Stop(new PartitionFault(ConsumeFault.OffsetOutOfRange, position.Partition, -1, null, ErrorCode.None,
            $"{position.Partition} was assigned without an offset, and auto.offset.reset is none. Seek, or assign with an offset")));
    }

    public void Unassign()
    {
        lock (_gate)
        {
            CheckOpen();
            Clear();
        }
    }

    void Clear()
    {
        foreach (var feed in _feeds.Values)
        {
            feed.IsUnassigned = true;
            feed.Position.Unassign();
            Discard(feed);
        }
        _feeds.Clear();
        _turns.Clear();
        _ready.Clear();
        _handedOut.Clear();
    }

    public IReadOnlySet<TopicPartition> Assignment
    {
        get { lock (_gate) return _feeds.Keys.ToHashSet(); }
    }

    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public void Seek(in TopicPartitionOffset target)
    {
        lock (_gate)
        {
            CheckOpen();
            var feed = Feed(target.TopicPartition);
            MoveTo(feed, target.Offset);
            Discard(feed);
            Learn(feed, _connections.Metadata.View);
            WakeFetcher(feed);
        }
        _finder.Wake();
        _arrived.Set();
    }

    public void Pause(TopicPartition partition)
    {
        lock (_gate) Feed(partition).Position.IsPaused = true;
    }

    /// <returns>False when it is not assigned, or paused already.</returns>
    public bool TryPause(TopicPartition partition)
    {
        lock (_gate) return _feeds.TryGetValue(partition, out var feed) && !feed.Position.IsPaused && (feed.Position.IsPaused = true);
    }

    public void Resume(TopicPartition partition)
    {
        if (!TryResume(partition)) throw NotAssigned(partition);
    }

    /// <returns>False when it is not assigned.</returns>
    public bool TryResume(TopicPartition partition)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(partition, out var feed)) return false;
            feed.Position.IsPaused = false;
            MarkReady(feed);
            WakeFetcher(feed);
        }
        _arrived.Set();
        return true;
    }

    PartitionFeed Feed(TopicPartition partition) =>
        _feeds.TryGetValue(partition, out var feed) ? feed : throw NotAssigned(partition);

    static InvalidOperationException NotAssigned(TopicPartition partition) => new($"{partition} is not assigned to this consumer");

    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public PartitionPositions Positions(TopicPartition partition) => TryGetPositions(partition) ?? throw NotAssigned(partition);

    public PartitionPositions? TryGetPositions(TopicPartition partition)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(partition, out var feed)) return null;
            var position = feed.Position;
            return new PartitionPositions(position.DeliveredOffset, position.ProcessedOffset, position.EndOffset(_options.Isolation), position.HighWatermark,
                position.LastStableOffset, position.LogStartOffset, position.State == PositionState.Stopped);
        }
    }

    // Pulling

    /// <summary>The application has come back: it is done with everything it was given before.</summary>
    void ProcessDelivered()
    {
        if (_handedOut.Count == 0) return;
        foreach (var feed in _handedOut) feed.Position.ProcessDelivered();
        _handedOut.Clear();
    }

    public bool TryTakeFault(out PartitionFault? fault)
    {
        lock (_gate) return _faults.TryDequeue(out fault);
    }

    /// <summary>Waits until there may be something to pull.</summary>
    public ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellation) => _arrived.WaitAsync(timeout, cancellation);

    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Hands out records that are here, of as many partitions as it takes to fill the pull.</summary>
    /// <returns>False when there is nothing to hand out: perhaps a fault has to be told first.</returns>
    public bool TryPull(int recordsMax, ref PulledRecords pulled)
    {
        lock (_gate)
        {
            ProcessDelivered();
            if (_faults.Count > 0) return false;
            for (var left = recordsMax; left > 0 && Head() is { } feed;)
            {
                var chunk = feed.Decoded.Peek();
                var count = Math.Min(left, chunk.Left);
                if (count > 0)
                {
                    chunk.Hold();
                    pulled.Add(new ChunkSlice(chunk, chunk.Taken, count));
                    chunk.Taken += count;
                    left -= count;
                    feed.Position.Deliver(chunk[chunk.Taken - 1].Offset + 1);
                    _handedOut.Add(feed);
                }
                if (chunk.Left == 0 && Finish(feed, chunk)) pulled.AddEnd(new TopicPartitionOffset(feed.Position.Partition, feed.Position.DeliveredOffset));
            }
        }
        return !pulled.IsEmpty;
    }

    /// <summary>The next record, without moving past it; or the end of a partition, which is moved past.</summary>
    /// <param name="chunk">Held by the caller until it gives another one: the record's chunk.</param>
    /// <param name="end">The partition whose end was reached, when this returns <see cref="PeekResult.End"/>.</param>
    public PeekResult TryPeek(ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        end = default;
        index = 0;
        lock (_gate)
        {
            ProcessDelivered();
            while (_faults.Count == 0 && Head() is { } feed)
            {
                var head = feed.Decoded.Peek();
                if (head.Left > 0)
                {
                    if (head != chunk)
                    {
                        chunk?.Release();
                        head.Hold();
                        chunk = head;
                    }
                    index = head.Taken;
                    return PeekResult.Record;
                }
                if (!Finish(feed, head)) continue;
                end = new TopicPartitionOffset(feed.Position.Partition, feed.Position.DeliveredOffset);
                return PeekResult.End;
            }
        }
        return PeekResult.Nothing;
    }

    /// <summary>Moves past the record that was peeked at.</summary>
    /// <returns>False when it is not wanted any more: somebody sought, paused or unassigned meanwhile.</returns>
    public bool TryAdvance(DecodedChunk chunk, int index)
    {
        lock (_gate)
        {
            var feed = chunk.Feed;
            if (feed.IsUnassigned || feed.Position.IsPaused || chunk.Epoch != feed.Position.FetchEpoch || chunk.Taken != index) return false;
            chunk.Taken++;
            feed.Position.Deliver(chunk[index].Offset + 1);
            _handedOut.Add(feed);
            if (chunk.Left == 0 && chunk.Ending.Kind == EndingKind.None) Finish(feed, chunk);
            return true;
        }
    }

    /// <summary>Moves past one record, when the position stands right before it.</summary>
    public bool TrySkip(TopicPartition partition, long offset)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(partition, out var feed) || feed.Position.IsPaused || !feed.Decoded.TryPeek(out var chunk)) return false;
            if (chunk.Epoch != feed.Position.FetchEpoch || chunk.Left == 0 || chunk[chunk.Taken].Offset != offset) return false;
            return TryAdvance(chunk, chunk.Taken);
        }
    }

    /// <summary>The partition at the head of the line; its first decoded chunk is current.</summary>
    PartitionFeed? Head()
    {
        while (_ready.TryPeek(out var feed))
        {
            while (feed.Decoded.TryPeek(out var chunk) && chunk.Epoch != feed.Position.FetchEpoch) Drop(feed, feed.Decoded.Dequeue());
            if (!feed.IsUnassigned && !feed.Position.IsPaused && feed.Decoded.Count > 0) return feed;
            feed.IsReady = false;
            _ready.Dequeue();
            StartDecoding(feed);
        }
        return null;
    }

    /// <summary>A chunk is handed out whole: what its ending says takes effect, and the next partition has its turn.</summary>
    /// <returns>True when the application is to be told that the end of the partition is reached.</returns>
    bool Finish(PartitionFeed feed, DecodedChunk chunk)
    {
        feed.Decoded.Dequeue();
        feed.Position.MoveOver(chunk.NextOffset);
        var ending = chunk.Ending;
        switch (ending.Kind)
        {
            case EndingKind.OutOfRange:
                if (feed.Position.OutOfRange(_options.Reset.Query(WallClock)) is { } outOfRange) Tell(outOfRange);
                _finder.Wake();
                break;
            case EndingKind.Damaged:
                if (feed.Position.Damaged(ending.Offset, ending.Reason!, Now, _options.Pauses) is { } damaged) Tell(damaged);
                _connections.Metadata.RequestRefresh(feed.Position.Partition.Topic);
                break;
            case EndingKind.Fault:
                Tell(feed.Position.Stop(ending.Fault!));
                break;
        }
        Drop(feed, chunk);
        if (feed.IsReady && _ready.TryPeek(out var head) && head == feed)
        {
            _ready.Dequeue();
            feed.IsReady = false;
            MarkReady(feed);
        }
        if (ending.Kind > EndingKind.AtEnd) Discard(feed);
        StartDecoding(feed);
        return ending.Kind == EndingKind.AtEnd;
    }

    void Drop(PartitionFeed feed, DecodedChunk chunk)
    {
        LowerBuffered(feed, chunk.FetchedBytes);
        chunk.Release();
    }

    void LowerBuffered(PartitionFeed feed, int bytes)
    {
        var wasFull = feed.BufferedBytes >= BufferedPerPartition;
        feed.BufferedBytes -= bytes;
        if (wasFull && feed.BufferedBytes < BufferedPerPartition) WakeFetcher(feed);
    }

    /// <summary>Throws away everything of a partition that was fetched and not handed out.</summary>
    void Discard(PartitionFeed feed)
    {
        while (feed.Fetched.TryDequeue(out var fetched))
        {
            LowerBuffered(feed, fetched.Records.Length);
            fetched.Frame?.Release();
        }
        while (feed.Decoded.TryDequeue(out var decoded)) Drop(feed, decoded);
    }

    void MarkReady(PartitionFeed feed)
    {
        if (feed.IsReady || feed.IsUnassigned || feed.Position.IsPaused || feed.Decoded.Count == 0) return;
        feed.IsReady = true;
        _ready.Enqueue(feed);
    }

    void Tell(PartitionFault fault)
    {
        ConsumerLog.Fault(_options.Connections.Logger, fault.Kind, fault.Partition, fault.From, fault.Reason);
        _faults.Enqueue(fault);
        _arrived.Set();
    }

    // Decoding

    void StartDecoding(PartitionFeed feed)
    {
        if (feed.IsDecoding || feed.Fetched.Count == 0 || feed.Decoded.Count >= DecodedAhead) return;
        feed.IsDecoding = true;
        ThreadPool.UnsafeQueueUserWorkItem(feed, preferLocal: false);
    }

    /// <summary>Decodes what a partition has waiting, until enough is ahead. Called on a thread of the pool, once at a time per partition.</summary>
    public void Decode(PartitionFeed feed)
    {
        while (TakeFetched(feed) is { } fetched)
        {
            var decoded = DecodeOne(fetched);
            Interlocked.Add(ref _buffered, decoded.DecompressedBytes);
            lock (_gate)
            {
                if (feed.IsUnassigned || decoded.Epoch != feed.Position.FetchEpoch) Drop(feed, decoded);
                else
                {
                    feed.Decoded.Enqueue(decoded);
                    // A chunk without anything to hand out moves the position at once, when nothing is before it.
                    while (feed.Decoded.TryPeek(out var head) && head.Left == 0 && head.Ending.Kind == EndingKind.None) Finish(feed, head);
                    MarkReady(feed);
                }
            }
            _arrived.Set();
        }
    }

    FetchedChunk? TakeFetched(PartitionFeed feed)
    {
        lock (_gate)
        {
            if (feed.Decoded.Count < DecodedAhead && feed.Fetched.TryDequeue(out var fetched)) return fetched;
            feed.IsDecoding = false;
            return null;
        }
    }

    DecodedChunk DecodeOne(FetchedChunk fetched)
    {
        try
        {
            return ChunkDecoder.Decode(fetched, _options, Released);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Not a fault of the data that anybody foresaw, but no reason to end the process.
            fetched.Frame?.Release();
            var fault = new PartitionFault(ConsumeFault.CorruptRecord, fetched.Feed.Position.Partition, fetched.FetchOffset, null, ErrorCode.CorruptMessage,
                $"decoding {fetched.Feed.Position.Partition} from offset {fetched.FetchOffset} on failed: {failure.Message}");
            return new DecodedChunk(fetched.Feed, fetched.Epoch, Released) { NextOffset = fetched.FetchOffset, Ending = ChunkEnding.Of(fault), FetchedBytes = fetched.Records.Length };
        }
    }

    void Released(long bytes)
    {
        Interlocked.Add(ref _buffered, -bytes);
        if (Volatile.Read(ref _isMemoryTight)) WakeAll();
    }

    // Fetching

    /// <summary>What to ask a broker for next; null when nothing, and then how long to wait unless woken.</summary>
    public FetchPlan? Plan(BrokerFetcher fetcher, ConnectionLane lane, out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        lock (_gate)
        {
            if (_isClosed || (lane == ConnectionLane.UrgentFetches && !fetcher.IsWaiting)) return null;
            var now = Now;
            if (Budget() is not { } maxBytes) return null;
            var limits = new FetchLimits(_options.PartitionFetchMaxBytes, BufferedPerPartition, _options.FetchMaxWait);
            var plan = FetchPlan.Make(_turns, fetcher.Node, lane, limits, maxBytes, now);
            if (plan is null)
            {
                wait = UntilRetry(fetcher.Node, now);
                return null;
            }
            foreach (var fetch in plan.Partitions) fetch.Position.FetchSent();
            _reserved += plan.MaxBytes;
            if (lane == ConnectionLane.Fetches) fetcher.IsWaiting = true;
            return plan;
        }
    }

    /// <summary>How much one more request may bring: its share of the memory, when that is free; null when waiting is better.</summary>
    int? Budget()
    {
        var share = Math.Min(_options.FetchMaxBytes, Math.Max(_options.QueuedMaxBytes / (2 * Math.Max(1, _fetchers.Count)), 1));
        var least = Math.Min(share, SmallRequestBytes);
        // Said first and looked at then: memory that is let go in between is either seen here or wakes the fetchers.
        Volatile.Write(ref _isMemoryTight, true);
        var used = Interlocked.Add(ref _buffered, 0) + _reserved;
        var free = Math.Min(share, _options.QueuedMaxBytes - used);
        if (free < least && used > 0) return null;
        Volatile.Write(ref _isMemoryTight, false);
        return (int)Math.Max(free, least);
    }

    TimeSpan UntilRetry(NodeId node, TimeSpan now)
    {
        var next = TimeSpan.MaxValue;
        foreach (var feed in _turns)
            if (feed.Position.RetryAt > now && feed.Position.FetchFrom(now) == node && feed.Position.RetryAt < next) next = feed.Position.RetryAt;
        return next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next - now;
    }

    /// <summary>Takes in a broker's answer, and with it the frame.</summary>
    /// <returns>False when it said nothing at all.</returns>
    public bool Answered(BrokerFetcher fetcher, FetchPlan plan, List<PlannedAnswer> answers, ResponseFrame frame)
    {
        var shared = new FetchedFrame(frame, Released);
        Interlocked.Add(ref _buffered, shared.SizeInBytes);
        var anything = false;
        lock (_gate)
        {
            End(fetcher, plan);
            var now = Now;
            foreach (var answer in answers)
            {
                anything |= answer.Answer.Error != ErrorCode.None || !answer.Answer.Range.IsEmpty || answer.Answer.PreferredReplica.Value >= 0 || !answer.Fetch.IsCurrent;
                if (answer.Fetch.IsCurrent) Answer(answer, shared, now);
            }
            // What a broker leaves out it must not be asked for again at once.
            if (answers.Count < plan.Partitions.Count)
                foreach (var fetch in plan.Partitions)
                    if (!answers.Exists(answer => answer.Fetch.Feed == fetch.Feed)) fetch.Position.FetchLost(fetch.Epoch, now, _options.Pauses);
            if (plan.Partitions.Exists(fetch => !_fetchers.ContainsKey(fetch.Position.FetchFrom(now)))) EnsureFetchers();
        }
        shared.Release();
        return anything;
    }

    void End(BrokerFetcher fetcher, FetchPlan plan)
    {
        _reserved -= plan.MaxBytes;
        if (plan.Lane == ConnectionLane.Fetches) fetcher.IsWaiting = false;
        foreach (var fetch in plan.Partitions) fetch.Position.FetchEnded(fetch.Epoch);
        // The lane that may wait takes over what was fetched beside it.
        if (plan.Lane == ConnectionLane.UrgentFetches) fetcher.Wake();
        if (_isMemoryTight) WakeAll();
    }

    void Answer(in PlannedAnswer planned, FetchedFrame frame, TimeSpan now)
    {
        var feed = planned.Fetch.Feed;
        var position = feed.Position;
        var outcome = position.Answer(planned.Answer, _options.Isolation, now, _options.Pauses);
        if (outcome.Fault is { } fault) Tell(fault);
        if (outcome.Has(FetchActions.Refresh)) _connections.Metadata.RequestRefresh(position.Partition.Topic);
        if (outcome.Has(FetchActions.Diverges)) Diverge(feed, planned.Answer);
        if (outcome.Has(FetchActions.Data)) Enqueue(planned, frame);
        else if (outcome.Has(FetchActions.Ending)) Enqueue(feed, planned.Fetch.Offset, outcome.Ending);
        else if (outcome.Has(FetchActions.AtEnd) && IsEndNews(position)) Enqueue(feed, planned.Fetch.Offset, ChunkEnding.AtEnd);
    }

    void Diverge(PartitionFeed feed, in FetchAnswer answer)
    {
        var (leaderEpoch, common) = answer.Diverging!.Value;
        if (feed.Position.Diverge(leaderEpoch, common, _options.Reset.Query(WallClock)) is { } fault) Tell(fault);
        Discard(feed);
        _finder.Wake();
    }

    /// <summary>Whether the application wants to hear that the end is reached, and has not yet.</summary>
    bool IsEndNews(PartitionPosition position)
    {
        if (!_options.TellsPartitionEnd || position.EndTold == position.FetchedOffset || position.FetchedOffset != position.EndOffset(_options.Isolation)) return false;
        position.EndTold = position.FetchedOffset;
        return true;
    }

    void Enqueue(in PlannedAnswer planned, FetchedFrame frame)
    {
        var feed = planned.Fetch.Feed;
        frame.Hold();
        feed.Fetched.Enqueue(new FetchedChunk(feed, planned.Fetch.Epoch, planned.Fetch.Offset, planned.Answer.Range.NextOffset, planned.Answer.Records,
            _options.Isolation == IsolationLevel.ReadCommitted ? planned.Aborted : [], frame, IsEndNews(feed.Position) ? ChunkEnding.AtEnd : ChunkEnding.None));
        feed.BufferedBytes += planned.Answer.Records.Length;
        // Brokers fill an answer in the order of the request: who had something waits for the others (C-24).
        _turns.Remove(feed.FetchTurn!);
        _turns.AddLast(feed.FetchTurn!);
        StartDecoding(feed);
    }

    void Enqueue(PartitionFeed feed, long offset, in ChunkEnding ending)
    {
        feed.Fetched.Enqueue(new FetchedChunk(feed, feed.Position.FetchEpoch, offset, offset, default, [], null, ending));
        StartDecoding(feed);
    }

    /// <summary>A request did not come back.</summary>
    public void Lost(BrokerFetcher fetcher, FetchPlan plan)
    {
        lock (_gate)
        {
            End(fetcher, plan);
            foreach (var fetch in plan.Partitions) fetch.Position.FetchLost(fetch.Epoch, Now, _options.Pauses);
            EnsureFetchers();
        }
        if (_isClosed) return;
        foreach (var topic in plan.Partitions.Select(fetch => fetch.Position.Partition.Topic).Distinct()) _connections.Metadata.RequestRefresh(topic);
    }

    // Finding positions

    /// <summary>The partitions whose position a broker has to be asked about now; when there are none, how long to wait unless woken.</summary>
    public List<PositionQuestion> TakeQuestions(out TimeSpan wait)
    {
        var questions = new List<PositionQuestion>();
        wait = Timeout.InfiniteTimeSpan;
        lock (_gate)
        {
            if (_isClosed) return questions;
            var now = Now;
            var next = TimeSpan.MaxValue;
            foreach (var feed in _turns)
            {
                var position = feed.Position;
                var isLeaderless = position.Leader.Value < 0 && position.State != PositionState.Stopped;
                if ((!isLeaderless && position.State != PositionState.Resolving) || feed.LookUpEpoch == position.FetchEpoch) continue;
                if (position.RetryAt > now) next = position.RetryAt < next ? position.RetryAt : next;
                else if (isLeaderless)
                {
                    Leaderless(feed, now);
                    next = position.RetryAt < next ? position.RetryAt : next;
                }
                else
                {
                    feed.LookUpEpoch = position.FetchEpoch;
                    questions.Add(new PositionQuestion(feed, position.FetchEpoch, position.Leader, position.LeaderEpoch, position.Query));
                }
            }
            if (next < TimeSpan.MaxValue) wait = next - now;
        }
        return questions;
    }

    void Leaderless(PartitionFeed feed, TimeSpan now)
    {
        var partition = feed.Position.Partition;
        var topic = _connections.Metadata.View.Find(partition.Topic);
        var code = topic is null ? ErrorCode.LeaderNotAvailable : topic.Error != ErrorCode.None ? topic.Error
            : topic.Find(partition.Partition) is { } known ? known.Error == ErrorCode.None ? ErrorCode.LeaderNotAvailable : known.Error : ErrorCode.UnknownTopicOrPartition;
        var reason = topic is null ? $"no broker has told anything about topic {partition.Topic}: {_connections.Metadata.LastFailure ?? "none has answered yet"}" : $"the cluster names no leader of {partition}: {code}";
        if (feed.Position.LookUpFailed(feed.Position.FetchEpoch, code, reason, now, _options.Pauses) is { } fault) Tell(fault);
        _connections.Metadata.RequestRefresh(partition.Topic, _options.AllowAutoCreate);
    }

    public void Found(in PositionQuestion question, long offset, int leaderEpoch)
    {
        lock (_gate)
        {
            var position = question.Feed.Position;
            question.Feed.LookUpEpoch = -1;
            // No record is as young as the policy wants: the next one will be.
            if (offset < 0 && question.Query.IsMoment && position.FetchEpoch == question.Epoch) position.SeekBy(OffsetQuery.Latest);
            else if (offset < 0) Refuse(question, ErrorCode.UnknownServerError, $"broker {question.Leader} names no offset for {question.Query} of {question.Partition}");
            else
            {
                var from = position.ResetFrom;
                if (!position.Resolve(question.Epoch, offset, leaderEpoch)) return;
                if (from >= 0) Tell(new PartitionFault(ConsumeFault.OffsetOutOfRange, position.Partition, from, offset, ErrorCode.OffsetOutOfRange,
                    $"offset {from} of {position.Partition} is not in the log; reading goes on at {offset} (auto.offset.reset={_options.Reset})"));
                WakeFetcher(question.Feed);
            }
        }
        _finder.Wake();
    }

    public void NotFound(in PositionQuestion question, ErrorCode code, string reason)
    {
        lock (_gate)
        {
            question.Feed.LookUpEpoch = -1;
            Refuse(question, code, reason);
        }
        if (!_isClosed && FetchReactions.To(code) == FetchReaction.RefreshMetadata) _connections.Metadata.RequestRefresh(question.Partition.Topic);
    }

    void Refuse(in PositionQuestion question, ErrorCode code, string reason)
    {
        if (question.Feed.Position.LookUpFailed(question.Epoch, code, reason, Now, _options.Pauses) is { } fault && !_isClosed) Tell(fault);
    }

    // Metadata

    void OnMetadata(MetadataView view)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            foreach (var feed in _feeds.Values) Learn(feed, view);
            EnsureFetchers();
        }
        _finder.Wake();
        WakeAll();
    }

    void Learn(PartitionFeed feed, MetadataView view)
    {
        if (view.Find(feed.Position.Partition.Topic) is not { } topic || topic.Find(feed.Position.Partition.Partition) is not { } partition) return;
        // Looking keeps the topic among those that are asked about.
        _connections.Metadata.Find(topic.Topic);
        if (feed.Position.Learn(topic, partition) is { } fault)
        {
            Discard(feed);
            Tell(fault);
        }
    }

    /// <summary>One fetcher for each broker that leads, or is near to, an assigned partition; the others end.</summary>
    void EnsureFetchers()
    {
        if (_isClosed) return;
        var now = Now;
        var wanted = new HashSet<NodeId>();
        foreach (var feed in _turns)
            if (feed.Position.FetchFrom(now) is { Value: >= 0 } node) wanted.Add(node);
        foreach (var node in wanted)
            if (!_fetchers.ContainsKey(node)) _fetchers[node] = new BrokerFetcher(node, this, _connections, _options, _closing.Token);
        foreach (var (node, fetcher) in _fetchers.Where(fetcher => !wanted.Contains(fetcher.Key)).ToArray())
        {
            _fetchers.Remove(node);
            _retired.RemoveAll(static task => task.IsCompleted);
            _retired.Add(Task.Run(async () => await fetcher.DisposeAsync().ConfigureAwait(false)));
        }
    }

    void WakeFetcher(PartitionFeed feed)
    {
        if (_fetchers.TryGetValue(feed.Position.FetchFrom(Now), out var fetcher)) fetcher.Wake();
    }

    void WakeAll()
    {
        lock (_gate)
            foreach (var fetcher in _fetchers.Values) fetcher.Wake();
    }

    void CheckOpen() => ObjectDisposedException.ThrowIf(_isClosed, typeof(IConsumer<,>));

    /// <summary>Stops delivery, then fetching. What was handed out stays valid until it is released.</summary>
    public async ValueTask DisposeAsync()
    {
        BrokerFetcher[] fetchers;
        lock (_gate)
        {
            if (_isClosed) return;
            Volatile.Write(ref _isClosed, true);
            Clear();
            fetchers = [.. _fetchers.Values];
            _fetchers.Clear();
        }
        _connections.Metadata.Changed -= OnMetadata;
        _arrived.Set();
        await _closing.CancelAsync().ConfigureAwait(false);
        foreach (var fetcher in fetchers) await fetcher.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_retired).ConfigureAwait(false);
        await _finder.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }
}
