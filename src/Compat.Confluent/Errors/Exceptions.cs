namespace Semel.Compat.Confluent;

/// <summary>Every failure that a client tells.</summary>
public class KafkaException : Exception
{
    public KafkaException(Error error) : base(error.ToString()) => Error = error;
    public KafkaException(Error error, Exception innerException) : base(error.ToString(), innerException) => Error = error;
    public KafkaException(ErrorCode code) : this(new Error(code)) { }

    public Error Error { get; }
}

/// <summary>The call may be repeated as it is.</summary>
public class KafkaRetriableException : KafkaException
{
    public KafkaRetriableException(Error error) : base(error) { }
    internal KafkaRetriableException(Error error, Exception cause) : base(error, cause) { }
}

/// <summary>The transaction has to be aborted; then the producer can go on.</summary>
public class KafkaTxnRequiresAbortException : KafkaException
{
    public KafkaTxnRequiresAbortException(Error error) : base(error) { }
    internal KafkaTxnRequiresAbortException(Error error, Exception cause) : base(error, cause) { }
}

/// <summary>A record was not delivered, or nobody knows: the result's status says what is certain.</summary>
public class ProduceException<TKey, TValue> : KafkaException
{
    public ProduceException(Error error, DeliveryResult<TKey, TValue> deliveryResult) : base(error) => DeliveryResult = deliveryResult;
    public ProduceException(Error error, DeliveryResult<TKey, TValue> deliveryResult, Exception innerException) : base(error, innerException) => DeliveryResult = deliveryResult;

    public DeliveryResult<TKey, TValue> DeliveryResult { get; }
}

/// <summary>A pull has to tell something before it can go on.</summary>
public class ConsumeException : KafkaException
{
    public ConsumeException(ConsumeResult<byte[], byte[]> consumerRecord, Error error) : base(error) => ConsumerRecord = consumerRecord;
    public ConsumeException(ConsumeResult<byte[], byte[]> consumerRecord, Error error, Exception innerException) : base(error, innerException) => ConsumerRecord = consumerRecord;

    /// <summary>The record's bytes where there is one, and the place that it is about.</summary>
    public ConsumeResult<byte[], byte[]> ConsumerRecord { get; }
}

/// <summary>Some partitions of a call failed.</summary>
public class TopicPartitionException : KafkaException
{
    public TopicPartitionException(List<TopicPartitionError> results) : base(new Error(ErrorCode.Local_Partial, Partial.Message("partitions", results.Select(each => ($"{each.TopicPartition}", each.Error))))) => Results = results;

    public List<TopicPartitionError> Results { get; }
}

/// <summary>Some partitions of a call failed.</summary>
public class TopicPartitionOffsetException : KafkaException
{
    public TopicPartitionOffsetException(List<TopicPartitionOffsetError> results) : base(new Error(ErrorCode.Local_Partial, Partial.Message("partitions", results.Select(each => ($"{each.TopicPartition}", each.Error))))) => Results = results;

    public List<TopicPartitionOffsetError> Results { get; }
}

/// <summary>The sentence of a call of which a part failed.</summary>
static class Partial
{
    public static string Message(string what, IEnumerable<(string Item, Error Error)> items)
    {
        var failed = items.Where(item => item.Error.IsError).ToList();
        return $"An error occurred with {what}: [{string.Join("], [", failed.Select(item => item.Item))}]: [{string.Join("], [", failed.Select(item => item.Error))}].";
    }

    public static Error Error(string what, IEnumerable<(string Item, Error Error)> items) => new(ErrorCode.Local_Partial, Message(what, items));
}
