using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Administration;

/// <summary>Making, deleting and describing topics.</summary>
internal sealed class TopicAdministration(AdminCalls calls)
{
    public async Task<IReadOnlyList<AdminResult<string, CreatedTopic>>> CreateAsync(IReadOnlyCollection<NewTopic> topics, bool validateOnly, CancellationToken cancellation)
    {
        if (topics.Count == 0) return [];
        var (response, _) = await calls.SendAsync<CreateTopicsRequest, CreateTopicsResponse>(calls.Begin(cancellation), calls.ControllerAsync, _ => new CreateTopicsRequest
        {
            Topics = [.. topics.Select(ToRequest)], ValidateOnly = validateOnly, TimeoutMs = calls.TimeoutMs,
        }, isRepeatable: validateOnly, static response => response.Topics.Exists(static topic => topic.ErrorCode == ErrorCode.NotController)).ConfigureAwait(false);
        var answered = response.Topics.GroupBy(static topic => topic.Name).ToDictionary(static group => group.Key, static group => group.First());
        return [.. topics.Select(topic => answered.TryGetValue(topic.Name, out var result) ? Created(topic.Name, result)
            : AdminCalls.Failed<string, CreatedTopic>(topic.Name, ErrorCode.UnknownServerError, $"the broker said nothing about topic {topic.Name}"))];
    }

