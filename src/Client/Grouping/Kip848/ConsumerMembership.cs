using Semel.Client.Errors;
using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping.Kip848;

/// <summary>
/// The protocol of KIP-848: one request, the heartbeat, says what the member wants and has, and its answer what it is to have. What is to go goes first, and the
/// coordinator hears of it when the owner has ended with it; only then is anything added (<see cref="Reconciliation"/>, C-19).
/// </summary>
/// <param name="newMemberId">C-16: a member makes its id itself, and keeps it for its life.</param>
internal sealed class ConsumerMembership(MemberTurn turn, Func<string> newMemberId) : MembershipProtocol(turn)
{
    /// <summary>C-21: the broker does not tell its session; this is its default.</summary>
    static readonly TimeSpan AssumedSession = TimeSpan.FromSeconds(45);

    static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(5);

    /// <summary>How often a coordinator is asked again that still counts a static member's predecessor: one that was just closed is gone in a moment.</summary>
    const int ReleaseAttempts = 3;

    readonly HeartbeatContent _content = new(turn);
    readonly Reconciliation _reconciliation = new(turn);
    PendingMemberRequest? _unanswered;
    TimeSpan _next, _interval = FirstInterval;
    int _unreleased;
    bool _hasAsked, _isToldJoined;

    protected override TimeSpan CoordinatorSession => AssumedSession;

    public override TopicWish Wish() => State.Subscription is not { } subscription ? TopicWish.Nothing
        : new TopicWish(subscription.Patterns.Count > 0, subscription.Names, _reconciliation.Nameless());

    public override void Apply()
    {
        if (State.IsMember) _reconciliation.Apply(_content);
        Turn.StartCalls();
        Turn.Watch(Wish());
        KeepAlive();
        // What was waiting for the coordinator to hear of a revocation may begin now that it was sent.
        if (State.IsMember) _reconciliation.Apply(_content);
    }

    public override void KeepAlive()
    {
        if (_unanswered is not null) return;
        if (!State.IsMember && (State.Phase != MemberPhase.Taking || !Ownership.IsIdle)) return;
        var isUrgent = State.IsMember && (State.IsConfirmationWanted || _content.HasNews);
        var at = State.Retry.Failures > 0 ? State.Retry.Until : isUrgent || !State.IsMember ? Turn.Now : _next;
        if (!Turn.IsDue(at)) return;
        if (!State.IsMember) Join();
        Send();
    }

    void Join()
    {
        if (State.MemberId.Length == 0) State.MemberId = newMemberId();
        State.Epoch = 0;
        _hasAsked = true;
        _content.Forget();
        _reconciliation.Forget();
    }

    void Send()
    {
        var saysAll = State.Epoch == 0 || State.IsConfirmationWanted;
        State.IsConfirmationWanted = false;
        _next = Turn.Now + _interval;
        _unanswered = Turn.Send((id, anew) => _content.Heartbeat(id, anew, saysAll));
    }

    public override void Take(MemberAnswer answer)
    {
        if (answer.RequestId != _unanswered?.Id) return;
        var sent = _unanswered;
        _unanswered = null;
        if (answer is ConsumerHeartbeatAnswered { Error: ErrorCode.None } heard) TakeConfirmed(sent, heard);
        else TakeRefusal(answer);
    }

    void TakeConfirmed(PendingMemberRequest sent, ConsumerHeartbeatAnswered heard)
    {
        State.Retry.Clear();
        _unreleased = 0;
        _content.WasHeard();
        (State.Epoch, State.IsMember) = (heard.Epoch, true);
        if (heard.Interval > TimeSpan.Zero) _interval = heard.Interval;
        _next = sent.SentAt + _interval;
        Turn.Confirm(sent, Session);
        if (!_isToldJoined)
        {
            _isToldJoined = true;
            if (Options.Protocol == GroupProtocol.Auto) Turn.Tell(new JoinsConsumerGroup());
            Turn.Tell(new Joined(State.Epoch, State.MemberId, heard.Assignment?.Sum(static topic => topic.Partitions.Count) ?? 0));
        }
        if (heard.Assignment is { } assignment) _reconciliation.Take(assignment);
        NoteWhatIsOwed(sent);
    }

    /// <summary>What we are to give back may have been asked for by any answer since nothing was, of which some were lost; it is owed until the coordinator has heard that it is given back.</summary>
    void NoteWhatIsOwed(PendingMemberRequest sent)
    {
        if (_reconciliation.HasToGiveBack) State.OwesSince ??= State.UnchangedAt;
        else if (_content.HasSaidOwned) (State.OwesSince, State.UnchangedAt) = (null, sent.SentAt);
    }

    void TakeRefusal(MemberAnswer answer)
    {
        // Whatever became of it: the next one says everything again (C-17).
        _content.WasLost();
        Turn.Tell(new RequestFailed("ConsumerGroupHeartbeat", answer.Error, answer.Message));
        var reaction = ErrorTable.Of(answer.Error).Member;
        switch (reaction)
        {
            case MemberReaction.Wait or MemberReaction.FindCoordinator or MemberReaction.Rejoin:
                Turn.Retry(State.Retry, anew: reaction == MemberReaction.FindCoordinator);
                break;
            case MemberReaction.LoseEpoch or MemberReaction.LoseMember:
                Turn.Retry(State.Retry, anew: false);
                Lose(reaction, answer.Error);
                break;
            // The group is gone, and with it every member.
            case MemberReaction.OtherProtocol when State.IsMember && answer.Error == ErrorCode.GroupIdNotFound:
                Turn.Retry(State.Retry, anew: false);
                Lose(MemberReaction.LoseEpoch, answer.Error);
                break;
            case MemberReaction.OtherProtocol when !State.IsMember && ProtocolRule.TryFallBack(Turn, $"the coordinator answered {answer.Error} to the newer one. {answer.Message}".TrimEnd()):
                break;
            case MemberReaction.AwaitRelease when ++_unreleased <= ReleaseAttempts:
                State.Retry.Failures++;
                State.Retry.Until = Turn.Now + Options.Retrying.Largest;
                break;
            default:
                Turn.Fail(MemberFailure.Of(answer.Error, answer.Message, Options));
                Expire();
                break;
        }
    }

    public override void TakeCommitRefused(CommitRefused refused)
    {
        // The heartbeat's own answer says what it is; it is asked for at once.
        if (State.IsMember && refused.Epoch == State.Epoch && refused.MemberId == State.MemberId) State.IsConfirmationWanted = true;
    }

    void Lose(MemberReaction reaction, ErrorCode code)
    {
        if (Turn.Fault != PlantedFault.KeepsPartitionsAfterIllegalGeneration || reaction != MemberReaction.LoseEpoch) Turn.Lose($"the coordinator refused with {code}");
        if (reaction == MemberReaction.LoseMember) State.MemberId = "";
        Expire();
    }

    public override void Expire()
    {
        (_unanswered, State.IsMember, State.Epoch, State.OwesSince) = (null, false, 0, null);
        _content.Forget();
        _reconciliation.Forget();
    }

    /// <summary>A static member says that it comes back: its partitions wait for it until its session ends.</summary>
    public override PendingMemberRequest? SendLeave(string reason) => !_hasAsked || State.MemberId.Length == 0 ? null
        : Turn.Send((id, anew) => new SendConsumerHeartbeat(id, anew, State.MemberId, Options.InstanceId is null ? LeaveEpoch : LeaveToComeBackEpoch));

    const int LeaveEpoch = -1, LeaveToComeBackEpoch = -2;

    public override void Left()
    {
        Expire();
        (_hasAsked, _isToldJoined) = (false, false);
    }
}
