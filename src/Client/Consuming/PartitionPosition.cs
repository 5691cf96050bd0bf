using Semel.Client.Errors;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming;

internal enum PositionState
{
    /// <summary>A group has given it to us; what the group has committed is being asked for, and handlers run.</summary>
    Starting,
    /// <summary>No offset yet: a broker has to be asked where the log begins, ends, or has a time.</summary>
    Resolving,
    Fetching,
    /// <summary>Until the application seeks. It was told why.</summary>
    Stopped,
}

/// <summary>
/// Where reading stands on one partition, and everything that decides what is asked of a broker next.
///
/// There are three positions, each at most the one before: *fetched* (the next offset to ask for), *delivered* (the next to hand out) and *processed*
/// (the application came back for more, so it is done with what it had). They only rise, except by <see cref="SeekTo"/>, which begins a new fetch
/// epoch: whatever was asked for under an older epoch is thrown away when it comes (C-30), so nothing from before a seek is delivered after it.
///
/// What a broker says about the fetched position (it is out of range, its batch is damaged) must not overtake the records before it that are
/// fetched and not yet handed out. So such an answer only holds the partition (<see cref="Hold"/>), travels behind the records as a
/// <see cref="ChunkEnding"/>, and takes effect when the application has had them.
///
///   Starting  -> Fetching, Resolving   the group's offset, or that it has none
///   Resolving -> Fetching              a broker named the offset
///   any       -> Stopped               a fault that the application must decide about
///   any       -> Fetching, Resolving   a seek
///
/// After a change of leader the next fetch names the leader epoch of our last batch, and the broker says where its log parts from ours, if it does
/// (KIP-320, KIP-595): <see cref="Diverge"/>.
///
/// Pure: time comes in as the time since the consumer was made. Not thread safe.
/// </summary>
/// <param name="fault">For simulations.</param>
internal sealed class PartitionPosition(TopicPartition partition, PlantedFault fault = PlantedFault.None)
{
    /// <summary>This many answers in a row with data that does not move the position are a fault (C-29).</summary>
    const int StuckAnswersMax = 5;

    /// <summary>A damaged batch is fetched this often before it is believed (C-40).</summary>
    const int DamagedFetchesMax = 3;

    /// <summary>Refusals in a row before a reason that may pass by itself is thrown at the application.</summary>
    const int PatientRefusals = 10;

    /// <summary>Refusals in a row, with the pauses between them about two seconds, before such a reason is an event, which disturbs nobody.</summary>
    const int QuietRefusals = 5;

    int _heldEpoch = -1;
    int _lastTicket, _ticketInFlight;
    int _stuckAnswers, _damagedFetches;
    int _validatedLeaderEpoch = -1;
    long _damagedOffset = -1;
    // Behind the last record that was handed out: what lies between there and the delivered position are markers, aborted records and holes.
    long _recordsEnd = -1;
    NodeId _preferredReplica = NodeId.None;
    TimeSpan _preferredUntil;
    bool _isFaultTold, _isEventTold, _isOfAnotherTopic;

    public TopicPartition Partition => partition;
    public PositionState State { get; private set; } = PositionState.Resolving;
    public OffsetQuery Query { get; private set; } = OffsetQuery.Latest;
    public int FetchEpoch { get; private set; }
    public long FetchedOffset { get; private set; } = -1;
    public long DeliveredOffset { get; private set; } = -1;
    public long ProcessedOffset { get; private set; } = -1;
    /// <summary>Of the last batch before <see cref="FetchedOffset"/>; -1 when it is not known.</summary>
    public int FetchedLeaderEpoch { get; private set; } = -1;
    public NodeId Leader { get; private set; } = NodeId.None;
    public int LeaderEpoch { get; private set; } = -1;
    public TopicId TopicId { get; private set; } = TopicId.None;
    public long HighWatermark { get; private set; } = -1;
    public long LastStableOffset { get; private set; } = -1;
    public long LogStartOffset { get; private set; } = -1;
    public bool IsPaused { get; set; }
    /// <summary>Nothing of it is fetched or handed out: handlers run that were told of it, or it is going to be another member's. What was finished can still be committed.</summary>
    public bool IsBarred { get; private set; }
    /// <summary>What the group is known to have committed; -1 for nothing, or not known.</summary>
    public long CommittedOffset { get; private set; } = -1;
    /// <summary>What the application stored; -1 for nothing since the last seek.</summary>
    public long StoredOffset { get; private set; } = -1;
    /// <summary>Of the last record that was handed out; -1 when it is not known.</summary>
    public int DeliveredLeaderEpoch { get; private set; } = -1;
    /// <summary>The nearer replica that the leader named, if it named one; perhaps not to be asked any more.</summary>
    public NodeId PreferredReplica => _preferredReplica;
    /// <summary>Requests on their way that name this partition, wanted or not.</summary>
    public int RequestsInFlight { get; private set; }
    /// <summary>Not known to be at the end: an answer is worth asking for at once.</summary>
    public bool IsHot { get; private set; } = true;
    public int Failures { get; private set; }
    public TimeSpan RetryAt { get; private set; }
    /// <summary>The end for which the application was told that it is reached.</summary>
    public long EndTold { get; set; } = -1;
    /// <summary>The position that was out of range, until another is found; -1 otherwise.</summary>
    public long ResetFrom { get; private set; } = -1;
    /// <summary>The number that the next request for this partition gets.</summary>
    public int NextTicket => _lastTicket + 1;