    static CreateTopicsRequest.CreatableTopic ToRequest(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        Assignments = [.. topic.Assignments.Select(static assignment => new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = assignment.Key, BrokerIds = [.. assignment.Value] })],
        Configs = [.. topic.Configs.Select(static config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })],
    };

    static AdminResult<string, CreatedTopic> Created(string name, CreateTopicsResponse.CreatableTopicResult result) =>
        result.ErrorCode != ErrorCode.None ? AdminCalls.Failed<string, CreatedTopic>(name, result.ErrorCode, Reason("created", name, result.ErrorCode, result.ErrorMessage))
        : new(name, new CreatedTopic(result.TopicId, result.NumPartitions, result.ReplicationFactor, (result.Configs ?? []).ToDictionary(static config => config.Name, static config => config.Value)), null)
        {
            Remark = string.IsNullOrEmpty(result.ErrorMessage) ? null : result.ErrorMessage,
        };

    static string Reason(string done, string name, ErrorCode code, string? message) => $"topic {name} was not {done}: {(string.IsNullOrEmpty(message) ? code.ToString() : message)}";

    public async Task<IReadOnlyList<AdminResult<string, TopicId>>> DeleteAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation)
    {
        if (topics.Count == 0) return [];
        var (response, _) = await calls.SendAsync<DeleteTopicsRequest, DeleteTopicsResponse>(calls.Begin(cancellation), calls.ControllerAsync, version => new DeleteTopicsRequest
        {
            Topics = version >= 6 ? [.. topics.Select(static topic => new DeleteTopicsRequest.DeleteTopicState { Name = topic })] : [],
            TopicNames = version < 6 ? [.. topics] : [],
            TimeoutMs = calls.TimeoutMs,
        }, isRepeatable: false, static response => response.Responses.Exists(static topic => topic.ErrorCode == ErrorCode.NotController)).ConfigureAwait(false);
        var answered = response.Responses.Where(static topic => topic.Name is not null).GroupBy(static topic => topic.Name!).ToDictionary(static group => group.Key, static group => group.First());
        return [.. topics.Select(topic => !answered.TryGetValue(topic, out var result) ? AdminCalls.Failed<string, TopicId>(topic, ErrorCode.UnknownServerError, $"the broker said nothing about topic {topic}")
            : result.ErrorCode != ErrorCode.None ? AdminCalls.Failed<string, TopicId>(topic, result.ErrorCode, Reason("deleted", topic, result.ErrorCode, result.ErrorMessage))
            : new AdminResult<string, TopicId>(topic, result.TopicId, null))];
    }

    public async Task<IReadOnlyList<AdminResult<string, int>>> CreatePartitionsAsync(IReadOnlyCollection<NewPartitions> partitions, bool validateOnly, CancellationToken cancellation)
    {
        if (partitions.Count == 0) return [];
        var request = new CreatePartitionsRequest
        {
            Topics =
            [
                .. partitions.Select(static topic => new CreatePartitionsRequest.CreatePartitionsTopic
                {
                    Name = topic.Topic, Count = topic.TotalCount,
                    Assignments = topic.Assignments.Count == 0 ? null : [.. topic.Assignments.Select(static nodes => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. nodes] })],
                }),
            ],
            TimeoutMs = calls.TimeoutMs,
            ValidateOnly = validateOnly,
        };
        var (response, _) = await calls.SendAsync<CreatePartitionsRequest, CreatePartitionsResponse>(calls.Begin(cancellation), calls.ControllerAsync, _ => request, isRepeatable: true,
            static response => response.Results.Exists(static topic => topic.ErrorCode == ErrorCode.NotController)).ConfigureAwait(false);
        var answered = response.Results.GroupBy(static topic => topic.Name).ToDictionary(static group => group.Key, static group => group.First());
        return [.. partitions.Select(topic => !answered.TryGetValue(topic.Topic, out var result) ? AdminCalls.Failed<string, int>(topic.Topic, ErrorCode.UnknownServerError, $"the broker said nothing about topic {topic.Topic}")
            : result.ErrorCode != ErrorCode.None ? AdminCalls.Failed<string, int>(topic.Topic, result.ErrorCode, Reason("given more partitions", topic.Topic, result.ErrorCode, result.ErrorMessage))
            : new AdminResult<string, int>(topic.Topic, topic.TotalCount, null))];
    }

    public async Task<IReadOnlyList<TopicDescription>> ListAsync(CancellationToken cancellation)
    {
        // All topics are an empty list in version 0 and a null one since.
        var (response, version) = await calls.SendAsync<MetadataRequest, MetadataResponse>(calls.Begin(cancellation), AdminCalls.AnyAsync, static version => new MetadataRequest { Topics = version == 0 ? [] : null, AllowAutoTopicCreation = false },
            isRepeatable: true, null).ConfigureAwait(false);
        return [.. response.Topics.Where(static topic => topic.ErrorCode == ErrorCode.None && topic.Name is not null).Select(topic => Describe(topic, version)).OrderBy(static topic => topic.Name, StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyList<AdminResult<string, TopicDescription>>> DescribeAsync(IReadOnlyCollection<string> topics, CancellationToken cancellation)
    {
        if (topics.Count == 0) return [];
        var (response, version) = await calls.SendAsync<MetadataRequest, MetadataResponse>(calls.Begin(cancellation), AdminCalls.AnyAsync, _ => MetadataExchange.Request(topics, allowAutoCreate: false),
            isRepeatable: true, static response => response.Topics.Exists(static topic => topic.ErrorCode == ErrorCode.LeaderNotAvailable)).ConfigureAwait(false);
        var answered = response.Topics.Where(static topic => topic.Name is not null).GroupBy(static topic => topic.Name!).ToDictionary(static group => group.Key, static group => group.First());
        return [.. topics.Select(name => !answered.TryGetValue(name, out var topic) ? AdminCalls.Failed<string, TopicDescription>(name, ErrorCode.UnknownTopicOrPartition, $"topic {name} does not exist")
            : topic.ErrorCode == ErrorCode.UnknownTopicOrPartition ? AdminCalls.Failed<string, TopicDescription>(name, topic.ErrorCode, $"topic {name} does not exist")
            : topic.ErrorCode != ErrorCode.None ? AdminCalls.Failed<string, TopicDescription>(name, topic.ErrorCode, $"topic {name} cannot be described: {topic.ErrorCode}")
            : new AdminResult<string, TopicDescription>(name, Describe(topic, version), null))];
    }

    static TopicDescription Describe(MetadataResponse.MetadataResponseTopic topic, short version) => new(topic.Name!, version >= 10 ? topic.TopicId : TopicId.None, topic.IsInternal,
        [.. topic.Partitions.OrderBy(static partition => partition.PartitionIndex).Select(static partition =>
            new PartitionDescription(partition.PartitionIndex, partition.LeaderId, partition.LeaderEpoch, partition.ReplicaNodes, partition.IsrNodes, partition.ErrorCode))]);
}
