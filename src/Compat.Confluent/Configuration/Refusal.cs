namespace Semel.Compat.Confluent;

/// <summary>Refusals as Confluent.Kafka throws them.</summary>
static class Refusal
{
    /// <summary>Of a configuration.</summary>
    public static Exception Of(Inner.KafkaConfigException refused) => new ArgumentException(refused.Message, refused);

    public static Inner.ProduceException QueueIsFull(string topic, int? partition, int most) => new(
        new Inner.Error(Inner.LocalErrorCode.QueueFull,
            $"Local: Queue full. {most} records wait to be acknowledged ({ClientKeys.QueuedRecords}): wait for some of them, or raise it"),
        Inner.ErrorClass.Retriable, Inner.PersistenceStatus.NotPersisted, new Wire.TopicPartition(topic, partition ?? -1));
}
