using Semel.Client.Errors;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Protocol.Wire;

namespace Semel.Client.Grouping.Classic;

/// <summary>
/// The classic protocol: join, sync, heartbeat, and again from the start whenever the group changes.
///
/// Heartbeats go on through all of it, since JoinGroup and SyncGroup wait at the coordinator for as long as other members take; only who owns nothing
/// joins without them. What a join or sync is answered with decides; a heartbeat that is answered while one of them is under way may speak of a generation that has
/// just ended.
/// </summary>
internal sealed class ClassicMembership(MemberTurn turn) : MembershipProtocol(turn)
{
    readonly ClassicSubscription _subscription = new(turn);
    readonly ClassicHeartbeats _heartbeats = new(turn);
    readonly LeaderWork _leader = new(turn);
    ClassicStage _stage;
    PendingMemberRequest? _request;
    string _protocol = "", _reason = "the consumer subscribed";
    bool _mustRejoin, _joinWasLost;

    public ClassicStage Stage => _stage;
    protected override TimeSpan CoordinatorSession => Options.SessionTimeout;

    public override TopicWish Wish() => _subscription.Wish(_leader.Topics);

    public override void Apply()
    {
        Turn.Watch(Wish());
        while (Step()) { }
        KeepAlive();
    }

    public override void KeepAlive()
    {
        var isJoining = _stage is ClassicStage.Unjoined || _stage == ClassicStage.Joining && Ownership.Owned.Count == 0;
        if (State.IsMember && !isJoining) _heartbeats.Apply();
    }

    /// <returns>Whether there may be another step.</returns>
    bool Step()
    {
        switch (_stage)
        {
            case ClassicStage.Unjoined:
                if (!Ownership.IsIdle) return false;
                _stage = ClassicStage.Preparing;
                return true;
            case ClassicStage.Preparing:
                return Ownership.IsIdle && TryJoin();
            case ClassicStage.Joining:
                return _request is null && TryJoin();
            case ClassicStage.Leading:
                return TryLead();
            case ClassicStage.Syncing:
                if (_request is null && Turn.IsDue(State.Retry.Until)) Sync();
                return false;
            default:
                LookForChanges();
                if (!_mustRejoin || !Ownership.IsIdle) return false;
                Prepare();
                return true;
        }
    }

    /// <summary>C-11: eager members give everything back before they join; cooperative ones only what they do not want any more.</summary>
    void Prepare()
    {
        Turn.Tell(new Rejoins(_reason));
        _stage = ClassicStage.Preparing;
        if (Turn.Fault == PlantedFault.DeliversDuringRevocation) return;
        var wanted = _subscription.Topics();
        Ownership.Enqueue(OwnerCallKind.Revoked, [.. All(Ownership).Where(one => !_subscription.IsCooperative || wanted?.Contains(one.Partition.Topic) == false)]);
        Turn.StartCalls();
    }

    bool TryJoin()
    {
        if (_subscription.Offer() is not { } offer || !Turn.IsDue(State.Retry.Until)) return false;
        _stage = ClassicStage.Joining;
        _mustRejoin = false;
        // Who owns nothing sends no heartbeats meanwhile, and has nothing that the end of its session could take away.
        if (Ownership.Owned.Count == 0) State.SessionEndsAt = null;
        _request = Turn.Send((id, anew) => new SendJoin(id, anew, State.MemberId, offer, _reason));
        return false;
    }

    bool TryLead()
    {
        if (!_leader.TryAssign(_protocol)) return false;
        Sync();
        return false;
    }

    void Sync()
    {
        _stage = ClassicStage.Syncing;
        _request = Turn.Send((id, anew) => new SendSync(id, anew, State.Epoch, State.MemberId, _protocol, _leader.Assignments));
    }

    /// <summary>What makes a member that is at rest join again by itself: another subscription, other topics that a pattern matches, or for the leader other partitions.</summary>
    void LookForChanges()
    {
        if (_mustRejoin) return;
        if (_subscription.HasChanged()) Rejoin("the subscription has changed");
        else if (_leader.FindChange() is { } topic) Rejoin($"topic {topic} has changed");
    }

    void Rejoin(string reason) => (_mustRejoin, _reason) = (true, reason);

