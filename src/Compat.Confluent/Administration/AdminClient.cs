using Semel.Compat.Confluent.Admin;

namespace Semel.Compat.Confluent;

/// <summary>The admin client below with this side's shapes.</summary>
sealed class AdminClient : RunningClient, IAdminClient
{
    readonly Inner.AdminClient _below;

    public AdminClient(IEnumerable<KeyValuePair<string, string>> config, Action<Error> errors, Action<LogMessage> log) : base(config, "producer")
    {
        try
        {
            _below = new Inner.AdminClient(ClientKeys.OfAdmin(Config), new LogBridge(Name, log));
        }
        catch (Inner.KafkaConfigException refused)
        {
            throw Refusal.Of(refused);
        }
        if (errors is not null) _below.Unreachable += new BrokersDown(Value("bootstrap.servers"), errors).Tell;
    }

    public int AddBrokers(string brokers) => CountAddresses(brokers);
    public void SetSaslCredentials(string username, string password) => throw Credentials.Refused();

    public static KafkaException NotOffered(string what) => new(new Error(ErrorCode.Local_UnsupportedFeature, $"the client below does not do {what}. Use Kafka's tools for it"));

    /// <summary>A call with this side's exceptions and limit.</summary>
    async Task<T> CallAsync<T>(TimeSpan? limit, string what, Func<CancellationToken, Task<T>> call)
    {
        ThrowIfDisposed();
        using var over = new Limit(limit ?? Timeout.InfiniteTimeSpan).Source();
        try { return await call(over.Token).ConfigureAwait(false); }
        catch (OperationCanceledException late) when (over.IsCancellationRequested) { throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{what}: not done in time"), late); }
        catch (Inner.KafkaException failure) { throw new KafkaException(Failures.ErrorOf(failure), failure); }
    }

    static Error ErrorOf<TItem, TValue>(Inner.AdminResult<TItem, TValue> result) => result.Failure is { } failure ? Failures.ErrorOf(failure) : new Error(ErrorCode.NoError);

    public async Task CreateTopicsAsync(IEnumerable<TopicSpecification> topics, CreateTopicsOptions options)
    {
        var made = topics.Select(static topic => new Inner.NewTopic(topic.Name, topic.ReplicasAssignments is null ? topic.NumPartitions : -1, topic.ReplicasAssignments is null ? topic.ReplicationFactor : (short)-1)
        {
            Configs = topic.Configs ?? [],
            Assignments = (topic.ReplicasAssignments ?? []).ToDictionary(static each => each.Key, static each => (IReadOnlyList<Wire.NodeId>)[.. each.Value.Select(static node => new Wire.NodeId(node))]),
        }).ToList();
        var results = await CallAsync(options?.RequestTimeout, "creating topics", cancellation => _below.CreateTopicsAsync(made, options?.ValidateOnly ?? false, cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new CreateTopicReport { Topic = result.Item, Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new CreateTopicsException(reports);
    }

    public async Task DeleteTopicsAsync(IEnumerable<string> topics, DeleteTopicsOptions options)
    {
        var names = topics.ToList();
        var results = await CallAsync(options?.RequestTimeout, "deleting topics", cancellation => _below.DeleteTopicsAsync(names, cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new DeleteTopicReport { Topic = result.Item, Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new DeleteTopicsException(reports);
    }

    public async Task<List<DeleteRecordsResult>> DeleteRecordsAsync(IEnumerable<TopicPartitionOffset> topicPartitionOffsets, DeleteRecordsOptions options)
    {
        var before = topicPartitionOffsets.Select(Crossing.Below).ToList();
        var results = await CallAsync(options?.RequestTimeout, "deleting records", cancellation => _below.DeleteRecordsAsync(before, cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new DeleteRecordsReport
        {
            Topic = result.Item.Topic, Partition = result.Item.Partition, Offset = result.IsSuccess ? result.Value : Offset.Unset, Error = ErrorOf(result),
        }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new DeleteRecordsException(reports);
        return [.. reports.Select(static report => new DeleteRecordsResult { Topic = report.Topic, Partition = report.Partition, Offset = report.Offset })];
    }

    public async Task<List<DescribeConfigsResult>> DescribeConfigsAsync(IEnumerable<ConfigResource> resources, DescribeConfigsOptions options)
    {
        var asked = resources.ToList();
        var results = await CallAsync(options?.RequestTimeout, "describing configurations", cancellation => _below.DescribeConfigsAsync([.. asked.Select(ConfigShapes.Below)], cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new DescribeConfigsReport
        {
            ConfigResource = ConfigShapes.Here(result.Item), Error = ErrorOf(result), Entries = (result.Value ?? []).ToDictionary(static entry => entry.Name, ConfigShapes.Here),
        }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new DescribeConfigsException(reports);
        return [.. reports.Select(static report => new DescribeConfigsResult { ConfigResource = report.ConfigResource, Entries = report.Entries })];
    }

    public async Task<DescribeTopicsResult> DescribeTopicsAsync(TopicCollection topics, DescribeTopicsOptions options)
    {
        var results = await CallAsync(options?.RequestTimeout, "describing topics", cancellation => _below.DescribeTopicsAsync(topics.Topics, cancellation)).ConfigureAwait(false);
        var nodes = new NodeBook(await CallAsync(options?.RequestTimeout, "describing the cluster", _below.DescribeClusterAsync).ConfigureAwait(false));
        var described = results.Select(result => new TopicDescription
        {
            Name = result.Item,
            Error = ErrorOf(result),
            TopicId = result.Value is { } topic ? topic.TopicId.Here() : new Uuid(0, 0),
            IsInternal = result.Value?.IsInternal ?? false,
            Partitions = [.. (result.Value?.Partitions ?? []).Select(nodes.Partition)],
            AuthorizedOperations = null,
        }).ToList();
        if (described.Exists(static topic => topic.Error.IsError)) throw new DescribeTopicsException(new DescribeTopicsReport { TopicDescriptions = described });
        return new DescribeTopicsResult { TopicDescriptions = described };
    }

    public async Task<DescribeClusterResult> DescribeClusterAsync(DescribeClusterOptions options)
    {
        var cluster = await CallAsync(options?.RequestTimeout, "describing the cluster", _below.DescribeClusterAsync).ConfigureAwait(false);
        var nodes = new NodeBook(cluster);
        return new DescribeClusterResult { ClusterId = cluster.ClusterId, Controller = nodes.Find(cluster.Controller), Nodes = nodes.All, AuthorizedOperations = null };
    }

    public async Task<ListOffsetsResult> ListOffsetsAsync(IEnumerable<TopicPartitionOffsetSpec> topicPartitionOffsets, ListOffsetsOptions options)
    {
        var asked = topicPartitionOffsets.Select(static each => (each.TopicPartition.Below(), each.OffsetSpec.Below)).ToList();
        var isolation = options?.IsolationLevel == IsolationLevel.ReadCommitted ? Wire.IsolationLevel.ReadCommitted : Wire.IsolationLevel.ReadUncommitted;
        var results = await CallAsync(options?.RequestTimeout, "listing offsets", cancellation => _below.ListOffsetsAsync(asked, isolation, cancellation)).ConfigureAwait(false);
        var infos = results.Select(static result => new ListOffsetsResultInfo
        {
            Timestamp = result.Value?.Timestamp.UnixMilliseconds ?? -1,
            TopicPartitionOffsetError = new TopicPartitionOffsetError(result.Item.Here(), result.Value is { } found ? found.Offset.Value == Inner.Offset.Unset.Value ? Offset.End : found.Offset.Value : Offset.Unset, ErrorOf(result)),
        }).ToList();
        if (infos.Exists(static info => info.TopicPartitionOffsetError.Error.IsError)) throw new ListOffsetsException(new ListOffsetsReport { ResultInfos = infos, Error = new Error(ErrorCode.Local_Partial) });
        return new ListOffsetsResult { ResultInfos = infos };
    }

    public Metadata GetMetadata(TimeSpan timeout) => GetMetadata(null, timeout);

    public Metadata GetMetadata(string topic, TimeSpan timeout)
    {
        ThrowIfDisposed();
        return Blocking.Run(timeout, "asking for metadata", async cancellation =>
        {
            var cluster = await _below.DescribeClusterAsync(cancellation).ConfigureAwait(false);
            List<TopicMetadata> topics = topic is null
                ? [.. (await _below.ListTopicsAsync(cancellation).ConfigureAwait(false)).Select(static described => NodeBook.Topic(described.Name, described, new Error(ErrorCode.NoError)))]
                : [.. (await _below.DescribeTopicsAsync([topic], cancellation).ConfigureAwait(false)).Select(static result => NodeBook.Topic(result.Item, result.Value, ErrorOf(result)))];
            var brokers = cluster.Brokers.Select(static broker => new BrokerMetadata(broker.Node.Value, broker.Host, broker.Port)).ToList();
            var told = brokers.FirstOrDefault();
            return new Metadata(brokers, topics, told?.BrokerId ?? -1, told is null ? "" : $"{told.Host}:{told.Port}/{told.BrokerId}");
        });
    }

    public Task CreateAclsAsync(IEnumerable<AclBinding> aclBindings, CreateAclsOptions options) => throw NotOffered("ACLs");
    public Task<DescribeAclsResult> DescribeAclsAsync(AclBindingFilter aclBindingFilter, DescribeAclsOptions options) => throw NotOffered("ACLs");
    public Task<List<DeleteAclsResult>> DeleteAclsAsync(IEnumerable<AclBindingFilter> aclBindingFilters, DeleteAclsOptions options) => throw NotOffered("ACLs");
    public Task<DescribeUserScramCredentialsResult> DescribeUserScramCredentialsAsync(IEnumerable<string> users, DescribeUserScramCredentialsOptions options) => throw NotOffered("SCRAM credentials");
    public Task AlterUserScramCredentialsAsync(IEnumerable<UserScramCredentialAlteration> alterations, AlterUserScramCredentialsOptions options) => throw NotOffered("SCRAM credentials");

    public Task CreatePartitionsAsync(IEnumerable<PartitionsSpecification> partitionsSpecifications, CreatePartitionsOptions options) => throw NotOffered("more partitions");
    public Task AlterConfigsAsync(Dictionary<ConfigResource, List<ConfigEntry>> configs, AlterConfigsOptions options) => throw NotOffered("altering of whole configurations");
    public Task<List<IncrementalAlterConfigsResult>> IncrementalAlterConfigsAsync(Dictionary<ConfigResource, List<ConfigEntry>> configs, IncrementalAlterConfigsOptions options) => throw NotOffered("altering of configurations");

    public List<GroupInfo> ListGroups(TimeSpan timeout) => throw NotOffered("groups");
    public GroupInfo ListGroup(string group, TimeSpan timeout) => throw NotOffered("groups");
    public Task<ListConsumerGroupsResult> ListConsumerGroupsAsync(ListConsumerGroupsOptions options) => throw NotOffered("groups");
    public Task<DescribeConsumerGroupsResult> DescribeConsumerGroupsAsync(IEnumerable<string> groups, DescribeConsumerGroupsOptions options) => throw NotOffered("groups");
    public Task<List<ListConsumerGroupOffsetsResult>> ListConsumerGroupOffsetsAsync(IEnumerable<ConsumerGroupTopicPartitions> groupPartitions, ListConsumerGroupOffsetsOptions options) => throw NotOffered("groups");
    public Task<List<AlterConsumerGroupOffsetsResult>> AlterConsumerGroupOffsetsAsync(IEnumerable<ConsumerGroupTopicPartitionOffsets> groupPartitions, AlterConsumerGroupOffsetsOptions options) => throw NotOffered("groups");
    public Task<DeleteConsumerGroupOffsetsResult> DeleteConsumerGroupOffsetsAsync(string group, IEnumerable<TopicPartition> partitions, DeleteConsumerGroupOffsetsOptions options) => throw NotOffered("groups");
    public Task DeleteGroupsAsync(IList<string> groups, DeleteGroupsOptions options) => throw NotOffered("groups");

    protected override void End() => _below.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
