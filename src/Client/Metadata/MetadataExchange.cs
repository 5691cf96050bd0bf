using Semel.Client.Connections;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Metadata;

/// <summary>The Metadata request and what its answer says, in the words of this client.</summary>
internal static class MetadataExchange
{
    /// <exception cref="BrokerConnectionException">The broker offers none.</exception>
    public static short Version(BrokerConnection broker) => broker.BestVersion<MetadataRequest, MetadataResponse>()
        ?? throw new BrokerConnectionException($"the broker at {broker.Address} offers no version of Metadata that this client knows", wasWritten: false);

    public static MetadataRequest Request(IEnumerable<string> topics, bool allowAutoCreate) => new()
    {
        Topics = [.. topics.Select(topic => new MetadataRequest.MetadataRequestTopic { Name = topic })],
        AllowAutoTopicCreation = allowAutoCreate,
    };

    /// <summary>Entries with a port that cannot be one are left out: nothing could be done with them.</summary>
    public static Dictionary<NodeId, BrokerAddress> Brokers(MetadataResponse response)
    {
        var brokers = new Dictionary<NodeId, BrokerAddress>();
        foreach (var broker in response.Brokers)
            if (broker.Port is > 0 and <= 65535 && broker.Host.Length > 0) brokers[broker.NodeId] = new BrokerAddress(broker.Host, broker.Port);
        return brokers;
    }

    /// <summary>One entry per topic that was asked for; one that the answer leaves out is unknown.</summary>
    public static List<TopicMetadata> Topics(MetadataResponse response, IReadOnlyCollection<string> asked, short version)
    {
        var topics = new Dictionary<string, TopicMetadata>();
        foreach (var topic in response.Topics)
            if (topic.Name is { } name && asked.Contains(name)) topics[name] = Topic(name, topic, version);
        foreach (var name in asked)
            topics.TryAdd(name, new TopicMetadata(name, TopicId.None, ErrorCode.UnknownTopicOrPartition, []));
        return [.. topics.Values];
    }

    public static TopicMetadata Topic(string name, MetadataResponse.MetadataResponseTopic topic, short version) =>
        new(name, Id(topic, version), topic.ErrorCode, Partitions(topic.Partitions));

    /// <summary>Versions before 10 have no topic ids, and the field's default is no id either.</summary>
    public static TopicId Id(MetadataResponse.MetadataResponseTopic topic, short version) => version >= 10 ? topic.TopicId : TopicId.None;

    /// <summary>The partitions by number. A broker names all of them, so a number beyond their count cannot be, and one that is missing has no leader.</summary>
    static PartitionMetadata[] Partitions(List<MetadataResponse.MetadataResponsePartition> answered)
    {
        var partitions = new PartitionMetadata[answered.Count];
        foreach (var partition in answered)
        {
            if ((uint)partition.PartitionIndex >= (uint)partitions.Length) continue;
            partitions[partition.PartitionIndex] = new PartitionMetadata(partition.PartitionIndex, partition.LeaderId, partition.LeaderEpoch, partition.ErrorCode,
                partition.ReplicaNodes, partition.IsrNodes);
        }
        for (var number = 0; number < partitions.Length; number++)
            partitions[number] ??= new PartitionMetadata(number, NodeId.None, -1, ErrorCode.LeaderNotAvailable, [], []);
        return partitions;
    }
}
