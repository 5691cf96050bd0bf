using System.Buffers.Binary;
using System.Text;

namespace Semel.Compat.Confluent;

/// <summary>Serializers of simple types: numbers big endian, text in UTF-8.</summary>
public static class Serializers
{
    public static ISerializer<string> Utf8 = new Simple<string>(static text => text is null ? null : Encoding.UTF8.GetBytes(text));
    public static ISerializer<Null> Null = new Simple<Null>(static _ => null);
    public static ISerializer<byte[]> ByteArray = new Simple<byte[]>(static bytes => bytes);
    public static ISerializer<long> Int64 = new Simple<long>(static number => Written(8, number, static (to, value) => BinaryPrimitives.WriteInt64BigEndian(to,
        value)));
    public static ISerializer<int> Int32 = new Simple<int>(static number => Written(4, number, static (to, value) => BinaryPrimitives.WriteInt32BigEndian(to,
        value)));
    public static ISerializer<float> Single = new Simple<float>(static number => Written(4, number,
        static (to, value) => BinaryPrimitives.WriteSingleBigEndian(to, value)));
    public static ISerializer<double> Double = new Simple<double>(static number => Written(8, number,
        static (to, value) => BinaryPrimitives.WriteDoubleBigEndian(to, value)));

    /// <summary>The one that a type has without being told; null when it has none.</summary>
    internal static ISerializer<T> Default<T>() =>
        (Utf8 as ISerializer<T>) ?? (Null as ISerializer<T>) ?? (ByteArray as ISerializer<T>) ?? (Int64 as ISerializer<T>) ?? (Int32 as ISerializer<T>)
            ?? (Single as ISerializer<T>) ?? Double as ISerializer<T>;

    static byte[] Written<T>(int size, T value, Action<byte[], T> write)
    {
        var bytes = new byte[size];
        write(bytes, value);
        return bytes;
    }

    sealed class Simple<T>(Func<T, byte[]> serialize) : ISerializer<T>
    {
        public byte[] Serialize(T data, SerializationContext context) => serialize(data);
    }
}

/// <summary>Deserializers of simple types: numbers big endian, text in UTF-8.</summary>
public static class Deserializers
{
    public static IDeserializer<string> Utf8 = new Simple<string>(static (data, isNull) => isNull ? null : Encoding.UTF8.GetString(data));
    public static IDeserializer<Null> Null = new Simple<Null>(static (_, isNull) => isNull ? null
        : throw new ArgumentException("a value of type Null has to be null, and there are bytes"));
    public static IDeserializer<Ignore> Ignore = new Simple<Ignore>(static (_, _) => null);
    public static IDeserializer<byte[]> ByteArray = new Simple<byte[]>(static (data, isNull) => isNull ? null : data.ToArray());
    public static IDeserializer<long> Int64 = new Simple<long>(static (data, isNull) => BinaryPrimitives.ReadInt64BigEndian(Of<long>(8, data, isNull)));
    public static IDeserializer<int> Int32 = new Simple<int>(static (data, isNull) => BinaryPrimitives.ReadInt32BigEndian(Of<int>(4, data, isNull)));
    public static IDeserializer<float> Single = new Simple<float>(static (data, isNull) => BinaryPrimitives.ReadSingleBigEndian(Of<float>(4, data, isNull)));
    public static IDeserializer<double> Double = new Simple<double>(static (data, isNull) => BinaryPrimitives.ReadDoubleBigEndian(Of<double>(8, data, isNull)));

    /// <summary>The one that a type has without being told; null when it has none.</summary>
    internal static IDeserializer<T> Default<T>() =>
        (Utf8 as IDeserializer<T>) ?? (Null as IDeserializer<T>) ?? (Ignore as IDeserializer<T>) ?? (ByteArray as IDeserializer<T>)
            ?? (Int64 as IDeserializer<T>) ?? (Int32 as IDeserializer<T>)
            ?? (Single as IDeserializer<T>) ?? Double as IDeserializer<T>;

    static ReadOnlySpan<byte> Of<T>(int size, ReadOnlySpan<byte> data, bool isNull)
    {
        ArgumentNullException.ThrowIfNull(isNull ? null : "", $"a null cannot be a {typeof(T).Name}");
        return data.Length == size ? data : throw new ArgumentException($"a {typeof(T).Name} has {size} bytes, and there are {data.Length}");
    }

    delegate T Read<T>(ReadOnlySpan<byte> data, bool isNull);

    sealed class Simple<T>(Read<T> read) : IDeserializer<T>
    {
        public T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => read(data, isNull);
    }
}
