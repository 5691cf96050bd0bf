using Semel.Broker.Door;
using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Topics;

/// <summary>
/// Behaviour: tells the topics with their partitions and this broker as the leader of each. A topic that is asked for by name and is not there is
/// created, if client and broker allow it, and told at once as there. A partition whose log cannot be opened is LEADER_NOT_AVAILABLE: no leader, this
/// broker as its offline replica.
/// Versions: 0 to 13. 0: an empty list means all topics; from 1 on null does. 4: the client says whether topics may be created. 8 to 10: authorised
/// operations of the cluster. 10: topic ids (KIP-516), by which may be asked from 12 on. 13: an error for the whole answer, which is never needed.
/// Topics of the broker's own are told as internal; asking for one by name creates it as any other, as the broker wants it to be.
/// </summary>
internal sealed class MetadataHandler(TopicRegistry topics, BrokerNode node, bool autoCreate, TimeProvider time) : Handler<MetadataRequest, MetadataResponse>
{
    const short NullMeansAll = 1, AsksForCreation = 4, AsksByTopicId = 12;

    protected override async ValueTask<MetadataResponse> AnswerAsync(MetadataRequest request, Exchange exchange)
    {
        var response = new MetadataResponse
        {
            Brokers = [new() { NodeId = node.NodeId, Host = node.Host, Port = node.Port }],
            ClusterId = node.ClusterId,
            ControllerId = node.NodeId,
            ClusterAuthorizedOperations = AuthorizedOperations.OfCluster(request.IncludeClusterAuthorizedOperations),
        };
        if (request.Topics is not { } asked || (asked.Count == 0 && exchange.Version < NullMeansAll))
        {
            foreach (var topic in topics.View.Topics) response.Topics.Add(Row(topic, request));
            return response;
        }
        if (exchange.Version < AsksByTopicId && asked.Any(topic => topic.Name is null || !topic.TopicId.IsNone))
        {
            // By names only; the whole request is refused, as Kafka does.
            foreach (var topic in asked) response.Topics.Add(Refused(topic, ErrorCode.InvalidRequest, exchange.Version));
            return response;
        }
        var mayCreate = autoCreate && (request.AllowAutoTopicCreation || exchange.Version < AsksForCreation);
        var creations = mayCreate ? CreateMissing(asked) : [];
        foreach (var topic in asked) response.Topics.Add(await RowAsync(topic, request, creations, exchange.Version));
        return response;
    }

    // All at once, so that they share a turn and a forced write.
    Dictionary<string, Task<CatalogReply>> CreateMissing(List<MetadataRequest.MetadataRequestTopic> asked)
    {
        var creations = new Dictionary<string, Task<CatalogReply>>();
        var view = topics.View;
        foreach (var topic in asked)
        {
            if (topic.Name is not { } name || !topic.TopicId.IsNone || view.TryFind(name, out _) || creations.ContainsKey(name)) continue;
            creations.Add(name, topics.CreateOnFirstUseAsync(name));
        }
        return creations;
    }

    async ValueTask<MetadataResponse.MetadataResponseTopic> RowAsync(MetadataRequest.MetadataRequestTopic asked, MetadataRequest request, Dictionary<string, Task<CatalogReply>> creations, short version)
    {
        if (!asked.TopicId.IsNone) return topics.View.TryFind(asked.TopicId, out var byId) ? Row(byId, request) : Refused(asked, ErrorCode.UnknownTopicId, version);
        if (asked.Name is not { } name) return Refused(asked, ErrorCode.InvalidRequest, version);
        var created = creations.TryGetValue(name, out var creation) ? await creation.WithinAsync(Patience.Unsaid, time, default) : default;
        if (topics.View.TryFind(name, out var topic)) return Row(topic, request);
        if (TopicName.Refusal(name) is not null) return Refused(asked, ErrorCode.InvalidTopicException, version);
        // A failure of the catalog's log is told as "not yet", which clients take as a reason to ask again.
        return Refused(asked, created.Error is ErrorCode.InvalidTopicException or ErrorCode.PolicyViolation ? created.Error
            : creation is not null ? ErrorCode.LeaderNotAvailable : ErrorCode.UnknownTopicOrPartition, version);
    }

    MetadataResponse.MetadataResponseTopic Row(CatalogTopic topic, MetadataRequest request)
    {
        var row = new MetadataResponse.MetadataResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            IsInternal = topic.IsInternal,
            TopicAuthorizedOperations = AuthorizedOperations.OfTopic(request.IncludeTopicAuthorizedOperations),
        };
        for (var partition = 0; partition < topic.PartitionCount; partition++)
            row.Partitions.Add(topics.IsOffline(topic.TopicId, partition) ? Offline(partition) : Online(partition));
        return row;
    }

    MetadataResponse.MetadataResponsePartition Online(int partition) =>
        new() { PartitionIndex = partition, LeaderId = node.NodeId, LeaderEpoch = BrokerNode.LeaderEpoch, ReplicaNodes = [node.NodeId], IsrNodes = [node.NodeId] };

    // As Kafka tells a partition whose only replica is on a disk that failed: clients look again later, and go on with the others.
    MetadataResponse.MetadataResponsePartition Offline(int partition) => new()
    {
        PartitionIndex = partition,
        ErrorCode = ErrorCode.LeaderNotAvailable,
        LeaderId = NodeId.None,
        LeaderEpoch = BrokerNode.LeaderEpoch,
        ReplicaNodes = [node.NodeId],
        OfflineReplicas = [node.NodeId],
    };

    static MetadataResponse.MetadataResponseTopic Refused(MetadataRequest.MetadataRequestTopic asked, ErrorCode error, short version) =>
        new() { Name = asked.Name ?? (version < AsksByTopicId ? "" : null), TopicId = asked.TopicId, ErrorCode = error };
}
