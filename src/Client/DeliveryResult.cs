namespace Semel.Client;

/// <summary>What is certain about a record once its producer is done with it. Every accepted record ends as exactly one of these.</summary>
public enum PersistenceStatus
{
    /// <summary>No attempt for this record can ever become visible: it may be sent again without risking a duplicate.</summary>
    NotPersisted,
    /// <summary>It may be in the log or not: nobody answered, or acks=0.</summary>
    PossiblyPersisted,
    /// <summary>It is in the log.</summary>
    Persisted,
}

/// <summary>Where a record went.</summary>
/// <param name="TopicPartitionOffset">Its offset is <see cref="Offset.Unset"/> when the broker told none (acks=0, or a duplicate it no longer remembers).</param>
/// <param name="Timestamp">The record's own, or the broker's where the topic asks for it.</param>
public readonly record struct DeliveryResult(TopicPartitionOffset TopicPartitionOffset, Timestamp Timestamp, PersistenceStatus Status)
{
    public string Topic => TopicPartitionOffset.Topic;
    public int Partition => TopicPartitionOffset.Partition;
    public Offset Offset => TopicPartitionOffset.Offset;
}

/// <summary>What a delivery handler gets: the record, and how it ended.</summary>
/// <param name="Error">Null when nothing failed.</param>
public sealed record DeliveryReport<TKey, TValue>(Message<TKey, TValue> Message, TopicPartitionOffset TopicPartitionOffset, Timestamp Timestamp, PersistenceStatus Status, ProduceException? Error)
{
    public string Topic => TopicPartitionOffset.Topic;
    public int Partition => TopicPartitionOffset.Partition;
    public Offset Offset => TopicPartitionOffset.Offset;
}

/// <summary>What became of the records that were accepted before a flush.</summary>
/// <param name="FirstError">The first failure; null when there was none.</param>
public readonly record struct FlushResult(long Delivered, long Failed, KafkaException? FirstError);

/// <summary>A record was not delivered, or nobody knows whether it was: <see cref="Status"/> says what is certain.</summary>
public sealed class ProduceException(Error error, ErrorClass errorClass, PersistenceStatus status, TopicPartition topicPartition, Exception? innerException = null)
    : KafkaException(error, errorClass, innerException)
{
    /// <summary>What is certain about the record.</summary>
    public PersistenceStatus Status { get; } = status;

    /// <summary>Its partition is -1 when none had been chosen yet.</summary>
    public TopicPartition TopicPartition { get; } = topicPartition;
}
