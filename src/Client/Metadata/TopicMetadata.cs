using Semel.Client.Errors;
using Semel.Protocol;

namespace Semel.Client.Metadata;

/// <summary>What the cluster said about one topic, as one immutable picture.</summary>
internal sealed record TopicMetadata(string Topic, TopicId TopicId, ErrorCode Error, IReadOnlyList<PartitionMetadata> Partitions)
{
    /// <summary>The partition, or null when the topic has none of that number.</summary>
    public PartitionMetadata? Find(int partition) => (uint)partition < (uint)Partitions.Count ? Partitions[partition] : null;

    /// <summary>Whether who waits for the topic goes on waiting: it is being made, elected or moved.</summary>
    public bool IsErrorRetriable => ErrorTable.Of(Error).IsWaitedFor;
}

/// <summary>Who leads a partition. <see cref="LeaderId"/> is <see cref="NodeId.None"/> while nobody does; the leader epoch is -1 when the broker tells none.</summary>
internal sealed record PartitionMetadata(int Partition, NodeId LeaderId, int LeaderEpoch, ErrorCode Error, IReadOnlyList<NodeId> Replicas, IReadOnlyList<NodeId> InSyncReplicas)
{
    public bool HasLeader => LeaderId.Value >= 0;
}
