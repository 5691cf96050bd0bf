using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Semel.Client;

/// <summary>The deserializers that come with the client: the other way of <see cref="Serializers"/>. Null bytes become null, or fail where the type has no null.</summary>
public static class Deserializers
{
    public static IDeserializer<string?> Utf8 { get; } = new Delegated<string?>((data, isNull) => isNull ? null : Encoding.UTF8.GetString(data));

    /// <summary>
    /// As <see cref="Utf8"/>, for texts of which there are few and that come often, as keys and names do: one that was seen lately is the same string again, and nothing is allocated. Thread safe.
    /// </summary>
    /// <param name="capacity">How many texts are kept, at least 1; rounded up to a power of two.</param>
    /// <param name="longestBytes">Longer ones are made anew each time. Bytes of UTF-8, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is less than 1, or the capacity more than a million.</exception>
    public static IDeserializer<string?> CachedUtf8(int capacity = 4096, int longestBytes = 64)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(longestBytes, 1);
        return new StringCache(capacity, longestBytes);
    }

    public static IDeserializer<byte[]?> ByteArray { get; } = new Delegated<byte[]?>((data, isNull) => isNull ? null : data.ToArray());

    /// <summary>A copy of the bytes; null reads as empty.</summary>
    public static IDeserializer<ReadOnlyMemory<byte>> Bytes { get; } = new Delegated<ReadOnlyMemory<byte>>((data, _) => data.ToArray());
    public static IDeserializer<short> Int16 { get; } = Fixed(2, data => BinaryPrimitives.ReadInt16BigEndian(data));
    public static IDeserializer<int> Int32 { get; } = Fixed(4, data => BinaryPrimitives.ReadInt32BigEndian(data));
    public static IDeserializer<long> Int64 { get; } = Fixed(8, data => BinaryPrimitives.ReadInt64BigEndian(data));
    public static IDeserializer<float> Single { get; } = Fixed(4, data => BinaryPrimitives.ReadSingleBigEndian(data));
    public static IDeserializer<double> Double { get; } = Fixed(8, data => BinaryPrimitives.ReadDoubleBigEndian(data));
    public static IDeserializer<Guid> Guid { get; } = Fixed(16, data => new Guid(data, bigEndian: true));

    /// <summary>Takes whatever is there for nothing.</summary>
    public static IDeserializer<Null?> Null { get; } = new Delegated<Null?>((_, _) => null);

    public static IDeserializer<T?> Json<T>(JsonTypeInfo<T> typeInfo) => new Delegated<T?>((data, isNull) => isNull ? default : JsonSerializer.Deserialize(data, typeInfo));

    /// <summary>The deserializer of a type that comes with the client; null for any other type.</summary>
    internal static IDeserializer<T>? Default<T>() =>
        (Utf8 as IDeserializer<T>) ?? (ByteArray as IDeserializer<T>) ?? (Bytes as IDeserializer<T>) ?? (Int32 as IDeserializer<T>) ?? (Int64 as IDeserializer<T>)
        ?? (Int16 as IDeserializer<T>) ?? (Single as IDeserializer<T>) ?? (Double as IDeserializer<T>) ?? (Guid as IDeserializer<T>) ?? Null as IDeserializer<T>;

    static Delegated<T> Fixed<T>(int size, Read<T> read) => new((data, isNull) =>
    {
        if (isNull || data.Length != size)
            throw new KafkaException(new Error(LocalErrorCode.Serialization, $"a {typeof(T).Name} has {size} bytes, here {(isNull ? "is null" : $"are {data.Length}")}"), ErrorClass.Record);
        return read(data);
    });

    delegate T Read<out T>(ReadOnlySpan<byte> data);
    delegate T ReadNullable<out T>(ReadOnlySpan<byte> data, bool isNull);

    sealed class Delegated<T>(ReadNullable<T> read) : IDeserializer<T>
    {
        public T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => read(data, isNull);
    }
}