    public override void Take(MemberAnswer answer)
    {
        if (_heartbeats.Take(answer) is { } beat) TakeHeartbeat(beat, answer);
        if (answer.RequestId != _request?.Id) return;
        var request = _request;
        _request = null;
        if (State.Phase != MemberPhase.Taking)
        {
            // On the way out: all that matters is who has to be taken leave of.
            if (answer is JoinAnswered { MemberId.Length: > 0 } late) State.MemberId = late.MemberId;
            return;
        }
        switch (answer)
        {
            case JoinAnswered { Error: ErrorCode.None } joined: TakeJoined(joined); break;
            case JoinAnswered { Error: ErrorCode.MemberIdRequired } named: TakeMemberId(named); break;
            case SyncAnswered { Error: ErrorCode.None } synced: TakeSynced(request, synced); break;
            default: TakeRefusal(answer); break;
        }
    }

    void TakeMemberId(JoinAnswered answer)
    {
        // The second time it is no news, and a coordinator that says so for ever is not asked without a pause.
        if (State.MemberId == answer.MemberId || answer.MemberId.Length == 0) Turn.Retry(State.Retry, anew: false);
        State.MemberId = answer.MemberId;
        State.IsMember = false;
    }

    void TakeJoined(JoinAnswered joined)
    {
        if (joined.ProtocolType is { } type && type != ConsumerProtocol.Type || joined.Protocol is not { } protocol || !_subscription.Offers(protocol) || joined.Generation < 0 || joined.MemberId.Length == 0)
        {
            Fail(ErrorCode.InconsistentGroupProtocol, $"generation {joined.Generation} of type '{joined.ProtocolType}' with strategy '{joined.Protocol}' for member '{joined.MemberId}'");
            return;
        }
        State.Retry.Clear();
        LoseWhatWasMissed(joined.Generation);
        (State.Epoch, State.MemberId, State.IsMember, _protocol) = (joined.Generation, joined.MemberId, true, protocol);
        _heartbeats.Restart();
        if (joined.Leader == joined.MemberId) _leader.Begin(joined, _subscription);
        else _leader.Rest();
        if (_leader.IsAtWork)
        {
            _stage = ClassicStage.Leading;
            Turn.Watch(Wish());
        }
        else Sync();
    }

    /// <summary>
    /// A join that was not answered may have made us a member of a generation that we never heard of. When there is another one by now, what we told its leader
    /// that we have was told under a generation that is too old, and a leader may pass it over (C-13) and give it away as soon as it knows.
    /// </summary>
    void LoseWhatWasMissed(int generation)
    {
        if (_joinWasLost && State.Epoch >= 0 && generation > State.Epoch + 1) Turn.Lose("the answer to a join was lost, and with it a generation of the group");
        _joinWasLost = false;
    }

    void TakeSynced(PendingMemberRequest request, SyncAnswered synced)
    {
        if (synced.Protocol is { } protocol && protocol != _protocol)
        {
            Fail(ErrorCode.InconsistentGroupProtocol, $"it is shared out by '{protocol}', and was joined for '{_protocol}'");
            return;
        }
        if (_subscription.Read(synced.Assignment) is not { } assigned)
        {
            Fail(ErrorCode.InvalidRequest, $"the assignment that its leader made cannot be read: {synced.Assignment.Length} bytes, of strategy '{_protocol}'");
            return;
        }
        State.Retry.Clear();
        Turn.Confirm(request, Session);
        State.UnchangedAt = request.SentAt;
        _stage = ClassicStage.Stable;
        Turn.Tell(new Joined(State.Epoch, State.MemberId, assigned.Count));
        HandOver(assigned);
    }

    void HandOver(IReadOnlyList<TopicPartition> assigned)
    {
        var owned = Ownership.Owned;
        var wanted = _subscription.Topics();
        var own = assigned.Where(one => wanted is null || wanted.Contains(one.Topic)).ToHashSet();
        if (own.Count < assigned.Count) Rejoin("the assignment has topics that are not subscribed to");
        var gone = All(Ownership).Where(one => !own.Contains(one.Partition)).ToArray();
        var come = own.Where(one => !owned.ContainsKey(one)).Order(PartitionOrder.ByName).Select(one => new AssignedPartition(State.Topics.Find(one.Topic)?.Id ?? TopicId.None, one)).ToArray();
        Ownership.Enqueue(OwnerCallKind.Revoked, gone);
        Ownership.Enqueue(OwnerCallKind.Assigned, come);
        if (gone.Length > 0) Rejoin("partitions were given up that another member waits for");
    }

