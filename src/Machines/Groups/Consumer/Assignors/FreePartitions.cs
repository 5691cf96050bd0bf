using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>The partitions of some topics, and which of them nobody has claimed.</summary>
sealed class FreePartitions
{
    readonly IReadOnlyList<TopicId> _topics;
    readonly Dictionary<TopicId, bool[]> _claimed = [];

    public FreePartitions(IReadOnlyList<TopicId> topics, IReadOnlyDictionary<TopicId, int> partitionCounts)
    {
        _topics = topics;
        foreach (var topic in topics)
        {
            _claimed.Add(topic, new bool[partitionCounts[topic]]);
            Total += partitionCounts[topic];
        }
    }

    /// <summary>Of all, claimed or not.</summary>
    public int Total { get; }

    /// <summary>Claims what is there and free of a wish; whoever comes first has it.</summary>
    public List<TopicIdPartition> Claim(PartitionSet wish, IReadOnlyList<TopicId>? subscribed = null)
    {
        var claimed = new List<TopicIdPartition>(wish.Count);
        foreach (var partition in wish)
        {
            if (!_claimed.TryGetValue(partition.TopicId, out var those) || partition.Partition >= those.Length || those[partition.Partition]) continue;
            if (subscribed is not null && !Contains(subscribed, partition.TopicId)) continue;
            those[partition.Partition] = true;
            claimed.Add(partition);
        }
        return claimed;
    }

    static bool Contains(IReadOnlyList<TopicId> sorted, TopicId topic)
    {
        var (low, high) = (0, sorted.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = sorted[middle].Value.CompareTo(topic.Value);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return false;
    }

    public void Release(TopicIdPartition partition) => _claimed[partition.TopicId][partition.Partition] = false;

    /// <summary>What is free, in the order of the topics and partitions.</summary>
    public IEnumerable<TopicIdPartition> InOrder()
    {
        foreach (var topic in _topics)
            foreach (var partition in Of(topic)) yield return partition;
    }

    /// <summary>What is free of one topic.</summary>
    public IEnumerable<TopicIdPartition> Of(TopicId topic)
    {
        var claimed = _claimed[topic];
        for (var index = 0; index < claimed.Length; index++)
            if (!claimed[index]) yield return new TopicIdPartition(topic, index);
    }
}
