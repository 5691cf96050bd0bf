using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Semel.Client;

/// <summary>The serializers that come with the client. Numbers are big-endian, a Guid is its 16 bytes in the order it is written.</summary>
public static class Serializers
{
    public static ISerializer<string> Utf8 { get; } = From<string>((value, destination) => Encoding.UTF8.GetBytes(value.AsSpan(), destination));
    public static ISerializer<ReadOnlyMemory<byte>> Bytes { get; } = new MemoryBytes();
    public static ISerializer<byte[]> ByteArray { get; } = new ArrayBytes();
    public static ISerializer<short> Int16 { get; } = Fixed<short>(2, static (bytes, value) => BinaryPrimitives.WriteInt16BigEndian(bytes, value));
    public static ISerializer<int> Int32 { get; } = Fixed<int>(4, static (bytes, value) => BinaryPrimitives.WriteInt32BigEndian(bytes, value));
    public static ISerializer<long> Int64 { get; } = Fixed<long>(8, static (bytes, value) => BinaryPrimitives.WriteInt64BigEndian(bytes, value));
    public static ISerializer<float> Single { get; } = Fixed<float>(4, static (bytes, value) => BinaryPrimitives.WriteSingleBigEndian(bytes, value));
    public static ISerializer<double> Double { get; } = Fixed<double>(8, static (bytes, value) => BinaryPrimitives.WriteDoubleBigEndian(bytes, value));
    public static ISerializer<Guid> Guid { get; } = Fixed<Guid>(16, static (bytes, value) => value.TryWriteBytes(bytes, bigEndian: true, out _));
    public static ISerializer<Null> Null { get; } = From<Null>((_, _) => { });

    /// <summary>JSON without indentation.</summary>
    public static ISerializer<T> Json<T>(JsonTypeInfo<T> typeInfo) => From<T>((value, destination) =>
    {
        using var writer = new Utf8JsonWriter(destination);
        JsonSerializer.Serialize(writer, value, typeInfo);
    });

    /// <summary>Takes over a serializer that returns an array, as those written for Confluent.Kafka do.</summary>
    public static ISerializer<T> FromBytes<T>(Func<T, SerializationContext, byte[]> serialize) => new Delegated<T>((value, destination, context) => destination.Write(serialize(value, context)));

    /// <summary>The serializer of a type that comes with the client; null for any other type.</summary>
    internal static ISerializer<T>? Default<T>() =>
        (Utf8 as ISerializer<T>) ?? (Bytes as ISerializer<T>) ?? (ByteArray as ISerializer<T>) ?? (Int32 as ISerializer<T>) ?? (Int64 as ISerializer<T>)
        ?? (Int16 as ISerializer<T>) ?? (Single as ISerializer<T>) ?? (Double as ISerializer<T>) ?? (Guid as ISerializer<T>) ?? Null as ISerializer<T>;

    static Delegated<T> From<T>(Action<T, IBufferWriter<byte>> write) => new((value, destination, _) => write(value, destination));

    static Delegated<T> Fixed<T>(int size, WriteFixed<T> write) => new((value, destination, _) =>
    {
        write(destination.GetSpan(size), value);
        destination.Advance(size);
    });

    delegate void WriteFixed<in T>(Span<byte> bytes, T value);

    sealed class MemoryBytes : ISerializer<ReadOnlyMemory<byte>>, IBytesOf<ReadOnlyMemory<byte>>
    {
        public void Serialize(ReadOnlyMemory<byte> value, IBufferWriter<byte> destination, SerializationContext context) => destination.Write(value.Span);
        public ReadOnlySpan<byte> Of(ReadOnlyMemory<byte> value) => value.Span;
    }

    sealed class ArrayBytes : ISerializer<byte[]>, IBytesOf<byte[]>
    {
        public void Serialize(byte[] value, IBufferWriter<byte> destination, SerializationContext context) => destination.Write(value);
        public ReadOnlySpan<byte> Of(byte[] value) => value;
    }

    sealed class Delegated<T>(Action<T, IBufferWriter<byte>, SerializationContext> write) : ISerializer<T>
    {
        public void Serialize(T value, IBufferWriter<byte> destination, SerializationContext context) => write(value, destination, context);
    }
}

/// <summary>A serializer whose values are their bytes already: they are copied once, into the batch.</summary>
internal interface IBytesOf<in T>
{
    ReadOnlySpan<byte> Of(T value);
}
