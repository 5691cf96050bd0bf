namespace Semel.Compat.Confluent;

public static class IConsumerExtensions
{
    /// <summary>As <see cref="IConsumer{TKey, TValue}.Position"/>, with the leader's epoch.</summary>
    public static TopicPartitionOffset PositionTopicPartitionOffset<TKey, TValue>(this IConsumer<TKey, TValue> consumer, TopicPartition partition) =>
        consumer is Consumer<TKey, TValue> own ? own.PositionOf(partition) : new TopicPartitionOffset(partition, consumer.Position(partition));
}
