using System.Collections.Frozen;
using Semel.Client.Connections;
using Semel.Protocol;

namespace Semel.Client.Metadata;

/// <summary>Everything known about the cluster, as one immutable picture. Each answer of a broker is merged into the picture before it, by the rules here.</summary>
internal sealed class MetadataView
{
    public static readonly MetadataView Empty = new();

    public string? ClusterId { get; private init; }
    public NodeId ControllerId { get; private init; } = NodeId.None;
    public FrozenDictionary<NodeId, BrokerAddress> Brokers { get; private init; } = FrozenDictionary<NodeId, BrokerAddress>.Empty;
    public FrozenDictionary<string, TopicMetadata> Topics { get; private init; } = FrozenDictionary<string, TopicMetadata>.Empty;

    public TopicMetadata? Find(string topic) => Topics.GetValueOrDefault(topic);

    public PartitionMetadata? Find(TopicPartition partition) => Find(partition.Topic)?.Find(partition.Partition);

    /// <summary>The picture after a broker's answer.</summary>
    /// <param name="answered">One entry per topic that was asked for.</param>
    public MetadataView Merge(string? clusterId, NodeId controllerId, IReadOnlyDictionary<NodeId, BrokerAddress> brokers, IEnumerable<TopicMetadata> answered)
    {
        // In another cluster everything is another thing, whatever its name.
        var isOther = clusterId is not null && ClusterId is not null && clusterId != ClusterId;
        var topics = isOther ? [] : Topics.ToDictionary();
        foreach (var topic in answered)
            topics[topic.Topic] = topics.TryGetValue(topic.Topic, out var known) ? Merge(known, topic) : topic;
        return new MetadataView
        {
            ClusterId = clusterId ?? ClusterId,
            ControllerId = controllerId,
            // A broker that has just started may know no other yet.
            Brokers = brokers.Count > 0 ? brokers.ToFrozenDictionary() : Brokers,
            Topics = topics.ToFrozenDictionary(),
        };
    }

    /// <summary>The picture without the topics that nobody asks for any more.</summary>
    public MetadataView Without(IReadOnlySet<string> topics) => new()
    {
        ClusterId = ClusterId, ControllerId = ControllerId, Brokers = Brokers,
        Topics = Topics.Where(topic => !topics.Contains(topic.Key)).ToFrozenDictionary(),
    };

    /// <summary>The picture after a broker named a partition's leader in an answer to something else (KIP-951); the same picture when that is no news.</summary>
    public MetadataView With(TopicPartition partition, NodeId leader, int leaderEpoch, IReadOnlyDictionary<NodeId, BrokerAddress> named)
    {
        if (Find(partition.Topic) is not { } topic || topic.Find(partition.Partition) is not { } known) return this;
        if (leader.Value < 0 || leaderEpoch <= known.LeaderEpoch || !(Brokers.ContainsKey(leader) || named.ContainsKey(leader))) return this;
        var partitions = topic.Partitions.ToArray();
        partitions[partition.Partition] = known with { LeaderId = leader, LeaderEpoch = leaderEpoch, Error = ErrorCode.None };
        return Replace(topic with { Partitions = partitions }, named);
    }

    MetadataView Replace(TopicMetadata topic, IReadOnlyDictionary<NodeId, BrokerAddress> named)
    {
        var topics = Topics.ToDictionary();
        topics[topic.Topic] = topic;
        var brokers = Brokers.ToDictionary();
        foreach (var (node, address) in named) brokers[node] = address;
        return new MetadataView { ClusterId = ClusterId, ControllerId = ControllerId, Brokers = brokers.ToFrozenDictionary(), Topics = topics.ToFrozenDictionary() };
    }

    static TopicMetadata Merge(TopicMetadata known, TopicMetadata answered)
    {
        // A broker that misses a topic for a moment takes nothing away: only the error is news (P-18).
        if (answered.Error != ErrorCode.None) return known with { Error = answered.Error };
        // Another id is another topic: nothing of the old one means anything for it (P-19).
        if (answered.TopicId != known.TopicId && !answered.TopicId.IsNone && !known.TopicId.IsNone) return answered;
        var partitions = answered.Partitions.ToArray();
        for (var number = 0; number < partitions.Length; number++)
            if (known.Find(number) is { } before) partitions[number] = Newer(before, partitions[number]);
        return answered with { Partitions = partitions };
    }

    /// <summary>Brokers learn of a new leader at different times: an answer with an older epoch is from yesterday (P-17).</summary>
    static PartitionMetadata Newer(PartitionMetadata known, PartitionMetadata answered) =>
        answered.LeaderEpoch >= 0 && answered.LeaderEpoch < known.LeaderEpoch ? known : answered;
}
