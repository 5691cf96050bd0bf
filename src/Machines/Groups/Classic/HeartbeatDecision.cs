using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>Heartbeat of a classic member (groups.md 4).</summary>
internal static class HeartbeatDecision
{
    public static ErrorCode Decide(Heartbeat request, ClassicGroup group, GroupTurn turn)
    {
        var error = group.Find(request.MemberId, request.InstanceId, out var member);
        if (error != ErrorCode.None) return error;
        if (request.Generation != group.Generation) return ErrorCode.IllegalGeneration;
        group.Heard(member, turn);
        return group.Phase == ClassicPhase.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }
}
