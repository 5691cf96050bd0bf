namespace Semel.Client;

/// <summary>
/// A pull has to say something about a partition before it can go on: <see cref="Fault"/> says what, the message what to do. Pulling may go on afterwards:
/// other partitions are not affected, and this one stands still where that is the only safe thing.
/// </summary>
public sealed class ConsumeException : KafkaException
{
    internal ConsumeException(ConsumeFault fault, TopicPartitionOffset position, Error error, ConsumeResult<byte[], byte[]>? raw = null, Exception? innerException = null)
        : base(error, ClassOf(fault), innerException)
    {
        Fault = fault;
        TopicPartitionOffset = position;
        Raw = raw;
    }

    /// <summary>What went wrong.</summary>
    public ConsumeFault Fault { get; }
    /// <summary>The partition and the offset that it is about.</summary>
    public TopicPartitionOffset TopicPartitionOffset { get; }

    /// <summary>The record's bytes, when it is there but could not be deserialised.</summary>
    public ConsumeResult<byte[], byte[]>? Raw { get; }

    static ErrorClass ClassOf(ConsumeFault fault) => fault switch
    {
        ConsumeFault.Deserialization or ConsumeFault.CorruptRecord or ConsumeFault.UnsupportedCodec => ErrorClass.Record,
        ConsumeFault.Broker or ConsumeFault.UnknownPartition => ErrorClass.Retriable,
        ConsumeFault.NotAuthorized => ErrorClass.Config,
        _ => ErrorClass.Application,
    };
}
