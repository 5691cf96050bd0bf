using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>Which member a heartbeat means that does not join; a static one is known by its instance, and whoever had the place before is fenced.</summary>
internal static class MemberFinder
{
    /// <returns>Null when there is one.</returns>
    public static ConsumerHeartbeatReply? Refusal(ConsumerHeartbeat request, ConsumerGroup group, out ConsumerMember member)
    {
        member = null!;
        if (request.InstanceId is { } instance)
        {
            if (!group.TryFindStatic(instance, out var holder))
                return ConsumerHeartbeatReply.Refused(ErrorCode.UnknownMemberId, $"no member of the group has the instance id '{instance}'");
            if (holder.Id != request.MemberId)
                return ConsumerHeartbeatReply.Refused(ErrorCode.FencedInstanceId,
                    $"the instance id '{instance}' is the member '{holder.Id}' by now, not '{request.MemberId}'");
            member = holder;
            return null;
        }
        return group.TryFind(request.MemberId, out member!) ? null
            : ConsumerHeartbeatReply.Refused(ErrorCode.UnknownMemberId, $"the group has no member '{request.MemberId}'");
    }
}
