using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>LeaveGroup: each member by itself (groups.md 4, KIP-345).</summary>
internal static class LeaveDecision
{
    public static ErrorCode Decide(in LeavingMember leaving, ClassicGroup group, GroupTurn turn)
    {
        if (leaving.MemberId.Length == 0)
        {
            // An administrator removes a static member, whose id he need not know.
            if (leaving.InstanceId is not { } instance || !group.Members.TryFindStatic(instance, out var removed)) return ErrorCode.UnknownMemberId;
            group.Rebalance.Remove(removed, turn);
            return ErrorCode.None;
        }
        if (group.Rebalance.RemovePending(leaving.MemberId, turn)) return ErrorCode.None;
        var error = group.Find(leaving.MemberId, leaving.InstanceId, out var member);
        if (error == ErrorCode.None) group.Rebalance.Remove(member, turn);
        return error;
    }
}