    /// <summary>Where the partition ends for a reader of this isolation level; -1 when it is not known.</summary>
    public long EndOffset(IsolationLevel isolation) =>
        isolation == IsolationLevel.ReadCommitted && LastStableOffset >= 0 ? LastStableOffset : HighWatermark;

    /// <summary>A broker was asked for the end. It only counts where no fetch has told a later one.</summary>
    public void LearnEnd(long end, IsolationLevel isolation)
    {
        if (end <= EndOffset(isolation)) return;
        if (isolation == IsolationLevel.ReadCommitted) LastStableOffset = end;
        else HighWatermark = end;
    }

    // Seeking and resolving

    public void SeekTo(long offset)
    {
        BeginEpoch(PositionState.Fetching);
        ResetFrom = -1;
        Place(offset);
        FetchedLeaderEpoch = DeliveredLeaderEpoch = -1;
    }

    void Place(long offset)
    {
        FetchedOffset = DeliveredOffset = ProcessedOffset = _recordsEnd = offset;
        StoredOffset = -1;
    }

    public void SeekBy(OffsetQuery query)
    {
        BeginEpoch(PositionState.Resolving);
        ResetFrom = -1;
        Query = query;
    }

    /// <summary>The group's: nobody reads it before <see cref="Start"/>, or a seek.</summary>
    public void Await()
    {
        BeginEpoch(PositionState.Starting);
        ResetFrom = -1;
    }

    /// <summary>What was fetched and not handed out is not wanted any more.</summary>
    public void Bar()
    {
        IsBarred = true;
        Rewind();
    }

    public void Unbar() => IsBarred = false;

    /// <summary>The group has committed this offset, or the application wants another one to begin with.</summary>
    /// <param name="leaderEpoch">Of the last record that the offset covers, which the leader is asked to confirm with the first fetch (KIP-320); -1 when it is not known.</param>
    public void Start(long offset, int leaderEpoch)
    {
        SeekTo(offset);
        FetchedLeaderEpoch = DeliveredLeaderEpoch = leaderEpoch;
    }

    /// <summary>Nothing is wanted any more.</summary>
    public void Unassign()
    {
        NewEpoch();
        State = PositionState.Stopped;
    }

    void NewEpoch()
    {
        FetchEpoch++;
        _ticketInFlight = 0;
    }

    /// <summary>Answers under the old epoch are not wanted any more.</summary>
    void BeginEpoch(PositionState state)
    {
        // Whatever stopped the partition may have been about a topic that is not there any more.
        if (State == PositionState.Stopped) ForgetTopic();
        NewEpoch();
        State = state;
        IsHot = true;
        EndTold = -1;
        _stuckAnswers = 0;
        Succeed();
    }

    /// <summary>A broker said where the offset is that was asked for.</summary>
    /// <returns>False when the question is out of date.</returns>
    public bool Resolve(int epoch, long offset, int leaderEpoch)
    {
        if (epoch != FetchEpoch || State != PositionState.Resolving) return false;
        State = PositionState.Fetching;
        Place(offset);
        FetchedLeaderEpoch = DeliveredLeaderEpoch = leaderEpoch;
        IsHot = true;
        ResetFrom = -1;
        Succeed();
        return true;
    }

    /// <summary>Nothing is wrong, only early.</summary>
    public void Wait(TimeSpan now, in FetchPauses pauses) => RetryAt = now + pauses.Retry(1);

