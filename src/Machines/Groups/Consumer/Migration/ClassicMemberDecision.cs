using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Migration;

/// <summary>SyncGroup, Heartbeat and LeaveGroup of members of a KIP-848 group that speak the classic protocol (groups.md 5.6).</summary>
internal static class ClassicMemberDecision
{
    public static SyncReply Decide(SyncGroup request, ConsumerGroup group, GroupTurn turn)
    {
        var error = ClassicMemberRule.FindCurrent(group, request.MemberId, request.InstanceId, request.Generation, out var member);
        if (error != ErrorCode.None) return new(error);
        var protocol = ClassicMemberRule.FirstProtocol(member.Subscription!);
        if ((request.ProtocolType ?? group.ProtocolType) != group.ProtocolType || (request.ProtocolName ?? protocol) != protocol)
            return new(ErrorCode.InconsistentGroupProtocol);
        // What it has to give up it learns by what it is given.
        if (member.State is { Phase: not MemberPhase.Unrevoked } state && state.Epoch < group.Epoch)
        {
            group.Timers.HasToJoin(member, turn);
            return new(ErrorCode.RebalanceInProgress);
        }
        group.Timers.Synced(member, turn);
        return new(ErrorCode.None)
        {
            ProtocolType = group.ProtocolType,
            ProtocolName = protocol,
            Assignment = ClassicBytes.Of(member.State?.Assigned.Partitions ?? PartitionSet.Empty, turn.Catalog),
        };
    }

    public static ErrorCode Decide(Heartbeat request, ConsumerGroup group, GroupTurn turn)
    {
        var error = ClassicMemberRule.FindCurrent(group, request.MemberId, request.InstanceId, request.Generation, out var member);
        if (error != ErrorCode.None) return error;
        group.Timers.Heard(member.Id, member.Subscription!, turn);
        if (!ClassicMemberRule.HasToJoin(group, member)) return ErrorCode.None;
        group.Timers.HasToJoin(member, turn);
        return ErrorCode.RebalanceInProgress;
    }

    /// <summary>An administrator removes a static member of either protocol by its instance alone.</summary>
    public static ErrorCode[] Decide(LeaveGroup request, ConsumerGroup group, GroupTurn turn)
    {
        var leaving = new List<ConsumerMember>();
        var errors = new ErrorCode[request.Members.Count];
        for (var i = 0; i < errors.Length; i++)
        {
            errors[i] = Find(request.Members[i], group, out var member);
            if (errors[i] == ErrorCode.None && !leaving.Contains(member)) leaving.Add(member);
        }
        LeaveDecision.Remove(group, leaving, turn);
        return errors;
    }

    static ErrorCode Find(in LeavingMember leaving, ConsumerGroup group, out ConsumerMember member)
    {
        if (leaving.MemberId.Length > 0) return ClassicMemberRule.Find(group, leaving.MemberId, leaving.InstanceId, out member);
        member = null!;
        return leaving.InstanceId is { } instance && group.TryFindStatic(instance, out member!) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }
}
