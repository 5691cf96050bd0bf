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

    public static KafkaException NotOffered(string what) =>
        new(new Error(ErrorCode.Local_UnsupportedFeature, $"the client below does not do {what}. Use Kafka's tools for it"));

    /// <summary>A call with this side's exceptions and limit.</summary>
    async Task<T> CallAsync<T>(TimeSpan? limit, string what, Func<CancellationToken, Task<T>> call)
    {
        ThrowIfDisposed();
        using var over = new Limit(limit ?? Timeout.InfiniteTimeSpan).Source();
        try { return await call(over.Token).ConfigureAwait(false); }
        catch (OperationCanceledException late) when (over.IsCancellationRequested) { throw new KafkaException(new Error(ErrorCode.Local_TimedOut,
            $"{what}: not done in time"), late); }
        catch (Inner.KafkaException failure) { throw new KafkaException(Failures.ErrorOf(failure), failure); }
    }

    static Error ErrorOf<TItem, TValue>(Inner.AdminResult<TItem, TValue> result) => result.Failure is { } failure ? Failures.ErrorOf(failure)
        : new Error(ErrorCode.NoError);

    public async Task CreateTopicsAsync(IEnumerable<TopicSpecification> topics, CreateTopicsOptions options)
    {
        var made = topics.Select(static topic => new Inner.NewTopic(topic.Name, topic.ReplicasAssignments is null ? topic.NumPartitions : -1,
            topic.ReplicasAssignments is null ? topic.ReplicationFactor : (short)-1)
        {
            Configs = topic.Configs ?? [],
            Assignments = (topic.ReplicasAssignments ?? []).ToDictionary(static each => each.Key,
                static each => (IReadOnlyList<Wire.NodeId>)[.. each.Value.Select(static node => new Wire.NodeId(node))]),
        }).ToList();
        var results = await CallAsync(options?.RequestTimeout, "creating topics", cancellation => _below.CreateTopicsAsync(made, options?.ValidateOnly
            ?? false, cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new CreateTopicReport { Topic = result.Item, Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new CreateTopicsException(reports);
    }

    public async Task DeleteTopicsAsync(IEnumerable<string> topics, DeleteTopicsOptions options)
    {
        var names = topics.ToList();
        var results = await CallAsync(options?.RequestTimeout, "deleting topics", cancellation => _below.DeleteTopicsAsync(names,
            cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new DeleteTopicReport { Topic = result.Item, Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new DeleteTopicsException(reports);
    }

    public async Task<List<DeleteRecordsResult>> DeleteRecordsAsync(IEnumerable<TopicPartitionOffset> topicPartitionOffsets, DeleteRecordsOptions options)
    {
        var before = topicPartitionOffsets.Select(Crossing.Below).ToList();
        var results = await CallAsync(options?.RequestTimeout, "deleting records", cancellation => _below.DeleteRecordsAsync(before,
            cancellation)).ConfigureAwait(false);
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
        var results = await CallAsync(options?.RequestTimeout, "describing configurations",
            cancellation => _below.DescribeConfigsAsync([.. asked.Select(ConfigShapes.Below)], cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new DescribeConfigsReport
        {
            ConfigResource = ConfigShapes.Here(result.Item), Error = ErrorOf(result), Entries = (result.Value ?? []).ToDictionary(static entry => entry.Name,
                ConfigShapes.Here),
        }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new DescribeConfigsException(reports);
        return [.. reports.Select(static report => new DescribeConfigsResult { ConfigResource = report.ConfigResource, Entries = report.Entries })];
    }

    public async Task<DescribeTopicsResult> DescribeTopicsAsync(TopicCollection topics, DescribeTopicsOptions options)
    {
        var results = await CallAsync(options?.RequestTimeout, "describing topics", cancellation => _below.DescribeTopicsAsync(topics.Topics,
            cancellation)).ConfigureAwait(false);
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
        if (described.Exists(static topic =>
            topic.Error.IsError)) throw new DescribeTopicsException(new DescribeTopicsReport { TopicDescriptions = described });
        return new DescribeTopicsResult { TopicDescriptions = described };
    }

    public async Task<DescribeClusterResult> DescribeClusterAsync(DescribeClusterOptions options)
    {
        var cluster = await CallAsync(options?.RequestTimeout, "describing the cluster", _below.DescribeClusterAsync).ConfigureAwait(false);
        var nodes = new NodeBook(cluster);
        return new DescribeClusterResult { ClusterId = cluster.ClusterId, Controller = nodes.Find(cluster.Controller), Nodes = nodes.All,
            AuthorizedOperations = null };
    }

    public async Task<ListOffsetsResult> ListOffsetsAsync(IEnumerable<TopicPartitionOffsetSpec> topicPartitionOffsets, ListOffsetsOptions options)
    {
        var asked = topicPartitionOffsets.Select(static each => (each.TopicPartition.Below(), each.OffsetSpec.Below)).ToList();
        var isolation = options?.IsolationLevel == IsolationLevel.ReadCommitted ? Wire.IsolationLevel.ReadCommitted : Wire.IsolationLevel.ReadUncommitted;
        var results = await CallAsync(options?.RequestTimeout, "listing offsets", cancellation => _below.ListOffsetsAsync(asked, isolation,
            cancellation)).ConfigureAwait(false);
        var infos = results.Select(static result => new ListOffsetsResultInfo
        {
            Timestamp = result.Value?.Timestamp.UnixMilliseconds ?? -1,
            TopicPartitionOffsetError = new TopicPartitionOffsetError(result.Item.Here(), result.Value is { } found
                ? found.Offset.Value == Inner.Offset.Unset.Value ? Offset.End : found.Offset.Value : Offset.Unset, ErrorOf(result)),
        }).ToList();
        if (infos.Exists(static info =>
            info.TopicPartitionOffsetError.Error.IsError)) throw new ListOffsetsException(new ListOffsetsReport { ResultInfos = infos,
            Error = new Error(ErrorCode.Local_Partial) });
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
                ? [.. (await _below.ListTopicsAsync(cancellation).ConfigureAwait(false)).Select(static described => NodeBook.Topic(described.Name, described,
                    new Error(ErrorCode.NoError)))]
                : [.. (await _below.DescribeTopicsAsync([topic], cancellation).ConfigureAwait(false)).Select(static result => NodeBook.Topic(result.Item,
                    result.Value, ErrorOf(result)))];
            var brokers = cluster.Brokers.Select(static broker => new BrokerMetadata(broker.Node.Value, broker.Host, broker.Port)).ToList();
            var told = brokers.FirstOrDefault();
            return new Metadata(brokers, topics, told?.BrokerId ?? -1, told is null ? "" : $"{told.Host}:{told.Port}/{told.BrokerId}");
        });
    }

    public Task CreateAclsAsync(IEnumerable<AclBinding> aclBindings, CreateAclsOptions options) => throw NotOffered("ACLs");
    public Task<DescribeAclsResult> DescribeAclsAsync(AclBindingFilter aclBindingFilter, DescribeAclsOptions options) => throw NotOffered("ACLs");
    public Task<List<DeleteAclsResult>> DeleteAclsAsync(IEnumerable<AclBindingFilter> aclBindingFilters, DeleteAclsOptions options) => throw NotOffered("ACLs");
    public Task<DescribeUserScramCredentialsResult> DescribeUserScramCredentialsAsync(IEnumerable<string> users,
        DescribeUserScramCredentialsOptions options) => throw NotOffered("SCRAM credentials");
    public Task AlterUserScramCredentialsAsync(IEnumerable<UserScramCredentialAlteration> alterations, AlterUserScramCredentialsOptions options) =>
        throw NotOffered("SCRAM credentials");

    public async Task CreatePartitionsAsync(IEnumerable<PartitionsSpecification> partitionsSpecifications, CreatePartitionsOptions options)
    {
        var more = partitionsSpecifications.Select(static topic => new Inner.NewPartitions(topic.Topic, topic.IncreaseTo)
        {
            Assignments = [.. (topic.ReplicaAssignments
                ?? []).Select(static nodes => (IReadOnlyList<Wire.NodeId>)[.. nodes.Select(static node => new Wire.NodeId(node))])],
        }).ToList();
        var results = await CallAsync(options?.RequestTimeout, "creating partitions", cancellation => _below.CreatePartitionsAsync(more, options?.ValidateOnly
            ?? false, cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new CreatePartitionsReport { Topic = result.Item, Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new CreatePartitionsException(reports);
    }

    public Task AlterConfigsAsync(Dictionary<ConfigResource, List<ConfigEntry>> configs, AlterConfigsOptions options) =>
        throw NotOffered("altering of whole configurations; IncrementalAlterConfigsAsync sets single values");

    public async Task<List<IncrementalAlterConfigsResult>> IncrementalAlterConfigsAsync(Dictionary<ConfigResource, List<ConfigEntry>> configs,
        IncrementalAlterConfigsOptions options)
    {
        var changes = configs.ToDictionary(static entry => ConfigShapes.Below(entry.Key),
            static entry => (IReadOnlyCollection<Inner.ConfigChange>)[.. entry.Value.Select(ConfigShapes.Below)]);
        var results = await CallAsync(options?.RequestTimeout, "altering configurations", cancellation => _below.IncrementalAlterConfigsAsync(changes,
            options?.ValidateOnly ?? false, cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new IncrementalAlterConfigsReport { ConfigResource = ConfigShapes.Here(result.Item),
            Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new IncrementalAlterConfigsException(reports);
        return [.. reports.Select(static report => new IncrementalAlterConfigsResult { ConfigResource = report.ConfigResource })];
    }

    public List<GroupInfo> ListGroups(TimeSpan timeout)
    {
        ThrowIfDisposed();
        return Blocking.Run(timeout, "listing groups", async cancellation =>
        {
            var listed = await _below.ListGroupsAsync(cancellation: cancellation).ConfigureAwait(false);
            var described = await _below.DescribeGroupsAsync([.. listed.Select(static group => group.GroupId)], cancellation).ConfigureAwait(false);
            return described.Where(static group => group.IsSuccess).Select(static group => GroupShapes.Info(group.Value!)).ToList();
        });
    }

    public GroupInfo ListGroup(string group, TimeSpan timeout)
    {
        ThrowIfDisposed();
        return Blocking.Run(timeout, "listing a group", async cancellation =>
            (await _below.DescribeGroupsAsync([group], cancellation).ConfigureAwait(false)) is [{ IsSuccess: true, Value: { } found }]
                ? GroupShapes.Info(found) : null);
    }

    public async Task<ListConsumerGroupsResult> ListConsumerGroupsAsync(ListConsumerGroupsOptions options)
    {
        var states = options?.MatchStates?.Select(static state => state.ToString()).ToList();
        var types = options?.MatchTypes?.Select(static type => type.ToString()).ToList();
        var listed = await CallAsync(options?.RequestTimeout, "listing groups", cancellation => _below.ListGroupsAsync(states, types,
            cancellation)).ConfigureAwait(false);
        return new ListConsumerGroupsResult { Valid = [.. listed.Where(static group => group.Type is not ("Share" or "Streams")).Select(GroupShapes.Listing)] };
    }

    public async Task<DescribeConsumerGroupsResult> DescribeConsumerGroupsAsync(IEnumerable<string> groups, DescribeConsumerGroupsOptions options)
    {
        var asked = groups.ToList();
        var results = await CallAsync(options?.RequestTimeout, "describing groups", cancellation => _below.DescribeGroupsAsync(asked,
            cancellation)).ConfigureAwait(false);
        var nodes = new NodeBook(await CallAsync(options?.RequestTimeout, "describing the cluster", _below.DescribeClusterAsync).ConfigureAwait(false));
        var described = results.Select(result => GroupShapes.Description(result.Item, result.Value, ErrorOf(result), nodes)).ToList();
        if (described.Exists(static group =>
            group.Error.IsError)) throw new DescribeConsumerGroupsException(new DescribeConsumerGroupsReport { ConsumerGroupDescriptions = described });
        return new DescribeConsumerGroupsResult { ConsumerGroupDescriptions = described };
    }

    public async Task<List<ListConsumerGroupOffsetsResult>> ListConsumerGroupOffsetsAsync(IEnumerable<ConsumerGroupTopicPartitions> groupPartitions,
        ListConsumerGroupOffsetsOptions options)
    {
        var reports = new List<ListConsumerGroupOffsetsReport>();
        foreach (var group in groupPartitions) reports.Add(await OffsetsAsync(group, options).ConfigureAwait(false));
        if (reports.Exists(static report => report.Error.IsError)) throw new ListConsumerGroupOffsetsException(reports);
        return [.. reports.Select(static report => new ListConsumerGroupOffsetsResult { Group = report.Group, Partitions = report.Partitions })];
    }

    async Task<ListConsumerGroupOffsetsReport> OffsetsAsync(ConsumerGroupTopicPartitions group, ListConsumerGroupOffsetsOptions options)
    {
        try
        {
            var committed = await CallAsync(options?.RequestTimeout, "listing offsets of a group", cancellation => _below.ListGroupOffsetsAsync(group.Group,
                cancellation)).ConfigureAwait(false);
            return new ListConsumerGroupOffsetsReport { Group = group.Group, Error = new Error(ErrorCode.NoError), Partitions = GroupShapes.Offsets(committed,
                group.TopicPartitions) };
        }
        catch (KafkaException failure)
        {
            return new ListConsumerGroupOffsetsReport { Group = group.Group, Error = failure.Error, Partitions = [] };
        }
    }

    public async Task<List<AlterConsumerGroupOffsetsResult>> AlterConsumerGroupOffsetsAsync(IEnumerable<ConsumerGroupTopicPartitionOffsets> groupPartitions,
        AlterConsumerGroupOffsetsOptions options)
    {
        var reports = new List<AlterConsumerGroupOffsetsReport>();
        foreach (var group in groupPartitions)
        {
            var offsets = group.TopicPartitionOffsets.Select(Crossing.Below).ToList();
            var results = await CallAsync(options?.RequestTimeout, "altering offsets of a group", cancellation => _below.AlterGroupOffsetsAsync(group.Group,
                offsets, cancellation)).ConfigureAwait(false);
            reports.Add(new AlterConsumerGroupOffsetsReport
            {
                Group = group.Group,
                Partitions = [.. results.Zip(offsets, static (result, offset) => new TopicPartitionOffsetError(offset.Here(), ErrorOf(result)))],
                Error = results.Any(static result => !result.IsSuccess) ? new Error(ErrorCode.Local_Partial) : new Error(ErrorCode.NoError),
            });
        }
        if (reports.Exists(static report => report.Error.IsError)) throw new AlterConsumerGroupOffsetsException(reports);
        return [.. reports.Select(static report => new AlterConsumerGroupOffsetsResult { Group = report.Group, Partitions = report.Partitions })];
    }

    public async Task<DeleteConsumerGroupOffsetsResult> DeleteConsumerGroupOffsetsAsync(string group, IEnumerable<TopicPartition> partitions,
        DeleteConsumerGroupOffsetsOptions options)
    {
        var gone = partitions.ToList();
        var results = await CallAsync(options?.RequestTimeout, "deleting offsets of a group", cancellation => _below.DeleteGroupOffsetsAsync(group,
            [.. gone.Select(Crossing.Below)], cancellation)).ConfigureAwait(false);
        if (results.All(static result => result.IsSuccess)) return new DeleteConsumerGroupOffsetsResult { Group = group, Partitions = gone };
        throw new DeleteConsumerGroupOffsetsException(new DeleteConsumerGroupOffsetsReport
        {
            Group = group, Error = new Error(ErrorCode.Local_Partial),
                Partitions = [.. results.Select(static result => new TopicPartitionOffsetError(result.Item.Here(), Offset.Unset, ErrorOf(result)))],
        });
    }

    public async Task DeleteGroupsAsync(IList<string> groups, DeleteGroupsOptions options)
    {
        var results = await CallAsync(options?.RequestTimeout, "deleting groups", cancellation => _below.DeleteGroupsAsync([.. groups],
            cancellation)).ConfigureAwait(false);
        var reports = results.Select(static result => new DeleteGroupReport { Group = result.Item, Error = ErrorOf(result) }).ToList();
        if (reports.Exists(static report => report.Error.IsError)) throw new DeleteGroupsException(reports);
    }

    protected override void End() => _below.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
