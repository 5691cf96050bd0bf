using Semel.Compat.Confluent.Admin;

namespace Semel.Compat.Confluent;

/// <summary>Groups on both sides.</summary>
static class GroupShapes
{
    public static ConsumerGroupListing Listing(Inner.ListedGroup group) => new()
    {
        GroupId = group.GroupId, State = State(group.State), Type = Type(group.Type), IsSimpleConsumerGroup = IsSimple(group.ProtocolType),
    };

    static ConsumerGroupState State(string word) => Enum.TryParse<ConsumerGroupState>(word, ignoreCase: true, out var state) ? state
        : ConsumerGroupState.Unknown;
    static ConsumerGroupType Type(string word) => Enum.TryParse<ConsumerGroupType>(word, ignoreCase: true, out var type) ? type : ConsumerGroupType.Unknown;

    /// <summary>It has offsets and never had a member.</summary>
    static bool IsSimple(string protocolType) => string.IsNullOrEmpty(protocolType);

    public static ConsumerGroupDescription Description(string name, Inner.GroupDescription group, Error error, NodeBook nodes) => new()
    {
        GroupId = name,
        Error = error,
        IsSimpleConsumerGroup = group is not null && IsSimple(group.ProtocolType),
        State = State(group?.State),
        GroupType = Type(group?.Type),
        PartitionAssignor = group?.Assignor,
        Coordinator = group is null ? null : nodes.Find(group.Coordinator),
        Members = [.. (group?.Members ?? []).Select(Member)],
        AuthorizedOperations = null,
    };

    static MemberDescription Member(Inner.MemberDescription member) => new()
    {
        ClientId = member.ClientId, ConsumerId = member.MemberId, GroupInstanceId = member.InstanceId, Host = member.Host,
        Assignment = new MemberAssignment { TopicPartitions = [.. (member.Assignment ?? []).Select(Crossing.Here)] },
        TargetAssignment = member.Target is { } target ? new MemberAssignment { TopicPartitions = [.. target.Select(Crossing.Here)] } : null,
    };

    /// <summary>What members told and have, in bytes, is not told by the client below: null.</summary>
    public static GroupInfo Info(Inner.GroupDescription group)
    {
        var colon = group.CoordinatorAddress.LastIndexOf(':');
        var (host, port) = colon < 0 ? (group.CoordinatorAddress, -1) : (group.CoordinatorAddress[..colon],
            int.TryParse(group.CoordinatorAddress[(colon + 1)..], out var number) ? number : -1);
        return new GroupInfo(new BrokerMetadata(group.Coordinator.Value, host, port), group.GroupId, new Error(ErrorCode.NoError), group.State,
            group.ProtocolType, group.Assignor,
            [.. group.Members.Select(static member => new GroupMemberInfo(member.MemberId, member.ClientId, member.Host, null, null))]);
    }

    /// <param name="asked">Null for all that there are.</param>
    public static List<TopicPartitionOffsetError> Offsets(IReadOnlyDictionary<Wire.TopicPartition, Inner.CommittedOffset> committed, List<TopicPartition> asked)
    {
        var partitions = asked ?? [.. committed.Keys.Select(Crossing.Here).Order()];
        return [.. partitions.Select(partition => committed.TryGetValue(partition.Below(), out var found)
            ? new TopicPartitionOffsetError(partition, found.Offset, new Error(ErrorCode.NoError), found.LeaderEpoch < 0 ? null : found.LeaderEpoch)
            : new TopicPartitionOffsetError(partition, Offset.Unset, new Error(ErrorCode.NoError)))];
    }
}
