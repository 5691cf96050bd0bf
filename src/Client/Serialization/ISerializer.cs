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
    /// <summary>
    /// Writes all of the value's bytes. What it throws reaches the caller of the produce call inside a <see cref="ProduceException"/> with <see
    /// cref="LocalErrorCode.Serialization"/>, and nothing was accepted then.
    /// </summary>
    /// <param name="destination">For this call only.</param>
    void Serialize(T value, IBufferWriter<byte> destination, SerializationContext context);
}

/// <summary>Reads a value from bytes. Must be thread safe.</summary>
public interface IDeserializer<out T>
{
    /// <summary>Reads the value. What it throws is told as a <see cref="ConsumeException"/> with <see cref="ConsumeFault.Deserialization"/>.</summary>
    /// <param name="data">Empty when <paramref name="isNull"/>; not valid after the call.</param>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context);
}
