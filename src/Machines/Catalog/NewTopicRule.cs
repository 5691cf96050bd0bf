using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>Whether a topic can be created as somebody wants it, in the order in which Kafka asks.</summary>
internal static class NewTopicRule
{
    const short OnlyReplicationFactor = 1;

    /// <summary>The reply that refuses the topic; null when it can be created.</summary>
    /// <param name="partitionCount">How many partitions it gets.</param>
    public static CatalogReply? Refusal(NewTopic topic, CatalogState state, CatalogOptions options, out int partitionCount)
    {
        partitionCount = topic.Assignments.Count > 0 ? topic.Assignments.Count : topic.PartitionCount == -1 ? options.DefaultPartitionCount : topic.PartitionCount;
        return OfName(topic, state)
            ?? (topic.Assignments.Count > 0 ? OfAssignments(topic, options) : OfCounts(topic))
            ?? OfConfigs(topic)
            ?? OfRoom(topic, partitionCount, state, options);
    }

    static CatalogReply? OfName(NewTopic topic, CatalogState state)
    {
        var name = topic.Name;
        Invariant.Check(!topic.IsInternal || InternalTopic.Is(name), "the broker's own topics have names that are kept for them");
        if (TopicName.Refusal(name) is { } refusal) return CatalogReply.Failed(ErrorCode.InvalidTopicException, refusal);
        if (state.Find(name) is not null) return CatalogReply.Failed(ErrorCode.TopicAlreadyExists, $"topic '{name}' exists already");
        if (InternalTopic.Is(name) && !topic.IsInternal) return CatalogReply.Failed(ErrorCode.InvalidTopicException, $"'{name}' is the name of a topic of the cluster's own: creating it is prohibited");
        // A topic of the broker's own has to be, whatever others are named.
        return !topic.IsInternal && state.Collision(name) is { } other
            ? CatalogReply.Failed(ErrorCode.InvalidTopicException, $"topic '{name}' collides with '{other}': '.' and '_' are the same in the names of metrics")
            : null;
    }

    static CatalogReply? OfCounts(NewTopic topic)
    {
        if (topic.PartitionCount is 0 or < -1) return CatalogReply.Failed(ErrorCode.InvalidPartitions, $"a topic has at least one partition, not {topic.PartitionCount} (-1 for the broker's default)");
        if (topic.ReplicationFactor is not (-1 or OnlyReplicationFactor))
            return CatalogReply.Failed(ErrorCode.InvalidReplicationFactor, $"the replication factor must be 1 (or -1) on a cluster of one broker, not {topic.ReplicationFactor}");
        return null;
    }

    static CatalogReply? OfAssignments(NewTopic topic, CatalogOptions options)
    {
        if (topic.PartitionCount != -1 || topic.ReplicationFactor != -1)
            return CatalogReply.Failed(ErrorCode.InvalidRequest, "partition count and replication factor must both be -1 when partitions are assigned by hand");
        var partitions = topic.Assignments.Select(assignment => assignment.Partition).Order().ToArray();
        for (var i = 0; i < partitions.Length; i++)
            if (partitions[i] != i) return CatalogReply.Failed(ErrorCode.InvalidReplicaAssignment, $"assigned partitions must be 0 to {partitions.Length - 1}, each once");
        foreach (var assignment in topic.Assignments)
            if (assignment.Nodes.Count != OnlyReplicationFactor || assignment.Nodes[0] != options.NodeId)
                return CatalogReply.Failed(ErrorCode.InvalidReplicaAssignment, $"partition {assignment.Partition} must be assigned to broker {options.NodeId} alone, the only one there is");
        return null;
    }

    static CatalogReply? OfConfigs(NewTopic topic)
    {
        foreach (var (name, value) in topic.Configs)
            if (TopicConfigTable.Refusal(name, value) is { } refusal) return CatalogReply.Failed(ErrorCode.InvalidConfig, refusal);
        return null;
    }

    // Those of the broker's own are few, and without them whole APIs would end because somebody has made many topics.
    static CatalogReply? OfRoom(NewTopic topic, int partitionCount, CatalogState state, CatalogOptions options) =>
        !topic.IsInternal && partitionCount > options.MaxPartitions - state.PartitionCount
            ? CatalogReply.Failed(ErrorCode.PolicyViolation, $"{partitionCount} partitions for topic '{topic.Name}' are more than this broker takes: {state.PartitionCount} of {options.MaxPartitions} are there")
            : null;
}
