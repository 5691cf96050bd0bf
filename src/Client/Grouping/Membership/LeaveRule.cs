using Semel.Client.Errors;

namespace Semel.Client.Grouping.Membership;

/// <summary>Leaving a group: first everything is given back, through the owner, then the coordinator is told (C-50).</summary>
internal static class LeaveRule
{
    /// <summary>A coordinator that does not hear of it finds out by the session's end.</summary>
    const int MaxAttempts = 3;

    public static void Unsubscribe(MemberTurn turn, MembershipProtocol? protocol)
    {
        turn.State.Subscription = null;
        Begin(turn, protocol);
    }

    public static void Close(MemberTurn turn, MembershipProtocol? protocol, TimeSpan patience)
    {
        var state = turn.State;
        if (state.IsCloseAsked) return;
        (state.IsCloseAsked, state.CloseAt, state.Subscription) = (true, turn.Now + patience, null);
        Begin(turn, protocol);
    }

    static void Begin(MemberTurn turn, MembershipProtocol? protocol)
    {
        var state = turn.State;
        state.AwaitsPull = false;
        state.Question = null;
        if (state.Phase is MemberPhase.Ended or MemberPhase.Leaving) return;
        if (protocol is null || state.Phase == MemberPhase.Choosing) state.Phase = state.Ownership.IsIdle ? Rest(state) : MemberPhase.Leaving;
        else if (state.Phase == MemberPhase.Taking || !state.Ownership.IsIdle || state.IsCloseAsked) state.Phase = MemberPhase.Leaving;
        state.Ownership.ForgetAdditions();
    }

    public static void Apply(MemberTurn turn, MembershipProtocol? protocol)
    {
        var state = turn.State;
        if (!state.LeavesAtOnce && !IsGivenBack(turn))
        {
            protocol?.KeepAlive();
            return;
        }
        if (state.Leave is not null) return;
        if (state.LeaveAttempts < MaxAttempts)
        {
            if (!turn.IsDue(state.Retry.Until)) return;
            state.LeaveAttempts++;
            state.Leave = protocol?.SendLeave(state.IsCloseAsked ? "the consumer is being closed" : state.LeavesAtOnce ? "max.poll.interval.ms has passed without a pull" : "the consumer unsubscribed");
            if (state.Leave is not null) return;
        }
        if (!state.Ownership.IsIdle) return;
        protocol?.Left();
        (state.IsMember, state.SessionEndsAt, state.LeaveAttempts, state.LeavesAtOnce) = (false, null, 0, false);
        state.Retry.Clear();
        state.Phase = Rest(state);
    }

    /// <summary>Whether nothing is ours any more, and the owner knows.</summary>
    static bool IsGivenBack(MemberTurn turn)
    {
        var ownership = turn.State.Ownership;
        if (ownership.IsIdle && ownership.Owned.Count > 0)
        {
            ownership.Enqueue(OwnerCallKind.Revoked, [.. ownership.Owned.Select(static one => new AssignedPartition(one.Value.Id, one.Key))]);
            turn.StartCalls();
        }
        return ownership.IsIdle;
    }

    public static void Take(MemberTurn turn, MemberAnswer answer)
    {
        var state = turn.State;
        state.Leave = null;
        // Whatever else was said: there is nothing to leave any more.
        if (ErrorTable.Of(answer.Error).Passes) turn.Retry(state.Retry, anew: answer.Error != ErrorCode.CoordinatorLoadInProgress);
        else state.LeaveAttempts = MaxAttempts;
    }

    /// <summary>The time to close in is over: the group finds out by the session's end what was not given back.</summary>
    public static void GiveUp(MemberTurn turn)
    {
        var state = turn.State;
        if (!state.IsCloseAsked || state.Phase == MemberPhase.Ended || !turn.IsDue(state.CloseAt)) return;
        if (state.Ownership.Running is not null) turn.Add(new HurryOwner());
        turn.Tell(new CloseGaveUp(state.Ownership.Running is { } call ? $"a handler of {call.Kind} partitions has not ended" : "the coordinator has not answered"));
        state.Phase = MemberPhase.Ended;
    }

    static MemberPhase Rest(MemberState state) => state.IsCloseAsked ? MemberPhase.Ended : MemberPhase.Idle;
}
