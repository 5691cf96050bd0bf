using System.Buffers;

namespace Semel.Client;

/// <summary>Which part of a record is turned into bytes.</summary>
public enum MessageComponentType
{
    Key,
    Value,
}

/// <summary>Where the bytes belong.</summary>
public readonly record struct SerializationContext(MessageComponentType Component, string Topic, Headers? Headers);

/// <summary>Writes a value as bytes. Runs on the caller's thread, before the record is accepted, and is never asked to write null. Must be thread safe.</summary>
public interface ISerializer<in T>
{
    void Serialize(T value, IBufferWriter<byte> destination, SerializationContext context);
}

/// <summary>Reads a value from bytes. Must be thread safe.</summary>
public interface IDeserializer<out T>
{
    /// <param name="data">Empty when <paramref name="isNull"/>; not valid after the call.</param>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context);
}
