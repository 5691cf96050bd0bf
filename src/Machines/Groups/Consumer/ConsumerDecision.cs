using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer.Migration;
using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>The requests of KIP-848: which group they mean, and what they are told when there is none.</summary>
internal static class ConsumerDecision
{
    public static void Decide(ConsumerHeartbeat request, GroupTable groups, GroupTurn turn)
    {
        if (request.MemberId.Length == 0 && request.Version == 0 && request.MemberEpoch == MemberState.Joining) request = request with { MemberId = request.FreshId };
        turn.Reply(HeartbeatCheck.Refusal(request, turn.Options) ?? Decide(request, groups.FindOrAdd(request.GroupId.Value), turn));
        groups.Tidy(groups.FindOrAdd(request.GroupId.Value));
    }

    static ConsumerHeartbeatReply Decide(ConsumerHeartbeat request, Group group, GroupTurn turn)
    {
        if (group.Body is ConsumerGroup present)
            return request.MemberEpoch is MemberState.Leaving or MemberState.LeavingForAWhile
                ? LeaveDecision.Decide(request, present, turn) : MemberHeartbeat.Decide(request, present, turn);
        if (request.MemberEpoch != MemberState.Joining)
            return ConsumerHeartbeatReply.Refused(ErrorCode.GroupIdNotFound, $"there is no group '{request.GroupId}' of this protocol");
        var classic = group.Body as ClassicGroup;
        if (classic is { HasMembers: true } && Upgrade.Refusal(classic, turn) is { } refusal)
            return ConsumerHeartbeatReply.Refused(ErrorCode.GroupIdNotFound, refusal);
        var made = classic is { HasMembers: true } ? Upgrade.Make(classic, turn) : new ConsumerGroup(group);
        var reply = MemberHeartbeat.Decide(request, made, turn);
        if (reply.Error != ErrorCode.None)
        {
            turn.Records.Clear();
            return reply;
        }
        if (classic is { HasMembers: true }) Upgrade.Done(classic, made, turn);
        // What is left of a classic group without members.
        else group.Body?.WriteRemoval(turn.Records);
        group.Body = made;
        made.Expect();
        return reply;
    }

    public static DescribedConsumerGroup Describe(DescribeConsumerGroup request, Group? group, GroupOptions options)
    {
        if (request.GroupId.Value.Length == 0) return new(ErrorCode.InvalidGroupId);
        if (group?.Body is not ConsumerGroup consumers)
        {
            var reason = group is null ? $"there is no group '{request.GroupId}'" : $"the group '{request.GroupId}' is not one of the consumer protocol";
            return new(ErrorCode.GroupIdNotFound) { Message = reason };
        }
        return new(ErrorCode.None)
        {
            State = consumers.StateName,
            Epoch = consumers.Epoch,
            AssignmentEpoch = consumers.AssignmentEpoch,
            Assignor = PreferredAssignor.NameOf(consumers.Members.Select(static member => member.Subscription!.Assignor), options),
            Members = [.. consumers.SortedMembers.Select(Row)],
        };
    }

    static DescribedConsumer Row(ConsumerMember member) => new(
        member.Id, member.Subscription!.InstanceId, member.Subscription.RackId, member.State?.Epoch ?? MemberState.Joining, member.Subscription.Client,
        member.Subscription.Topics, member.Subscription.Pattern, member.State?.Assigned.Partitions ?? PartitionSet.Empty, member.Target ?? PartitionSet.Empty,
        member.Subscription.Classic is not null);
}