    void TakeHeartbeat(PendingMemberRequest beat, MemberAnswer answer)
    {
        var reaction = ErrorTable.Of(answer.Error).Member;
        if (reaction is not (MemberReaction.Confirmed or MemberReaction.Rejoin or MemberReaction.LoseEpoch or MemberReaction.LoseMember))
        {
            Fail(answer.Error, answer.Message);
            return;
        }
        // It speaks of a generation that has ended, or is about to for the one that is being asked for. A member that is unknown is so whatever it asks.
        if (beat.Epoch != State.Epoch || _request is not null && reaction == MemberReaction.LoseEpoch) return;
        if (reaction is MemberReaction.Confirmed or MemberReaction.Rejoin) Turn.Confirm(beat, Session);
        if (reaction == MemberReaction.Confirmed) State.UnchangedAt = beat.SentAt;
        if (reaction == MemberReaction.Rejoin && _stage == ClassicStage.Stable) Rejoin("the group is being shared out anew");
        if (reaction is MemberReaction.LoseEpoch or MemberReaction.LoseMember) Lose(reaction, answer.Error);
    }

    /// <summary>A join or sync was refused, or not answered.</summary>
    void TakeRefusal(MemberAnswer answer)
    {
        var reaction = ErrorTable.Of(answer.Error).Member;
        if (_stage == ClassicStage.Joining && answer is RequestUnanswered) _joinWasLost = true;
        Turn.Tell(new RequestFailed(_stage == ClassicStage.Syncing ? "SyncGroup" : "JoinGroup", answer.Error, answer.Message));
        switch (reaction)
        {
            case MemberReaction.Wait or MemberReaction.FindCoordinator:
                Turn.Retry(State.Retry, anew: reaction == MemberReaction.FindCoordinator);
                break;
            case MemberReaction.Rejoin:
                if (_stage == ClassicStage.Joining) Turn.Retry(State.Retry, anew: false);
                else (_stage, _mustRejoin, _reason) = (ClassicStage.Stable, true, "the group is being shared out anew");
                break;
            case MemberReaction.LoseEpoch or MemberReaction.LoseMember:
                Turn.Retry(State.Retry, anew: false);
                Lose(reaction, answer.Error);
                break;
            default:
                Fail(answer.Error, answer.Message);
                break;
        }
    }

    public override void TakeCommitRefused(CommitRefused refused)
    {
        if (!State.IsMember || refused.Epoch != State.Epoch || refused.MemberId != State.MemberId || _request is not null) return;
        switch (ErrorTable.Of(refused.Code).Member)
        {
            case MemberReaction.LoseEpoch or MemberReaction.OtherProtocol: Lose(MemberReaction.LoseEpoch, refused.Code); break;
            case MemberReaction.LoseMember: Lose(MemberReaction.LoseMember, refused.Code); break;
            case MemberReaction.Rejoin: if (_stage == ClassicStage.Stable) Rejoin("the group is being shared out anew"); break;
            default: if (refused.Code == ErrorCode.FencedInstanceId) Fail(refused.Code, ""); break;
        }
    }

    void Lose(MemberReaction reaction, ErrorCode code)
    {
        if (Turn.Fault != PlantedFault.KeepsPartitionsAfterIllegalGeneration || reaction != MemberReaction.LoseEpoch) Turn.Lose($"the coordinator refused with {code}");
        if (reaction == MemberReaction.LoseMember) State.MemberId = "";
        Expire();
        _reason = $"the coordinator refused with {code}";
    }

    public override void Expire()
    {
        (_stage, _request, State.Epoch, State.IsMember, _mustRejoin, _joinWasLost) = (ClassicStage.Unjoined, null, -1, false, false, false);
        _reason = "the session has ended";
        _heartbeats.Stop();
        _leader.Rest();
    }

    void Fail(ErrorCode code, string message)
    {
        Turn.Fail(MemberFailure.Of(code, message, Options));
        State.MemberId = "";
        Expire();
    }

    /// <summary>Static members stay members while they are gone: their session's end removes them, if they do not come back before (KIP-345).</summary>
    public override PendingMemberRequest? SendLeave(string reason) => State.MemberId.Length == 0 || Options.InstanceId is not null ? null
        : Turn.Send((id, anew) => new SendLeave(id, anew, State.MemberId, reason));

    public override void Left()
    {
        State.MemberId = "";
        Expire();
        _subscription.Forget();
        _reason = "the consumer subscribed";
    }
}
