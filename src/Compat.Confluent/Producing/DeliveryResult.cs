namespace Semel.Compat.Confluent;

/// <summary>What is certain about a record once its producer is done with it.</summary>
public enum PersistenceStatus
{
    /// <summary>It is not in the log and never will be: it may be sent again without risking a duplicate.</summary>
    NotPersisted = 0,
    /// <summary>It may be in the log or not.</summary>
    PossiblyPersisted = 1,
    /// <summary>It is in the log.</summary>
    Persisted = 2,
}

/// <summary>A record and how it ended.</summary>
public class DeliveryResult<TKey, TValue>
{
    public string Topic { get; set; }
    public Partition Partition { get; set; }
    public Offset Offset { get; set; }
    public TopicPartition TopicPartition => new(Topic, Partition);

    public TopicPartitionOffset TopicPartitionOffset
    {
        get => new(Topic, Partition, Offset);
        set => (Topic, Partition, Offset) = (value.Topic, value.Partition, value.Offset);
    }

    public PersistenceStatus Status { get; set; }
    public Message<TKey, TValue> Message { get; set; }

    public TKey Key { get => Message.Key; set => Message.Key = value; }
    public TValue Value { get => Message.Value; set => Message.Value = value; }
    public Timestamp Timestamp { get => Message.Timestamp; set => Message.Timestamp = value; }
    public Headers Headers { get => Message.Headers; set => Message.Headers = value; }
}

/// <summary>What a delivery handler gets.</summary>
public class DeliveryReport<TKey, TValue> : DeliveryResult<TKey, TValue>
{
    /// <summary>Says that nothing failed when nothing did: <see cref="Confluent.Error.IsError"/>.</summary>
    public Error Error { get; set; }

    public TopicPartitionOffsetError TopicPartitionOffsetError
    {
        get => new(Topic, Partition, Offset, Error);
        set => (Topic, Partition, Offset, Error) = (value.Topic, value.Partition, value.Offset, value.Error);
    }
}
