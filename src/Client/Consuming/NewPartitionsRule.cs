namespace Semel.Client.Consuming;

/// <summary>
/// Which partitions appeared while the group was running (auto.offset.reset.new.partitions): those of topics that did not exist, or had fewer, when the
/// application subscribed. Whoever reads the latest only wants nothing from before it came, and everything from after (librdkafka and Java lose the records
/// between the birth of a partition and the moment at which they hear of it).
/// </summary>
internal sealed class NewPartitionsRule
{
    readonly Dictionary<string, int> _counts = [];
    bool _isSettled;

    /// <summary>How many partitions a topic has; only the first word about it counts.</summary>
    public void Learn(string topic, int partitionCount) => _counts.TryAdd(topic, partitionCount);

    /// <summary>The group has assigned something: a topic that is met later for the first time is new.</summary>
    /// <param name="partitions">Old, unless their topic is known to have had fewer.</param>
    public void Settle(IEnumerable<TopicPartition> partitions)
    {
        if (_isSettled) return;
        _isSettled = true;
        foreach (var partition in partitions) _counts.TryAdd(partition.Topic, int.MaxValue);
    }

    public bool IsNew(TopicPartition partition) => _counts.TryGetValue(partition.Topic, out var count) ? partition.Partition >= count : _isSettled;
}
