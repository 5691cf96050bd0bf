using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer;

/// <summary>A partition of one incarnation of a topic.</summary>
/// <param name="Partition">From 0 on.</param>
public readonly record struct TopicIdPartition(TopicId TopicId, int Partition) : IComparable<TopicIdPartition>
{
    public int CompareTo(TopicIdPartition other)
    {
        var byTopic = TopicId.Value.CompareTo(other.TopicId.Value);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }

    public override string ToString() => $"{TopicId}-{Partition}";
}
