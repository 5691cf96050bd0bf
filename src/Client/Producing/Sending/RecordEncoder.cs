using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>Turns keys and values into bytes, on the caller's thread, before anything is accepted.</summary>
internal static class RecordEncoder
{
    /// <summary>The key's bytes and behind them the value's. A null is written by nobody.</summary>
    /// <exception cref="ProduceException">A serializer threw.</exception>
    public static RawRecord Encode<TKey, TValue>(ISerializer<TKey> keys, ISerializer<TValue> values, SerializationBuffer buffer, string topic, int? partition, in Message<TKey, TValue> message)
    {
        if (message.Key is not null) Serialize(keys, message.Key, buffer, new SerializationContext(MessageComponentType.Key, topic, message.Headers), partition);
        var keyLength = buffer.Length;
        if (message.Value is not null) Serialize(values, message.Value, buffer, new SerializationContext(MessageComponentType.Value, topic, message.Headers), partition);
        return RawRecord.Of(buffer.Written[..keyLength], message.Key is not null, buffer.Written[keyLength..], message.Value is not null, partition, message.Timestamp, message.Headers);
    }

    static void Serialize<T>(ISerializer<T> serializer, T value, SerializationBuffer buffer, in SerializationContext context, int? partition)
    {
        try { serializer.Serialize(value, buffer, context); }
        catch (Exception failure) { throw Refusals.Unserializable(new TopicPartition(context.Topic, partition ?? -1), context.Component, failure); }
    }
}