    /// <summary>A broker refused to say where the position is, or nobody leads the partition. The question stays.</summary>
    /// <returns>What to tell the application when this has gone on for long.</returns>
    public PartitionFault? LookUpFailed(int epoch, ErrorCode code, string reason, TimeSpan now, in FetchPauses pauses)
    {
        if (epoch != FetchEpoch) return null;
        Fail(now, pauses.Retry(Failures + 1));
        var mayPass = ErrorTable.Of(code).Fetch is FetchReaction.RefreshMetadata or FetchReaction.Retry or FetchReaction.Data;
        if (!MustTell(code, mayPass, out var throws)) return null;
        var kind = code switch
        {
            ErrorCode.UnknownTopicOrPartition => ConsumeFault.UnknownPartition,
            ErrorCode.TopicAuthorizationFailed => ConsumeFault.NotAuthorized,
            _ => ConsumeFault.Broker,
        };
        return new PartitionFault(kind, partition, DeliveredOffset, null, code, $"{reason}; it will be tried again") { Throws = throws };
    }

    // What the metadata says

    /// <returns>A fault when the topic is not the one whose offsets we have (C-28).</returns>
    public PartitionFault? Learn(TopicMetadata topic, PartitionMetadata leader)
    {
        if (!topic.TopicId.IsNone && !TopicId.IsNone && topic.TopicId != TopicId)
        {
            _isOfAnotherTopic = true;
            if (State == PositionState.Stopped) return null;
            return Stop(new PartitionFault(ConsumeFault.TopicRecreated, partition, DeliveredOffset, null, ErrorCode.UnknownTopicId,
                $"topic {partition.Topic} was deleted and created again; offset {DeliveredOffset} of {partition} belongs to the old one. Seek to go on in the new one"));
        }
        if (!topic.TopicId.IsNone) TopicId = topic.TopicId;
        if (leader.LeaderEpoch >= 0 && leader.LeaderEpoch < LeaderEpoch) return null;
        if (leader.LeaderId != Leader || leader.LeaderEpoch > LeaderEpoch)
        {
            RetryAt = TimeSpan.Zero;
            _preferredReplica = NodeId.None;
            // The old leader may be gone without a word: its answer is not waited for.
            _ticketInFlight = 0;
        }
        (Leader, LeaderEpoch) = (leader.LeaderId, leader.LeaderEpoch);
        return null;
    }

    void ForgetTopic()
    {
        _isOfAnotherTopic = false;
        TopicId = TopicId.None;
        Leader = NodeId.None;
        LeaderEpoch = _validatedLeaderEpoch = -1;
        HighWatermark = LastStableOffset = LogStartOffset = -1;
    }

    // Fetching

    /// <summary>The broker to fetch from: the leader, or a replica that the leader named as nearer (KIP-392).</summary>
    public NodeId FetchFrom(TimeSpan now) => _preferredReplica != NodeId.None && now < _preferredUntil ? _preferredReplica : Leader;

    public bool CanFetch(TimeSpan now) =>
        State == PositionState.Fetching && !IsPaused && !IsBarred && _ticketInFlight == 0 && _heldEpoch != FetchEpoch && RetryAt <= now && Leader.Value >= 0;

    /// <summary>What a fetch says about our last batch, when the leader is one that has not confirmed it; else -1.</summary>
    public int LeaderEpochToConfirm => LeaderEpoch > _validatedLeaderEpoch ? FetchedLeaderEpoch : -1;

    /// <summary>A request is on its way, under <see cref="NextTicket"/>.</summary>
    public void FetchSent()
    {
        _ticketInFlight = ++_lastTicket;
        RequestsInFlight++;
    }

    /// <summary>Whether the answer to this request is still wanted: nobody sought, stopped or unassigned meanwhile, and no other broker leads.</summary>
    public bool IsWanted(int ticket) => ticket == _ticketInFlight || fault == PlantedFault.TakesStaleAnswers;

    public void FetchEnded(int ticket)
    {
        RequestsInFlight--;
        if (_ticketInFlight == ticket) _ticketInFlight = 0;
    }

    /// <summary>A request that was wanted did not come back.</summary>
    public void FetchLost(TimeSpan now, in FetchPauses pauses)
    {
        _preferredReplica = NodeId.None;
        Fail(now, pauses.Retry(Failures + 1));
    }

