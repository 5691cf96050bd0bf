using Semel.Compat.Confluent.Admin;

namespace Semel.Compat.Confluent;

/// <summary>The brokers of a cluster by their numbers, and topics with them.</summary>
sealed class NodeBook(Inner.ClusterDescription cluster)
{
    readonly Dictionary<int, Node> _nodes = cluster.Brokers.ToDictionary(static broker => broker.Node.Value,
        static broker => new Node { Id = broker.Node.Value, Host = broker.Host, Port = broker.Port, Rack = broker.Rack });

    public List<Node> All => [.. _nodes.Values];

    /// <summary>Null for none.</summary>
    public Node Find(Wire.NodeId node) => node.Value < 0 ? null : _nodes.GetValueOrDefault(node.Value) ?? new Node { Id = node.Value, Host = "", Port = -1 };

    public TopicPartitionInfo Partition(Inner.PartitionDescription partition) => new()
    {
        Partition = partition.Partition, Leader = Find(partition.Leader), Replicas = [.. partition.Replicas.Select(Find)],
            ISR = [.. partition.InSyncReplicas.Select(Find)],
    };

    public static TopicMetadata Topic(string name, Inner.TopicDescription described, Error error) =>
        new(name, [.. (described?.Partitions ?? []).Select(static partition =>
        new PartitionMetadata(partition.Partition, partition.Leader.Value, [.. partition.Replicas.Select(static node => node.Value)],
            [.. partition.InSyncReplicas.Select(static node => node.Value)],
            Failures.ErrorOf(partition.Error)))], error);
}
