using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming;

/// <summary>
/// Everything a consumer decides about the partitions that it reads, without a clock, a thread or a socket: what is asked of which broker, what an answer means,
/// what is decoded, what is handed out next, and what of it is finished.
///
///   fetchers, two loops per broker -> fetched chunks, per partition -> one decoder -> decoded chunks -> the line of partitions that have some -> pull
///
/// Driven from outside, one call at a time. After a call <see cref="Effects"/> has what is to be done, and when <see cref="IsDue"/>, <see cref="Advance"/> wants
/// to know the time. The rules lie in files of their own: which partitions are read (<see cref="AssignmentRule"/>), where they begin and who leads them
/// (<see cref="LookUpRule"/>), what is fetched (<see cref="FetchRule"/>, <see cref="FetchPlan"/>), what becomes of a position (<see cref="PartitionPosition"/>),
/// what is decoded and handed out when (<see cref="DecodingLine"/>, <see cref="DeliveryLine"/>, <see cref="EndingRule"/>), what can be committed (<see cref="CommitRule"/>).
/// </summary>
/// <param name="fault">For simulations.</param>
internal sealed class ConsumerMachine(ConsumerOptions options, FetchMemory memory, PlantedFault fault = PlantedFault.None)
{
    readonly ConsumerTurn _turn = new(new ConsumerState(options, memory, fault));

    ConsumerState State => _turn.State;

    public ConsumerEffects Effects => State.Effects;
    public bool IsClosed => State.IsClosed;
    /// <summary>Nothing is handed out any more.</summary>
    public bool IsEnding => State.IsEnding;

    /// <summary>Whether the turn has come to something that cannot be decided without the time.</summary>
    public bool IsDue => State.Endings.Count > 0;
    public void Advance(in Moment moment) => EndingRule.Apply(State, moment);

    /// <summary>What is to be done; from now on it is collected in another place.</summary>
    public ConsumerEffects TakeEffects(ConsumerEffects next)
    {
        var effects = State.Effects;
        State.Effects = next;
        return effects;
    }

    // Which partitions

    public HashSet<TopicPartition> Names => [.. State.Feeds.Keys];
    public IEnumerable<string> Topics => State.Feeds.Keys.Select(static partition => partition.Topic).Distinct();
    public PartitionFeed? Find(TopicPartition partition) => State.Find(partition);

    /// <inheritdoc cref="AssignmentRule.Replace"/>
    public void Assign(IReadOnlyCollection<TopicPartitionOffset> partitions, MetadataView view, in Moment moment)
    {
        AssignmentRule.Replace(_turn, partitions, moment);
        Learn(view, moment.Now);
    }

    /// <inheritdoc cref="AssignmentRule.Add"/>
    public IReadOnlyList<PartitionFeed> Add(IReadOnlyList<TopicPartition> partitions, MetadataView view, in Moment moment)
    {
        var added = AssignmentRule.Add(_turn, partitions);
        Learn(view, moment.Now);
        return added;
    }

    public IReadOnlyList<PartitionFeed> Feeds() => [.. State.Turns];

    /// <summary>The partitions of which the group's offset is asked for.</summary>
    public IReadOnlyList<PartitionFeed> Starting() => [.. State.Turns.Where(static feed => feed.Position.State == PositionState.Starting)];

    public void Tell(PartitionFault fault) => State.Tell(fault);

    /// <inheritdoc cref="AssignmentRule.Start"/>
    public void Start(PartitionFeed feed, in StartPosition start, in Moment moment) => AssignmentRule.Start(_turn, feed, start, moment);
    /// <inheritdoc cref="AssignmentRule.Unbar"/>
    public void Unbar(IEnumerable<PartitionFeed> feeds) => AssignmentRule.Unbar(_turn, feeds);
    /// <inheritdoc cref="AssignmentRule.Bar"/>
    public void Bar(IEnumerable<TopicPartition> partitions) => AssignmentRule.Bar(_turn, partitions);

    public void Remove(IEnumerable<TopicPartition> partitions, TimeSpan now)
    {
        AssignmentRule.Remove(_turn, partitions);
        FetchRule.ChooseNodes(State, now);
    }

    public void Clear(TimeSpan now)
    {
        AssignmentRule.Clear(_turn);
        FetchRule.ChooseNodes(State, now);
    }

    /// <summary>Nothing is handed out or fetched any more; positions stay, for the last commit.</summary>
    public void End()
    {
        State.IsEnding = true;
        Effects.Arrived();
    }