    /// <summary>Takes in a broker's answer that is wanted (<see cref="IsWanted"/>), and so was asked for at <see cref="FetchedOffset"/>.</summary>
    public FetchOutcome Answer(in FetchAnswer answer, IsolationLevel isolation, TimeSpan now, in FetchPauses pauses) => ErrorTable.Of(answer.Error).Fetch switch
    {
        FetchReaction.Data => Data(answer, isolation, now, pauses),
        FetchReaction.OutOfRange => OutOfRange(now),
        FetchReaction.Corrupt =>
            Hold(ChunkEnding.Damaged(FetchedOffset, $"broker {answer.From} answered that its log is damaged at offset {FetchedOffset} of {partition}")),
        FetchReaction.RefreshMetadata => Refused(answer, now, pauses),
        FetchReaction.Retry => Refused(answer, now, pauses),
        FetchReaction.NotAuthorized => Report(answer, ConsumeFault.NotAuthorized, $"the client may not read topic {partition.Topic}: {answer.Error}", now, pauses),
        _ => Report(answer, ConsumeFault.Broker, $"broker {answer.From} answered the fetch of {partition} at offset {FetchedOffset} with {answer.Error}; fetching goes on", now, pauses),
    };

    FetchOutcome Data(in FetchAnswer answer, IsolationLevel isolation, TimeSpan now, in FetchPauses pauses)
    {
        if (!answer.IsUnchanged) (HighWatermark, LastStableOffset, LogStartOffset) = (answer.HighWatermark, answer.LastStableOffset, answer.LogStartOffset);
        if (answer.Diverging is not null)
        {
            Succeed();
            return new FetchOutcome(FetchActions.Diverges);
        }
        _validatedLeaderEpoch = Math.Max(_validatedLeaderEpoch, answer.LeaderEpoch);
        if (answer.Range.IsEmpty) return NoData(answer, isolation, now, pauses);
        if (answer.Range is { BatchCount: 0, IsPartial: true }) return Stuck(answer);
        if (!answer.Range.IsDamaged && answer.Range.NextOffset <= FetchedOffset)
        {
            if (++_stuckAnswers >= StuckAnswersMax) return Stuck(answer);
            Fail(now, pauses.Retry(_stuckAnswers));
            return FetchOutcome.Nothing;
        }
        _stuckAnswers = 0;
        Succeed();
        FetchedOffset = answer.Range.NextOffset;
        if (answer.Range.LastLeaderEpoch >= 0) FetchedLeaderEpoch = answer.Range.LastLeaderEpoch;
        IsHot = FetchedOffset < EndOffset(isolation);
        // The decoder will come to the same place and say what is wrong there.
        if (answer.Range.IsDamaged) _heldEpoch = FetchEpoch;
        return new FetchOutcome(FetchActions.Data);
    }

    FetchOutcome NoData(in FetchAnswer answer, IsolationLevel isolation, TimeSpan now, in FetchPauses pauses)
    {
        Succeed();
        if (answer.PreferredReplica.Value >= 0)
        {
            (_preferredReplica, _preferredUntil) = (answer.PreferredReplica, now + pauses.PreferredReplica);
            return FetchOutcome.Nothing;
        }
        IsHot = false;
        return FetchedOffset == EndOffset(isolation) ? new FetchOutcome(FetchActions.AtEnd) : FetchOutcome.Nothing;
    }

    FetchOutcome OutOfRange(TimeSpan now)
    {
        // A follower may be behind, or have kept less: only the leader's word counts.
        if (FetchFrom(now) == Leader) return Hold(ChunkEnding.OutOfRange);
        _preferredReplica = NodeId.None;
        return FetchOutcome.Nothing;
    }

    FetchOutcome Stuck(in FetchAnswer answer) => Hold(ChunkEnding.Of(new PartitionFault(ConsumeFault.StuckPosition, partition, FetchedOffset, null, ErrorCode.None,
        $"broker {answer.From} answers the fetch of {partition} at offset {FetchedOffset} with data that does not lead on from there; it begins with {answer.FirstBytes()}")));

    /// <summary>Nothing is fetched until the ending takes effect, or the application seeks.</summary>
    FetchOutcome Hold(in ChunkEnding ending)
    {
        _heldEpoch = FetchEpoch;
        return new FetchOutcome(FetchActions.Ending) { Ending = ending };
    }

