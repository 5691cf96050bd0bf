using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Migration;

/// <summary>Whether a request of the classic protocol may speak for a member of a KIP-848 group, and whether the member has to join again.</summary>
internal static class ClassicMemberRule
{
    public static ErrorCode Find(ConsumerGroup group, string memberId, string? instanceId, out ConsumerMember member)
    {
        member = null!;
        if (instanceId is not null)
        {
            if (!group.TryFindStatic(instanceId, out var holder)) return ErrorCode.UnknownMemberId;
            if (holder.Id != memberId) return ErrorCode.FencedInstanceId;
        }
        return group.TryFind(memberId, out member!) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    /// <summary>As the other, but of a member that speaks this protocol, at its present generation.</summary>
    public static ErrorCode FindCurrent(ConsumerGroup group, string memberId, string? instanceId, int generation, out ConsumerMember member)
    {
        var error = Find(group, memberId, instanceId, out member);
        if (error != ErrorCode.None) return error;
        if (member.Subscription!.Classic is null) return ErrorCode.UnknownMemberId;
        return generation == (member.State?.Epoch ?? MemberState.Joining) ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    /// <summary>There is another assignment, or something to give up, or what it waits for has become free: all that it is told when it joins.</summary>
    public static bool HasToJoin(ConsumerGroup group, ConsumerMember member)
    {
        if (member.State is not { } state) return true;
        if (state.Epoch < group.Epoch || state.Phase == MemberPhase.Unrevoked) return true;
        return state.Phase == MemberPhase.Unreleased && member.Target is { } target
            && target.Except(state.Assigned.Partitions).Any(partition => !group.HasOwner(partition));
    }

    public static string FirstProtocol(MemberSubscription subscription) => subscription.Classic is { Protocols.Count: > 0 } said ? said.Protocols[0].Name : "";

    /// <summary>Whether everybody who speaks the classic protocol knows one of the protocols.</summary>
    public static bool Supports(ConsumerGroup group, JoinGroup request) =>
        request.ProtocolType == group.ProtocolType && request.Protocols.Any(protocol => group.Members.All(member =>
            member.Id == request.MemberId || member.Subscription!.Classic is not { } said || said.Protocols.Any(known => known.Name == protocol.Name)));
}
