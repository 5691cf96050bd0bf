using Semel.Client.Grouping.Classic;
using Semel.Client.Grouping.Kip848;

namespace Semel.Client.Grouping.Membership;

/// <summary>
/// Everything a member of a group decides, without a clock, a thread or a socket: when it joins and by which protocol, what it owns, what it tells its owner in
/// which order, when it can no longer be sure of anything, and how it leaves.
///
/// Driven from outside, one call at a time: <see cref="Take"/> tells what happened, <see cref="Advance"/> lets time pass; after either, <see cref="TakeEffects"/>
/// has what is to be done, and <see cref="NextDeadline"/> tells when to call <see cref="Advance"/> although nothing happened. Moments are counted from any fixed
/// point by a clock that never goes back. The same calls have the same effects.
/// The rules lie in files of their own: the protocols (<see cref="ClassicMembership"/>, <see cref="ConsumerMembership"/>), which of them (<see cref="ProtocolRule"/>),
/// the end of a session (<see cref="SessionRule"/>), an application that does not pull (<see cref="PollRule"/>), leaving (<see cref="LeaveRule"/>).
/// </summary>
internal sealed class MembershipMachine
{
    readonly MemberState _state;
    readonly MemberTurn _turn;
    readonly Func<string> _newMemberId;

    /// <param name="newMemberId">Makes a member's id that nobody else has (C-16).</param>
    /// <param name="seed">Spreads the pauses between attempts.</param>
    public MembershipMachine(GroupOptions options, Func<string> newMemberId, ulong seed = 0, PlantedFault fault = PlantedFault.None)
    {
        _state = new MemberState(options);
        _turn = new MemberTurn(_state, seed, fault);
        _newMemberId = newMemberId;
    }

    public MemberState State => _state;
    /// <summary>How it is spoken; null while nothing was chosen.</summary>
    public MembershipProtocol? Protocol { get; private set; }
    public TimeSpan? NextDeadline => _turn.NextDeadline;
    public long LastRequest => _turn.LastRequest;
    public bool HasEnded => _state.Phase == MemberPhase.Ended;

    public IReadOnlyList<MemberEffect> TakeEffects() => _turn.TakeEffects();

    public void Take(MemberInput input, TimeSpan now)
    {
        _turn.Now = now;
        // What comes late is not believed: the session, or a handler's time, may have ended while it was on its way.
        SessionRule.Apply(_turn, Protocol);
        PollRule.LimitCall(_turn);
        switch (input)
        {
            case Subscribed subscribed: TakeSubscribed(subscribed.Subscription); break;
            case Unsubscribed: LeaveRule.Unsubscribe(_turn, Protocol); break;
            case CloseAsked close: LeaveRule.Close(_turn, Protocol, close.Patience); break;
            case Pulled pulled: PollRule.Take(_turn, pulled); break;
            case OwnerDone: _state.Ownership.End(); break;
            case ConfirmationWanted: _state.IsConfirmationWanted = true; break;
            case CommitRefused refused: if (_state.Phase == MemberPhase.Taking) Protocol!.TakeCommitRefused(refused); break;
            case TopicsSeen seen: TakeTopics(seen.Picture); break;
            case ProtocolTold told: ProtocolRule.Take(_turn, told); break;
            case MemberAnswer answer: TakeAnswer(answer); break;
            default: throw new ArgumentException($"{input.GetType().Name} is no input of a member", nameof(input));
        }
    }

    /// <summary>Expires what is over, then asks for what comes next.</summary>
    public void Advance(TimeSpan now)
    {
        _turn.Now = now;
        _turn.ForgetDeadline();
        SessionRule.Apply(_turn, Protocol);
        PollRule.Apply(_turn);
        LeaveRule.GiveUp(_turn);
        _turn.StartCalls();
        if (_state.Phase == MemberPhase.Idle) LeaveIdle();
        if (_state.Phase == MemberPhase.Choosing && ProtocolRule.Apply(_turn) is { } chosen) Begin(chosen);
        if (_state.Phase == MemberPhase.Taking) Protocol!.Apply();
        if (_state.Phase == MemberPhase.Leaving) LeaveRule.Apply(_turn, Protocol);
        _turn.StartCalls();
        TellFailure();
        // A rule may have ended what another one begins: a membership that was left for another subscription, or a protocol that the coordinator refused.
        if (_state.Phase == MemberPhase.Idle && MayBegin || _state.Phase == MemberPhase.Choosing && _state.Question is null) _turn.WakeAt(Later(now));
    }

    /// <summary>When what a pause holds up goes on; now where none does.</summary>
    TimeSpan Later(TimeSpan now) => _state.Retry.Until > now ? _state.Retry.Until : now;

    bool MayBegin => _state is { Subscription: not null, AwaitsPull: false, Failure: null, Ownership.IsIdle: true };

    void LeaveIdle()
    {
        if (MayBegin) _state.Phase = MemberPhase.Choosing;
    }

    void Begin(GroupProtocol chosen)
    {
        Protocol = chosen == GroupProtocol.Classic ? new ClassicMembership(_turn) : new ConsumerMembership(_turn, _newMemberId);
        _state.Phase = MemberPhase.Taking;
    }

    void TakeSubscribed(Subscription subscription)
    {
        if (_state.IsCloseAsked || HasEnded) return;
        _state.Subscription = subscription;
        (_state.Failure, _state.AwaitsPull, _state.ClassicBecause) = (null, false, null);
        _state.Retry.Clear();
        _state.IdleSince = _turn.Now;
    }

    void TakeTopics(TopicPicture picture)
    {
        _state.Topics = picture;
        if (!picture.Asked.All || _state.Subscription is not { } subscription) return;
        foreach (var (pattern, topic) in subscription.OnlyPrefixes([.. picture.Names]))
            if (_state.Told.Add(new PatternMatchesPrefixOnly(pattern, ""))) _turn.Tell(new PatternMatchesPrefixOnly(pattern, topic));
    }

    void TakeAnswer(MemberAnswer answer)
    {
        if (answer.RequestId == _state.Leave?.Id) LeaveRule.Take(_turn, answer);
        else if (answer.RequestId == _state.Question?.Id) ProtocolRule.Take(_turn, answer);
        else Protocol?.Take(answer);
    }

    /// <summary>The owner hears of a failure when it has taken in that everything is lost.</summary>
    void TellFailure()
    {
        if (_state.Failure is not { } failure || _state.IsFailureTold || !_state.Ownership.IsIdle) return;
        _state.IsFailureTold = true;
        _turn.Add(new FailOwner(failure));
    }
}