    /// <summary>A reason that mostly passes by itself; told when it does not.</summary>
    FetchOutcome Refused(in FetchAnswer answer, TimeSpan now, in FetchPauses pauses)
    {
        var action = ErrorTable.Of(answer.Error).Fetch == FetchReaction.RefreshMetadata ? FetchActions.Refresh : FetchActions.Nothing;
        _preferredReplica = NodeId.None;
        Fail(now, pauses.Retry(Failures + 1));
        if (!MustTell(answer.Error, mayPass: true, out var throws)) return new FetchOutcome(action);
        var kind = answer.Error is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId ? ConsumeFault.UnknownPartition : ConsumeFault.Broker;
        return Told(action, kind, answer,
            $"fetches of {partition} are refused by broker {answer.From} with {answer.Error}, {Failures} in a row; fetching goes on", throws);
    }

    FetchOutcome Report(in FetchAnswer answer, ConsumeFault kind, string reason, TimeSpan now, in FetchPauses pauses)
    {
        _preferredReplica = NodeId.None;
        Fail(now, pauses.Retry(Failures + 1));
        return TellOnce() ? Told(FetchActions.Refresh, kind, answer, reason) : new FetchOutcome(FetchActions.Refresh);
    }

    FetchOutcome Told(FetchActions action, ConsumeFault kind, in FetchAnswer answer, string reason, bool throws = true) =>
        new(action) { Fault = new PartitionFault(kind, partition, FetchedOffset, FetchedOffset, answer.Error, reason) { Throws = throws } };

    /// <summary>Until something succeeds the application hears of a failure once: neither left without a word nor shouted at.</summary>
    bool TellOnce() => !_isFaultTold && (_isFaultTold = true);

    /// <summary>What may pass by itself is told in two steps: early as an event, and thrown when it has not passed for long.</summary>
    bool MustTell(ErrorCode code, bool mayPass, out bool throws)
    {
        throws = !mayPass || Failures >= PatientRefusals;
        if (throws) return TellOnce();
        // A broker that cannot use its disk does not say so by mistake.
        return (Failures >= QuietRefusals || code == ErrorCode.KafkaStorageError) && !_isEventTold && (_isEventTold = true);
    }

    // Endings, when the application has had everything before them

    /// <summary>Damage, found by the broker or by us: fetch again, from the leader; after the third time stand still (C-40).</summary>
    /// <returns>The fault when it is believed now.</returns>
    public PartitionFault? Damaged(long offset, string reason, TimeSpan now, in FetchPauses pauses)
    {
        _damagedFetches = offset == _damagedOffset ? _damagedFetches + 1 : 1;
        _damagedOffset = offset;
        if (_damagedFetches >= DamagedFetchesMax)
        {
            (_damagedOffset, _damagedFetches) = (-1, 0);
            return Stop(new PartitionFault(ConsumeFault.CorruptRecord, partition, offset, null, ErrorCode.CorruptMessage, $"{reason}; it was fetched {DamagedFetchesMax} times. Seek past it to go on without its records"));
        }
        FetchAgainFrom(offset);
        _preferredReplica = NodeId.None;
        Fail(now, pauses.Retry(_damagedFetches));
        return null;
    }

    /// <summary>What was fetched and not delivered is dropped, and fetched again some time.</summary>
    public void Rewind()
    {
        if (State != PositionState.Fetching) return;
        FetchAgainFrom(DeliveredOffset);
        FetchedLeaderEpoch = -1;
    }

    /// <summary>What was handed out and not finished is handed out again.</summary>
    public void TakeBack()
    {
        if (State != PositionState.Fetching) return;
        DeliveredOffset = _recordsEnd = ProcessedOffset;
        DeliveredLeaderEpoch = -1;
        Rewind();
    }

    /// <summary>Begins a new epoch at an offset up to which everything was delivered.</summary>
    void FetchAgainFrom(long offset)
    {
        NewEpoch();
        FetchedOffset = offset;
        IsHot = true;
    }

    /// <summary>The position is not in the log: go where the policy says, or stand still.</summary>
    /// <returns>The fault when there is no policy.</returns>
    public PartitionFault? OutOfRange(OffsetQuery? reset)
    {
        if (reset is { } query)
        {
            var from = FetchedOffset;
            SeekBy(query);
            ResetFrom = from;
            return null;
        }
        var bounds = LogStartOffset >= 0 && HighWatermark >= 0 ? $" (it begins at {LogStartOffset} and ended at {HighWatermark} when last heard of)" : "";
        return Stop(new PartitionFault(ConsumeFault.OffsetOutOfRange, partition, FetchedOffset, null, ErrorCode.OffsetOutOfRange,
            $"offset {FetchedOffset} of {partition} is not in the log{bounds}, and auto.offset.reset is none. Seek to go on"));
    }

