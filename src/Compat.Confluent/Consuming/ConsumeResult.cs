namespace Semel.Compat.Confluent;

/// <summary>One record and where it came from; or, with enable.partition.eof, the news that a partition's end is reached.</summary>
public class ConsumeResult<TKey, TValue>
{
    public string Topic { get; set; }
    public Partition Partition { get; set; }
    /// <summary>Of the record; of the next one to come when <see cref="IsPartitionEOF"/>.</summary>
    public Offset Offset { get; set; }
    /// <summary>Of the leader that the record was written by; null when it is not known.</summary>
    public int? LeaderEpoch { get; set; }
    public TopicPartition TopicPartition => new(Topic, Partition);

    public TopicPartitionOffset TopicPartitionOffset
    {
        get => new(Topic, Partition, Offset, LeaderEpoch);
        set => (Topic, Partition, Offset, LeaderEpoch) = (value.Topic, value.Partition, value.Offset, value.LeaderEpoch);
    }

    /// <summary>Null when <see cref="IsPartitionEOF"/>.</summary>
    public Message<TKey, TValue> Message { get; set; }
    /// <summary>There is no record.</summary>
    public bool IsPartitionEOF { get; set; }

    Message<TKey, TValue> Present => Message ?? throw new MessageNullException();

    [Obsolete("The record has it: Message.Key.")]
    public TKey Key => Present.Key;
    [Obsolete("The record has it: Message.Value.")]
    public TValue Value => Present.Value;
    [Obsolete("The record has it: Message.Timestamp.")]
    public Timestamp Timestamp => Present.Timestamp;
    [Obsolete("The record has it: Message.Headers.")]
    public Headers Headers => Present.Headers;
}