    public void Close()
    {
        AssignmentRule.Clear(_turn);
        State.IsEnding = State.IsClosed = true;
        Effects.Arrived();
    }

    /// <returns>False when the partition is not assigned.</returns>
    public bool TrySeek(in TopicPartitionOffset target, MetadataView view, in Moment moment)
    {
        if (Find(target.TopicPartition) is not { } feed) return false;
        AssignmentRule.MoveTo(_turn, feed, target.Offset, moment);
        Learn(feed, view);
        FetchRule.ChooseNodes(State, moment.Now);
        State.WakeFetchers(feed);
        Effects.LookUp();
        Effects.Arrived();
        return true;
    }

    /// <returns>False when it is not assigned, or paused already.</returns>
    public bool TryPause(TopicPartition partition) => Find(partition) is { Position.IsPaused: false } feed && (feed.Position.IsPaused = true);

    /// <returns>False when it is not assigned.</returns>
    public bool TryResume(TopicPartition partition)
    {
        if (Find(partition) is not { } feed) return false;
        feed.Position.IsPaused = false;
        _turn.Line.MarkReady(feed);
        _turn.Decoding.Start(feed);
        State.WakeFetchers(feed);
        Effects.Arrived();
        return true;
    }

    // What the cluster says

    /// <summary>Takes over what the metadata says about the partitions.</summary>
    public void Learn(MetadataView view, TimeSpan now)
    {
        if (IsClosed) return;
        foreach (var feed in State.Turns) Learn(feed, view);
        FetchRule.ChooseNodes(State, now);
        Effects.WakeAll();
        Effects.LookUp();
    }

    void Learn(PartitionFeed feed, MetadataView view)
    {
        if (view.Find(feed.Position.Partition.Topic) is not { } topic || topic.Find(feed.Position.Partition.Partition) is not { } partition) return;
        if (feed.Position.Learn(topic, partition) is not { } fault) return;
        _turn.Line.Discard(feed);
        State.Tell(fault);
    }

    /// <inheritdoc cref="FetchRule.Plan"/>
    public FetchPlan? Plan(NodeId node, ConnectionLane lane, TimeSpan now, out TimeSpan? wait) => FetchRule.Plan(_turn, node, lane, now, out wait);
    /// <inheritdoc cref="FetchRule.Answered"/>
    public bool Answered(FetchPlan plan, List<PlannedAnswer> answers, FetchedFrame frame, in Moment moment) => FetchRule.Answered(_turn, plan, answers, frame, moment);
    /// <inheritdoc cref="FetchRule.Lost"/>
    public void Lost(FetchPlan plan, TimeSpan now) => FetchRule.Lost(_turn, plan, now);

    /// <inheritdoc cref="LookUpRule.TakeQuestions"/>
    public List<PositionQuestion> TakeQuestions(in ClusterPicture cluster, TimeSpan now, out TimeSpan? wait) => LookUpRule.TakeQuestions(State, cluster, now, out wait);
    public void Found(in PositionQuestion question, long offset, int leaderEpoch) => LookUpRule.Found(State, question, offset, leaderEpoch);
    /// <inheritdoc cref="LookUpRule.AskForEnd"/>
    public void AskForEnd(in PositionQuestion question) => LookUpRule.AskForEnd(question);
    public void NotFound(in PositionQuestion question, ErrorCode code, string reason, TimeSpan now) => LookUpRule.NotFound(State, question, code, reason, now);

    /// <summary>Brokers were asked where partitions end, for this isolation level.</summary>
    public void LearnEnds(IReadOnlyDictionary<TopicPartition, long> ends)
    {
        foreach (var (partition, end) in ends) Find(partition)?.Position.LearnEnd(end, options.Isolation);
    }

    // Decoding

    /// <inheritdoc cref="DecodingLine.Next"/>
    public FetchedChunk? NextToDecode(PartitionFeed feed, out long granted) => _turn.Decoding.Next(feed, out granted);

    /// <summary>Takes in what a decoder has made, and what it left.</summary>
    public void Decoded(DecodedChunk chunk, FetchedChunk? rest)
    {
        _turn.Line.Enqueue(chunk, rest);
        Effects.Arrived();
    }

    /// <summary>Memory was let go that somebody waited for.</summary>
    public void MemoryFreed()
    {
        _turn.Decoding.StartWaiting();
        Effects.WakeAll();
    }