    public PartitionFault Stop(PartitionFault fault)
    {
        NewEpoch();
        State = PositionState.Stopped;
        return fault with { Stops = true, Throws = true };
    }

    // Truncation

    /// <summary>The leader's log and ours have their last common offset before our position: what we read beyond was lost with an older leader.</summary>
    /// <param name="common">Where they part; -1 when the leader does not know.</param>
    /// <param name="reset">What to do when it is not known where the logs part; null: stand still at every loss.</param>
    /// <returns>What to tell the application; null when it was given nothing that is lost.</returns>
    public PartitionFault? Diverge(int leaderEpoch, long common, OffsetQuery? reset)
    {
        if (common >= DeliveredOffset)
        {
            // Only what nobody has seen is different: it is fetched again.
            FetchAgainFrom(DeliveredOffset);
            FetchedLeaderEpoch = leaderEpoch;
            return null;
        }
        var fault = new PartitionFault(ConsumeFault.LogTruncated, partition, DeliveredOffset, common >= 0 ? common : null, ErrorCode.None,
            $"{partition} was read up to offset {DeliveredOffset}, but the log of its leader {Leader} (epoch {LeaderEpoch}) parts from that {(common >= 0 ? $"at offset {common}" : "at an offset that is not known")}");
        if (reset is not { } query) return Stop(fault);
        if (common >= 0) SeekTo(common);
        else SeekBy(query);
        return fault;
    }

    // Delivery

    /// <param name="nextOffset">Behind the last record that was handed out.</param>
    /// <param name="leaderEpoch">Of its batch.</param>
    public void Deliver(long nextOffset, int leaderEpoch)
    {
        DeliveredOffset = _recordsEnd = nextOffset;
        DeliveredLeaderEpoch = leaderEpoch;
    }

    /// <summary>Over markers, aborted records and holes: what was finished stays finished.</summary>
    public void MoveOver(long nextOffset)
    {
        if (nextOffset <= DeliveredOffset) return;
        if (ProcessedOffset == DeliveredOffset) ProcessedOffset = nextOffset;
        DeliveredOffset = nextOffset;
    }

    /// <summary>The application has come back for more.</summary>
    public void ProcessDelivered() => ProcessedOffset = DeliveredOffset;

    // Committing

    /// <summary>The application is done with everything below. Lower than what it stored before is no news (C-42).</summary>
    /// <returns>False when it was not handed out yet.</returns>
    public bool TryStore(long nextOffset)
    {
        if (nextOffset > DeliveredOffset) return false;
        StoredOffset = fault == PlantedFault.StoresBackwards ? nextOffset : Math.Max(StoredOffset, nextOffset);
        return true;
    }

    /// <summary>
    /// Everything below is finished, by the rule that is in force: the only thing that a commit without an offset says (C-43). It never covers a record that was
    /// not handed out, since no position does (C-51a). Markers behind the last record that was handed out count when that is finished. What was read of a topic that
    /// is gone says nothing about the one that has its name now.
    /// </summary>
    /// <returns>-1 when nothing is.</returns>
    public long FinishedOffset(StoreTiming timing) => timing switch
    {
        _ when _isOfAnotherTopic => -1,
        _ when fault == PlantedFault.CommitsWhatWasFetched => FetchedOffset,
        StoreTiming.OnNext when fault == PlantedFault.CommitsWhatIsInHand => DeliveredOffset,
        StoreTiming.OnNext => ProcessedOffset,
        StoreTiming.OnDelivery => DeliveredOffset,
        _ => StoredOffset >= 0 && StoredOffset >= _recordsEnd ? DeliveredOffset : StoredOffset,
    };

    /// <summary>The coordinator has it, whoever committed it.</summary>
    public void Committed(long nextOffset) => CommittedOffset = nextOffset;

    void Fail(TimeSpan now, TimeSpan pause)
    {
        Failures++;
        RetryAt = now + pause;
    }

    void Succeed()
    {
        Failures = 0;
        RetryAt = TimeSpan.Zero;
        _isFaultTold = _isEventTold = false;
    }
}
