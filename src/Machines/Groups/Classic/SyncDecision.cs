using Semel.Protocol;

namespace Semel.Machines.Groups.Classic;

/// <summary>SyncGroup (groups.md 4).</summary>
internal static class SyncDecision
{
    public static void Decide(SyncGroup request, ClassicGroup group, GroupTurn turn)
    {
        var error = group.Find(request.MemberId, request.InstanceId, out var member);
        if (error == ErrorCode.None && request.Generation != group.Generation) error = ErrorCode.IllegalGeneration;
        if (error == ErrorCode.None && (IsOther(request.ProtocolType, group.Type) || IsOther(request.ProtocolName, group.Protocol)))
            error = ErrorCode.InconsistentGroupProtocol;
        if (error == ErrorCode.None && group.Phase == ClassicPhase.PreparingRebalance) error = ErrorCode.RebalanceInProgress;
        if (error != ErrorCode.None)
        {
            turn.Reply(new SyncReply(error));
            return;
        }
        member.OwesSync = false;
        if (group.Phase == ClassicPhase.Stable)
        {
            group.Heard(member, turn);
            turn.Reply(Present(group, member));
            return;
        }
        group.ParkSync(member, turn);
        if (member.Id == group.LeaderId) group.Rebalance.Complete(request.Assignments, turn);
    }

    static bool IsOther(string? given, string? present) => given is not null && present is not null && given != present;

    public static SyncReply Present(ClassicGroup group, ClassicMember member) => new(ErrorCode.None)
    {
        ProtocolType = group.Type,
        ProtocolName = group.Protocol,
        Assignment = member.Assignment,
    };
}