    // Handing out

    public bool TryTakeFault(out PartitionFault? fault) => State.TryTakeFault(out fault);

    /// <summary>The application is done with everything that it was given.</summary>
    public void ProcessDelivered() => _turn.Line.ProcessDelivered();
    /// <inheritdoc cref="DeliveryLine.ProcessDelivered(PartitionFeed)"/>
    public void ProcessDelivered(PartitionFeed feed) => _turn.Line.ProcessDelivered(feed);

    /// <summary>Hands out records that are here, of as many partitions as it takes to fill the pull.</summary>
    /// <returns>False when there is nothing to hand out: perhaps a fault has to be told first.</returns>
    public bool TryPull(int recordsMax, ref PulledRecords pulled)
    {
        _turn.Line.ProcessDelivered();
        if (!State.HasFaults) _turn.Line.Pull(recordsMax, ref pulled);
        return !pulled.IsEmpty;
    }

    /// <summary>The next record, without moving past it; or the end of a partition, which is moved past.</summary>
    /// <param name="chunk">Held by the caller until it gives another one: the record's chunk.</param>
    /// <param name="end">The partition whose end was reached, when this returns <see cref="PeekResult.End"/>.</param>
    public PeekResult TryPeek(ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        _turn.Line.ProcessDelivered();
        if (!State.HasFaults) return _turn.Line.Peek(ref chunk, out index, out end);
        (index, end) = (0, default);
        return PeekResult.Nothing;
    }

    /// <summary>As <see cref="TryPeek(ref DecodedChunk?, out int, out TopicPartitionOffset)"/>, of one partition, whatever there is to tell about others.</summary>
    public PeekResult TryPeek(PartitionFeed feed, ref DecodedChunk? chunk, out int index, out TopicPartitionOffset end)
    {
        _turn.Line.ProcessDelivered(feed);
        return _turn.Line.Peek(feed, ref chunk, out index, out end);
    }

    /// <summary>Moves past the record that was peeked at.</summary>
    /// <returns>False when it is not wanted any more: somebody sought, paused or unassigned meanwhile.</returns>
    public bool TryAdvance(DecodedChunk chunk, int index) => _turn.Line.TryAdvance(chunk, index);

    /// <summary>The application has come back, and the record behind the one that it had is handed out, if it is the next: as a peek and <see cref="TryAdvance"/> in one.</summary>
    /// <param name="chunk">Held by the caller.</param>
    /// <returns>False when another one is next, or something has to be told first; nothing is handed out then.</returns>
    public bool TryFollow(DecodedChunk chunk, int index)
    {
        _turn.Line.ProcessDelivered();
        return !State.HasFaults && _turn.Line.IsNext(chunk, index) && _turn.Line.TryAdvance(chunk, index);
    }

    /// <summary>Moves past one record, when the position stands right before it.</summary>
    public bool TrySkip(TopicPartition partition, long offset) =>
        Find(partition) is { } feed && feed.Decoded.TryPeek(out var chunk) && chunk.Left > 0 && chunk[chunk.Taken].Offset == offset && _turn.Line.TryAdvance(chunk, chunk.Taken);

    /// <inheritdoc cref="AssignmentRule.TakeBack"/>
    public void TakeBack(PartitionFeed feed) => AssignmentRule.TakeBack(_turn, feed);

    /// <summary>What was read of each topic since the beginning.</summary>
    public List<(string Topic, TopicCount Count)> Counts() => [.. State.Counters.Select(static one => (one.Key, new TopicCount(one.Value.Records, one.Value.Bytes)))];

    /// <summary>Somebody waits for the application to come back for more: <see cref="ConsumerEffects.HasProcessed"/> is set when it does.</summary>
    public bool IsProcessingAwaited { get => State.IsProcessingAwaited; set => State.IsProcessingAwaited = value; }

    /// <summary>Whether records of any of these are in the application's hands, which has not come back for more since.</summary>
    public bool IsInHand(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            if (Find(partition) is { IsInHand: true }) return true;
        return false;
    }

    // Committing

    /// <inheritdoc cref="CommitRule.Finished"/>
    public List<FinishedOffset> Finished(IReadOnlyCollection<TopicPartition>? among) => CommitRule.Finished(State, among);
    /// <inheritdoc cref="CommitRule.Committed"/>
    public void Committed(IEnumerable<FinishedOffset> offsets) => CommitRule.Committed(State, offsets);
}
