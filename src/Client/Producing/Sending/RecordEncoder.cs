using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>Turns keys and values into bytes, on the caller's thread, before anything is accepted. Thread safe as the serializers are.</summary>
internal readonly struct RecordEncoder<TKey, TValue>(ISerializer<TKey> keys, ISerializer<TValue> values)
{
    readonly IBytesOf<TKey>? _keyBytes = keys as IBytesOf<TKey>;
    readonly IBytesOf<TValue>? _valueBytes = values as IBytesOf<TValue>;

    /// <summary>The key's bytes and behind them the value's, unless they are bytes already. A null is written by nobody.</summary>
    /// <exception cref="ProduceException">A serializer threw.</exception>
    public RawRecord Encode(SerializationBuffer buffer, string topic, int? partition, in Message<TKey, TValue> message)
    {
        var (key, value) = (message.Key, message.Value);
        if (key is not null && _keyBytes is null) Serialize(keys, key, buffer, new SerializationContext(MessageComponentType.Key, topic, message.Headers), partition);
        var keyLength = buffer.Length;
        if (value is not null && _valueBytes is null) Serialize(values, value, buffer, new SerializationContext(MessageComponentType.Value, topic, message.Headers), partition);
        return RawRecord.Of(
            key is not null && _keyBytes is not null ? _keyBytes.Of(key) : buffer.Written[..keyLength], key is not null,
            value is not null && _valueBytes is not null ? _valueBytes.Of(value) : buffer.Written[keyLength..], value is not null,
            partition, message.Timestamp, message.Headers);
    }

    static void Serialize<T>(ISerializer<T> serializer, T value, SerializationBuffer buffer, in SerializationContext context, int? partition)
    {
        try { serializer.Serialize(value, buffer, context); }
        catch (Exception failure) { throw Refusals.Unserializable(new TopicPartition(context.Topic, partition ?? -1), context.Component, failure); }
    }
}
