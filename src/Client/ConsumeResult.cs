namespace Semel.Client;

/// <summary>One record and where it came from, owned by the application; or, with enable.partition.eof, the news that a partition's end is reached.</summary>
/// <param name="Offset">Of the record, or the next to come when <see cref="IsPartitionEof"/>.</param>
/// <param name="LeaderEpoch">Of the leader that the record was written by; -1 when it is not known.</param>
public readonly record struct ConsumeResult<TKey, TValue>(TopicPartition TopicPartition, Offset Offset, int LeaderEpoch, Message<TKey, TValue> Message)
{
    /// <summary>True: there is no record, <see cref="Message"/> is empty.</summary>
    public bool IsPartitionEof { get; init; }

    public string Topic => TopicPartition.Topic;
    public int Partition => TopicPartition.Partition;
    public TopicPartitionOffset TopicPartitionOffset => new(TopicPartition, Offset);
}

/// <summary>Where a partition begins (the first offset that is kept) and ends (the next offset that a reader of this isolation level will see).</summary>
public readonly record struct WatermarkOffsets(Offset Low, Offset High);

/// <summary>A partition and a time in it.</summary>
public readonly record struct TopicPartitionTimestamp(TopicPartition TopicPartition, Timestamp Timestamp);
