using Semel.Machines.Groups.Classic;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Consumer;

/// <summary>A KIP-848 group's facts as records in Kafka's layout, and back.</summary>
internal static class ConsumerRecords
{
    const short Version = 0;

    public static void PutEpoch(GroupRecords records, string group, int epoch, long metadataHash) =>
        records.Put(new ConsumerGroupMetadataKey { GroupId = new(group) }, new ConsumerGroupMetadataValue { Epoch = epoch, MetadataHash = metadataHash }, Version);

    public static void PutAssignmentEpoch(GroupRecords records, string group, int epoch, Instant at) =>
        records.Put(new ConsumerGroupTargetAssignmentMetadataKey { GroupId = new(group) },
            new ConsumerGroupTargetAssignmentMetadataValue { AssignmentEpoch = epoch, AssignmentTimestamp = at.UnixMilliseconds }, Version);

    public static void Put(GroupRecords records, string group, string member, MemberSubscription subscription) =>
        records.Put(new ConsumerGroupMemberMetadataKey { GroupId = new(group), MemberId = member }, new ConsumerGroupMemberMetadataValue
        {
            InstanceId = subscription.InstanceId,
            RackId = subscription.RackId,
            ClientId = subscription.Client.ClientId,
            ClientHost = subscription.Client.Host,
            SubscribedTopicNames = [.. subscription.Topics],
            SubscribedTopicRegex = subscription.Pattern,
            RebalanceTimeoutMs = subscription.RebalanceTimeoutMs,
            ServerAssignor = subscription.Assignor,
            ClassicMemberMetadata = subscription.Classic is not { } classic ? null : new()
            {
                SessionTimeoutMs = classic.SessionTimeoutMs,
                SupportedProtocols = [.. classic.Protocols.Select(static protocol =>
                    new ConsumerGroupMemberMetadataValue.ClassicProtocol { Name = protocol.Name, Metadata = protocol.Metadata })],
            },
        }, Version);

    public static MemberSubscription SubscriptionOf(ConsumerGroupMemberMetadataValue value) => new(
        value.InstanceId, value.RackId, new(value.ClientId, value.ClientHost), value.SubscribedTopicNames,
        value.SubscribedTopicRegex is "" ? null : value.SubscribedTopicRegex, value.RebalanceTimeoutMs, value.ServerAssignor, value.ClassicMemberMetadata is not { } classic ? null
            : new(classic.SessionTimeoutMs, [.. classic.SupportedProtocols.Select(static protocol => new JoinProtocol(protocol.Name, protocol.Metadata.ToArray()))]));

    public static void PutTarget(GroupRecords records, string group, string member, PartitionSet target) =>
        records.Put(new ConsumerGroupTargetAssignmentMemberKey { GroupId = new(group), MemberId = member }, new ConsumerGroupTargetAssignmentMemberValue
        {
            TopicPartitions = [.. ByTopic(target).Select(static topic =>
                new ConsumerGroupTargetAssignmentMemberValue.TopicPartition { TopicId = topic.TopicId, Partitions = topic.Partitions })],
        }, Version);

    public static PartitionSet TargetOf(ConsumerGroupTargetAssignmentMemberValue value) =>
        PartitionSet.Of(value.TopicPartitions.SelectMany(static topic => topic.Partitions.Select(partition => new TopicIdPartition(topic.TopicId, partition))));

    public static void Put(GroupRecords records, string group, string member, MemberState state) =>
        records.Put(new ConsumerGroupCurrentMemberAssignmentKey { GroupId = new(group), MemberId = member }, new ConsumerGroupCurrentMemberAssignmentValue
        {
            MemberEpoch = state.Epoch,
            PreviousMemberEpoch = state.PreviousEpoch,
            State = (sbyte)state.Phase,
            AssignedPartitions = Of(state.Assigned),
            PartitionsPendingRevocation = Of(state.PendingRevocation),
        }, Version);

    public static MemberState StateOf(ConsumerGroupCurrentMemberAssignmentValue value) => new(
        value.MemberEpoch, value.PreviousMemberEpoch, (MemberPhase)value.State, HeldOf(value.AssignedPartitions, value.MemberEpoch),
        HeldOf(value.PartitionsPendingRevocation, value.MemberEpoch));

    static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> Of(HeldPartitions held) =>
        [.. ByTopic(held.Partitions).Select(topic => new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions
        {
            TopicId = topic.TopicId,
            Partitions = topic.Partitions,
            AssignmentEpochs = [.. topic.Partitions.Select(partition => held.EpochOf(new(topic.TopicId, partition))!.Value)],
        })];

    /// <summary>Before KIP-1251 the epochs were not recorded: then it is the member's, at which commits are certainly right.</summary>
    static HeldPartitions HeldOf(IReadOnlyList<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> topics, int memberEpoch) =>
        HeldPartitions.Of(topics.SelectMany(topic => topic.Partitions.Select((partition, index) => (new TopicIdPartition(topic.TopicId, partition),
            topic.AssignmentEpochs is { } epochs && epochs.Count == topic.Partitions.Count ? epochs[index] : memberEpoch))));

    public static void Put(GroupRecords records, string group, string pattern, PatternTopics topics) =>
        records.Put(new ConsumerGroupRegularExpressionKey { GroupId = new(group), RegularExpression = pattern },
            new ConsumerGroupRegularExpressionValue { Topics = [.. topics.Topics], Version = topics.CatalogOffset, Timestamp = topics.At.UnixMilliseconds }, Version);

    public static void RemoveMember(GroupRecords records, string group, string member)
    {
        records.Remove(new ConsumerGroupCurrentMemberAssignmentKey { GroupId = new(group), MemberId = member });
        records.Remove(new ConsumerGroupTargetAssignmentMemberKey { GroupId = new(group), MemberId = member });
        records.Remove(new ConsumerGroupMemberMetadataKey { GroupId = new(group), MemberId = member });
    }

    public static void RemovePattern(GroupRecords records, string group, string pattern) =>
        records.Remove(new ConsumerGroupRegularExpressionKey { GroupId = new(group), RegularExpression = pattern });

    public static void RemoveGroup(GroupRecords records, string group)
    {
        records.Remove(new ConsumerGroupTargetAssignmentMetadataKey { GroupId = new(group) });
        records.Remove(new ConsumerGroupMetadataKey { GroupId = new(group) });
    }

    /// <summary>In the set's order.</summary>
    static IEnumerable<(TopicId TopicId, List<int> Partitions)> ByTopic(PartitionSet set) =>
        set.GroupBy(static partition => partition.TopicId).Select(static topic => (topic.Key, topic.Select(static partition => partition.Partition).ToList()));
}
