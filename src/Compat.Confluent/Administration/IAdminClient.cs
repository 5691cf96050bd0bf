using Semel.Compat.Confluent.Admin;

namespace Semel.Compat.Confluent;

/// <summary>
/// Topics, configurations, groups and offsets of a cluster, asked for and changed. A call of which a part failed throws, and its exception has the results of
/// all
/// parts. Rights, users' passwords and elections are refused (<see cref="ErrorCode.Local_UnsupportedFeature"/>). Thread safe.
/// </summary>
public interface IAdminClient : IClient
{
    /// <summary>Groups by their members; those that do not answer within the time are left out.</summary>
    List<GroupInfo> ListGroups(TimeSpan timeout);
    /// <summary>One group; null when there is no such.</summary>
    GroupInfo ListGroup(string group, TimeSpan timeout);
    /// <summary>Brokers and all topics.</summary>
    Metadata GetMetadata(TimeSpan timeout);
    /// <summary>Brokers and one topic; asking does not make it.</summary>
    Metadata GetMetadata(string topic, TimeSpan timeout);

    /// <exception cref="CreateTopicsException">A topic was not made.</exception>
    Task CreateTopicsAsync(IEnumerable<TopicSpecification> topics, CreateTopicsOptions options = null);
    /// <exception cref="DeleteTopicsException">A topic was not deleted.</exception>
    Task DeleteTopicsAsync(IEnumerable<string> topics, DeleteTopicsOptions options = null);
    /// <exception cref="CreatePartitionsException">A topic has no more partitions than before.</exception>
    Task CreatePartitionsAsync(IEnumerable<PartitionsSpecification> partitionsSpecifications, CreatePartitionsOptions options = null);
    /// <exception cref="DeleteRecordsException">Of a partition nothing was deleted.</exception>
    Task<List<DeleteRecordsResult>> DeleteRecordsAsync(IEnumerable<TopicPartitionOffset> topicPartitionOffsets, DeleteRecordsOptions options = null);

    /// <exception cref="DescribeConfigsException">A configuration is not told.</exception>
    Task<List<DescribeConfigsResult>> DescribeConfigsAsync(IEnumerable<ConfigResource> resources, DescribeConfigsOptions options = null);
    /// <summary>Sets all of a configuration: what is not named goes back to its default. Prefer <see cref="IncrementalAlterConfigsAsync"/>.</summary>
    /// <exception cref="AlterConfigsException">A configuration is as before.</exception>
    Task AlterConfigsAsync(Dictionary<ConfigResource, List<ConfigEntry>> configs, AlterConfigsOptions options = null);
    /// <exception cref="IncrementalAlterConfigsException">A configuration is as before.</exception>
    Task<List<IncrementalAlterConfigsResult>> IncrementalAlterConfigsAsync(Dictionary<ConfigResource, List<ConfigEntry>> configs,
        IncrementalAlterConfigsOptions options = null);

    Task<ListConsumerGroupsResult> ListConsumerGroupsAsync(ListConsumerGroupsOptions options = null);
    /// <exception cref="DescribeConsumerGroupsException">A group is not told.</exception>
    Task<DescribeConsumerGroupsResult> DescribeConsumerGroupsAsync(IEnumerable<string> groups, DescribeConsumerGroupsOptions options = null);
    /// <exception cref="ListConsumerGroupOffsetsException">Offsets of a group are not told.</exception>
    Task<List<ListConsumerGroupOffsetsResult>> ListConsumerGroupOffsetsAsync(IEnumerable<ConsumerGroupTopicPartitions> groupPartitions,
        ListConsumerGroupOffsetsOptions options = null);
    /// <exception cref="AlterConsumerGroupOffsetsException">Offsets of a group are as before.</exception>
    Task<List<AlterConsumerGroupOffsetsResult>> AlterConsumerGroupOffsetsAsync(IEnumerable<ConsumerGroupTopicPartitionOffsets> groupPartitions,
        AlterConsumerGroupOffsetsOptions options = null);
    /// <exception cref="DeleteConsumerGroupOffsetsException">An offset is as before.</exception>
    Task<DeleteConsumerGroupOffsetsResult> DeleteConsumerGroupOffsetsAsync(string group, IEnumerable<TopicPartition> partitions,
        DeleteConsumerGroupOffsetsOptions options = null);
    /// <exception cref="DeleteGroupsException">A group was not deleted.</exception>
    Task DeleteGroupsAsync(IList<string> groups, DeleteGroupsOptions options = null);

    /// <exception cref="KafkaException">Always: the client below does not manage rights.</exception>
    Task CreateAclsAsync(IEnumerable<AclBinding> aclBindings, CreateAclsOptions options = null);
    /// <inheritdoc cref="CreateAclsAsync"/>
    Task<DescribeAclsResult> DescribeAclsAsync(AclBindingFilter aclBindingFilter, DescribeAclsOptions options = null);
    /// <inheritdoc cref="CreateAclsAsync"/>
    Task<List<DeleteAclsResult>> DeleteAclsAsync(IEnumerable<AclBindingFilter> aclBindingFilters, DeleteAclsOptions options = null);
    /// <exception cref="KafkaException">Always: the client below does not manage users.</exception>
    Task<DescribeUserScramCredentialsResult> DescribeUserScramCredentialsAsync(IEnumerable<string> users, DescribeUserScramCredentialsOptions options = null);
    /// <inheritdoc cref="DescribeUserScramCredentialsAsync"/>
    Task AlterUserScramCredentialsAsync(IEnumerable<UserScramCredentialAlteration> alterations, AlterUserScramCredentialsOptions options = null);
}

/// <summary>Which replica is to lead.</summary>
public enum ElectionType
{
    Preferred = 0,
    Unclean = 1,
}

public static class IAdminClientExtensions
{
    /// <exception cref="DescribeTopicsException">A topic is not told.</exception>
    public static Task<DescribeTopicsResult> DescribeTopicsAsync(this IAdminClient adminClient, TopicCollection topicCollection,
        DescribeTopicsOptions options = null) =>
        Own(adminClient).DescribeTopicsAsync(topicCollection, options);

    public static Task<DescribeClusterResult> DescribeClusterAsync(this IAdminClient adminClient, DescribeClusterOptions options = null) =>
        Own(adminClient).DescribeClusterAsync(options);

    /// <exception cref="ListOffsetsException">An offset is not told.</exception>
    public static Task<ListOffsetsResult> ListOffsetsAsync(this IAdminClient adminClient, IEnumerable<TopicPartitionOffsetSpec> topicPartitionOffsets,
        ListOffsetsOptions options = null) =>
        Own(adminClient).ListOffsetsAsync(topicPartitionOffsets, options);

    /// <exception cref="KafkaException">Always: the client below holds no elections.</exception>
    public static Task<ElectLeadersResult> ElectLeadersAsync(this IAdminClient adminClient, ElectionType electionType,
        IEnumerable<TopicPartition> partitions = null, ElectLeadersOptions options = null) =>
        throw AdminClient.NotOffered("electing leaders");

    static AdminClient Own(IAdminClient client) => client as AdminClient
        ?? throw new NotSupportedException("only an admin client that AdminClientBuilder made can do this");
}
