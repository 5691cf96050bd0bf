namespace Semel.Client.Grouping.Membership;

/// <summary>
/// C-20: an application that does not pull for max.poll.interval.ms, or whose handler of a change takes that long, makes no progress with what it has. It leaves,
/// so that others can, and joins again when it pulls. The coordinator waits as long for what is to be given back, and has waited since before we heard of it.
/// </summary>
internal static class PollRule
{
    public static void Take(MemberTurn turn, Pulled pulled) =>
        (turn.State.IsPulling, turn.State.IdleSince, turn.State.AwaitsPull) = (pulled.IsPulling, turn.Now, false);

    public static void Apply(MemberTurn turn)
    {
        var state = turn.State;
        if (state.Phase == MemberPhase.Taking && !state.IsPulling && turn.IsDue(state.IdleSince + turn.Options.MaxPollInterval)) Leave(turn, awaitsPull: true);
        LimitCall(turn);
    }

    /// <summary>A handler that ends when its time was over has ended too late.</summary>
    public static void LimitCall(MemberTurn turn)
    {
        var state = turn.State;
        if (state.Phase is not (MemberPhase.Taking or MemberPhase.Leaving)) return;
        // What is lost already is no progress that others could make.
        if (!state.Ownership.IsLosing && state.Ownership.Owned.Count > 0 && state.OwesSince is { } since && turn.IsDue(since + turn.Options.MaxPollInterval)) Leave(turn, state.Phase == MemberPhase.Taking && !state.IsPulling);
        else if (state.Ownership is { IsLosing: false, Running: { } call } && turn.IsDue(call.Since + turn.Options.MaxPollInterval)) Leave(turn, state.Phase == MemberPhase.Taking && !state.IsPulling);
    }

    static void Leave(MemberTurn turn, bool awaitsPull)
    {
        var state = turn.State;
        turn.Tell(new PollIntervalExceeded(turn.Options.MaxPollInterval));
        turn.Lose("max.poll.interval.ms has passed without a pull");
        (state.AwaitsPull, state.LeavesAtOnce, state.Phase) = (awaitsPull, true, MemberPhase.Leaving);
    }
}
