using Semel.Client.Errors;

namespace Semel.Client.Producing.Accumulation;

/// <summary>Why a record was not accepted. Nothing was sent of any of them.</summary>
internal static class Refusals
{
    static ProduceException Of(LocalErrorCode code, string reason, ErrorClass errorClass, TopicPartition partition) =>
        new(new Error(code, reason), errorClass, PersistenceStatus.NotPersisted, partition);

    public static ProduceException Closed(TopicPartition partition, Error reason) => new(reason, ErrorClass.Fatal, PersistenceStatus.NotPersisted, partition);

    /// <summary>What the record was to be part of takes no more records.</summary>
    public static ProduceException Sealed(TopicPartition partition) =>
        Of(LocalErrorCode.Closed, $"the record for topic {partition.Topic} came too late: what it belongs to is ending", ErrorClass.Application, partition);

    /// <inheritdoc cref="Sealed(TopicPartition)"/>
    /// <param name="generation">What it belongs to, which may have words of its own for that.</param>
    public static Exception Sealed(TopicPartition partition, Generation? generation) => generation?.Refusal?.Invoke(partition) ?? Sealed(partition);

    public static ProduceException TooLarge(TopicPartition partition) =>
        Of(LocalErrorCode.MessageTooLarge, $"the record is larger than max.request.size; raise it here and max.message.bytes on topic {partition.Topic}, or send less", ErrorClass.Record, partition);

    public static ProduceException QueueFull(TopicPartition partition) =>
        Of(LocalErrorCode.QueueFull, "buffer.memory is full: await EnqueueAsync or ProduceAsync, which wait for room", ErrorClass.Retriable, partition);

    public static ProduceException UnknownTopic(TopicPartition partition, ErrorCode code) =>
        new(new Error(code, $"the cluster does not give topic {partition.Topic}: {code}"),
            ErrorTable.Of(code).Class, PersistenceStatus.NotPersisted, partition);

    public static ProduceException UnknownPartition(TopicPartition partition, int count) =>
        Of(LocalErrorCode.UnknownPartition, $"topic {partition.Topic} has partitions 0 to {count - 1}, not {partition.Partition}", ErrorClass.Record, partition);

    /// <summary>A serializer of the application's own threw.</summary>
    public static ProduceException Unserializable(TopicPartition partition, MessageComponentType component, Exception failure) =>
        new(new Error(LocalErrorCode.Serialization,
            $"the {component.ToString().ToLowerInvariant()} of a record for topic {partition.Topic} cannot be serialised: {failure.Message}"),
            ErrorClass.Record, PersistenceStatus.NotPersisted, partition, failure);

    /// <summary>A partitioner of the application's own threw, or chose a partition that there is not.</summary>
    public static ProduceException NoPartition(TopicPartition partition, Exception failure) => new(new Error(LocalErrorCode.UnknownPartition,
        $"no partition was chosen for the record: {failure.Message}"), ErrorClass.Record, PersistenceStatus.NotPersisted, partition, failure);

    /// <summary>max.block.ms is over: for want of what, depends on what there is.</summary>
    public static ProduceException TooLate(WaitingRecord record, TimeSpan maxBlock)
    {
        var time = $"within {maxBlock.TotalMilliseconds:0} ms (max.block.ms)";
        if (record.Topic.LookupFailure is { } failure) return Of(LocalErrorCode.ConnectionLost, $"no broker told of topic {record.Topic.Name} {time}: {failure}", ErrorClass.Retriable, record.Name);
        if (!record.Topic.Has(null)) return Of(LocalErrorCode.UnknownTopic, $"no broker told of topic {record.Topic.Name} {time}", ErrorClass.Retriable, record.Name);
        if (!record.Topic.Has(record.Partition)) return UnknownPartition(record.Name, record.Topic.Partitions.Length);
        return Of(LocalErrorCode.QueueFull, $"buffer.memory stayed full {time}", ErrorClass.Retriable, record.Name);
    }
}
