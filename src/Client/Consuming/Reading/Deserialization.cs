using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

/// <summary>Turns a record's bytes into the application's objects.</summary>
internal sealed class Deserialization<TKey, TValue>(IDeserializer<TKey?> key, IDeserializer<TValue?> value)
{
    public TKey? Key(DecodedChunk chunk, in RecordEntry entry, Headers? headers)
    {
        try
        {
            return key.Deserialize(chunk.Key(entry), entry.KeyLength < 0, new SerializationContext(MessageComponentType.Key, chunk.Feed.Position.Partition.Topic, headers));
        }
        catch (Exception failure)
        {
            throw Failed("key", chunk, entry, failure);
        }
    }

    public TValue? Value(DecodedChunk chunk, in RecordEntry entry, Headers? headers)
    {
        try
        {
            return value.Deserialize(chunk.Value(entry), entry.ValueLength < 0, new SerializationContext(MessageComponentType.Value, chunk.Feed.Position.Partition.Topic, headers));
        }
        catch (Exception failure)
        {
            throw Failed("value", chunk, entry, failure);
        }
    }

    public ConsumeResult<TKey, TValue> Result(DecodedChunk chunk, in RecordEntry entry)
    {
        var headers = entry.HeaderCount == 0 ? null : ReadHeaders(chunk, entry);
        var memory = chunk.Memory(entry);
        return new ConsumeResult<TKey, TValue>(chunk.Feed.Position.Partition, entry.Offset, memory.LeaderEpoch, new Message<TKey, TValue>
        {
            Key = Key(chunk, entry, headers),
            Value = Value(chunk, entry, headers),
            Timestamp = new Timestamp(entry.Timestamp, memory.TimestampType),
            Headers = headers,
        });
    }

    static Headers ReadHeaders(DecodedChunk chunk, in RecordEntry entry)
    {
        try
        {
            return new Headers(chunk.Headers(entry).ToArray());
        }
        catch (Exception failure)
        {
            throw Failed("headers", chunk, entry, failure);
        }
    }

    static ConsumeException Failed(string part, DecodedChunk chunk, in RecordEntry entry, Exception failure)
    {
        var partition = chunk.Feed.Position.Partition;
        var memory = chunk.Memory(entry);
        var raw = new ConsumeResult<byte[], byte[]>(partition, entry.Offset, memory.LeaderEpoch, new Message<byte[], byte[]>
        {
            Key = entry.KeyLength < 0 ? null : chunk.Key(entry).ToArray(),
            Value = entry.ValueLength < 0 ? null : chunk.Value(entry).ToArray(),
            Timestamp = new Timestamp(entry.Timestamp, memory.TimestampType),
        });
        return new ConsumeException(ConsumeFault.Deserialization, new TopicPartitionOffset(partition, entry.Offset),
            new Error(LocalErrorCode.Serialization, $"the {part} of the record at offset {entry.Offset} of {partition} cannot be deserialised: {failure.Message}. Skip the record, or read it with another deserializer"), raw, failure);
    }
}
