using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Administration;

/// <summary>Describes a group of either protocol: whoever asks does not know which it has. Thread safe.</summary>
internal sealed class GroupDescriptions(AdminCalls calls)
{
    /// <exception cref="KafkaException">With <see cref="ErrorCode.GroupIdNotFound"/> when there is no such group.</exception>
    public async Task<GroupDescription> OfAsync(string group, CancellationToken cancellation)
    {
        var call = calls.Begin(cancellation);
        return await ConsumerGroupAsync(group, call).ConfigureAwait(false) ?? await ClassicGroupAsync(group, call).ConfigureAwait(false);
    }

    /// <returns>Null when it is no KIP-848 group, or the broker knows none.</returns>
    async Task<GroupDescription?> ConsumerGroupAsync(string group, BoundedCall call)
    {
        BrokerConnection? coordinator = null;
        ConsumerGroupDescribeResponse answer;
        try
        {
            (answer, _) = await calls.SendAsync<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(call, Find, _ => new ConsumerGroupDescribeRequest { GroupIds = [new(group)] }, isRepeatable: true,
                static answer => answer.Groups.Exists(static told => ErrorTable.Of(told.ErrorCode).Passes)).ConfigureAwait(false);
        }
        catch (KafkaException absent) when (absent.Error.LocalCode == LocalErrorCode.NotOffered)
        {
            return null;
        }
        if (answer.Groups is not [var told]) throw NothingSaid(group);
        if (told.ErrorCode is ErrorCode.GroupIdNotFound or ErrorCode.UnsupportedVersion) return null;
        if (told.ErrorCode != ErrorCode.None) throw Refused(group, told.ErrorCode, told.ErrorMessage);
        return new GroupDescription(group, "Consumer", told.GroupState, ConsumerProtocol.Type, told.AssignorName, coordinator!.Node, $"{coordinator.Address}", [.. told.Members.Select(Member)])
        {
            Epoch = told.GroupEpoch, AssignmentEpoch = told.AssignmentEpoch,
        };

        async ValueTask<BrokerConnection> Find(BoundedCall one) => coordinator = await calls.Coordinators.FindAsync(CoordinatorKind.Group, group, one).ConfigureAwait(false);
    }

    static MemberDescription Member(ConsumerGroupDescribeResponse.Member told) =>
        new(told.MemberId, told.InstanceId, told.ClientId, told.ClientHost, told.MemberEpoch, Partitions(told.Assignment), Partitions(told.TargetAssignment));

    static TopicPartition[] Partitions(ConsumerGroupDescribeResponse.Assignment told) =>
        [.. told.TopicPartitions.SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.TopicName, partition)))];

    async Task<GroupDescription> ClassicGroupAsync(string group, BoundedCall call)
    {
        BrokerConnection? coordinator = null;
        var (answer, _) = await calls.SendAsync<DescribeGroupsRequest, DescribeGroupsResponse>(call, Find, _ => new DescribeGroupsRequest { Groups = [new(group)] }, isRepeatable: true,
            static answer => answer.Groups.Exists(static told => ErrorTable.Of(told.ErrorCode).Passes)).ConfigureAwait(false);
        if (answer.Groups is not [var told]) throw NothingSaid(group);
        // Before version 6 a group that there is not is called dead.
        if (told.ErrorCode == ErrorCode.GroupIdNotFound || told is { ErrorCode: ErrorCode.None, GroupState: "Dead", Members.Count: 0 })
            throw new KafkaException(new Error(ErrorCode.GroupIdNotFound, $"there is no group '{group}'"), ErrorTable.Of(ErrorCode.GroupIdNotFound).Class);
        if (told.ErrorCode != ErrorCode.None) throw Refused(group, told.ErrorCode, told.ErrorMessage);
        return new GroupDescription(group, "Classic", told.GroupState, told.ProtocolType, told.ProtocolData, coordinator!.Node, $"{coordinator.Address}", [.. told.Members.Select(member => Member(member, told.ProtocolType))]);

        async ValueTask<BrokerConnection> Find(BoundedCall one) => coordinator = await calls.Coordinators.FindAsync(CoordinatorKind.Group, group, one).ConfigureAwait(false);
    }

    static MemberDescription Member(DescribeGroupsResponse.DescribedGroupMember told, string protocolType) =>
        new(told.MemberId, told.GroupInstanceId, told.ClientId, told.ClientHost, null, Partitions(told.MemberAssignment, protocolType), null);

    /// <summary>In the middle of a rebalance a member has no assignment yet.</summary>
    static TopicPartition[]? Partitions(ReadOnlyMemory<byte> assignment, string protocolType)
    {
        if (assignment.IsEmpty) return [];
        if (protocolType != ConsumerProtocol.Type || !ConsumerProtocol.TryReadAssignment(assignment, out var read, out _)) return null;
        return [.. read.AssignedPartitions.SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))];
    }

    static KafkaException NothingSaid(string group) => new(new Error(ErrorCode.UnknownServerError, $"the broker said nothing about group '{group}'"), ErrorClass.Application);

    static KafkaException Refused(string group, ErrorCode error, string? message) =>
        new(new Error(error, $"group '{group}' cannot be described: {(string.IsNullOrEmpty(message) ? error.ToString() : message)}"), ErrorTable.Of(error).Class);
}
