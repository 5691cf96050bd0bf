namespace Semel.Client.Grouping.Membership;

/// <summary>
/// C-15: a member that has not heard from its coordinator for a session, counted from when the last heartbeat that was answered was sent, cannot know whether
/// it still is one. It stops before the coordinator could have given anything away.
/// </summary>
internal static class SessionRule
{
    public static void Apply(MemberTurn turn, MembershipProtocol? protocol)
    {
        if (turn.State.SessionEndsAt is not { } end || turn.Fault == PlantedFault.IgnoresSessionEnd) return;
        if (!turn.IsDue(end)) return;
        turn.Lose($"no heartbeat was answered for {protocol!.Session.TotalMilliseconds:0} ms, which is as long as the coordinator keeps a silent member");
        protocol.Expire();
    }
}
