namespace Semel.Client.Grouping;

/// <summary>Partitions by their topic's name, ordinal, and their number: the order in which all members of a group count them.</summary>
internal sealed class PartitionOrder : IComparer<TopicPartition>
{
    public static readonly PartitionOrder ByName = new();

    public int Compare(TopicPartition left, TopicPartition right)
    {
        var byTopic = string.CompareOrdinal(left.Topic, right.Topic);
        return byTopic != 0 ? byTopic : left.Partition.CompareTo(right.Partition);
    }
}
