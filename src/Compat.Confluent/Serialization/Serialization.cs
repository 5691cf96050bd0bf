namespace Semel.Compat.Confluent;

/// <summary>Which part of a record is turned into bytes or back.</summary>
public enum MessageComponentType
{
    Key = 1,
    Value = 2,
}

/// <summary>What a serializer knows beside the value.</summary>
public struct SerializationContext
{
    public SerializationContext(MessageComponentType component, string topic, Headers headers = null)
    {
        Component = component;
        Topic = topic;
        Headers = headers;
    }

    /// <summary>Nothing is known.</summary>
    public static SerializationContext Empty => default;

    public MessageComponentType Component { get; }
    public string Topic { get; }
    /// <summary>Of the record; a serializer may add to them.</summary>
    public Headers Headers { get; }
}

/// <summary>Turns a key or value into bytes; null is a null key or value.</summary>
public interface ISerializer<T>
{
    byte[] Serialize(T data, SerializationContext context);
}

/// <summary>Turns bytes into a key or value.</summary>
public interface IDeserializer<T>
{
    /// <param name="isNull">There are no bytes; otherwise an empty <paramref name="data"/> is empty.</param>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context);
}

/// <inheritdoc cref="ISerializer{T}"/>
public interface IAsyncSerializer<T>
{
    Task<byte[]> SerializeAsync(T data, SerializationContext context);
}

/// <inheritdoc cref="IDeserializer{T}"/>
public interface IAsyncDeserializer<T>
{
    /// <param name="isNull">There are no bytes; otherwise an empty <paramref name="data"/> is empty.</param>
    Task<T> DeserializeAsync(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context);
}

/// <summary>Makes a serializer out of a client's configuration.</summary>
public interface ISerializerBuilder<T>
{
    ISerializer<T> Build(IEnumerable<KeyValuePair<string, string>> config, bool isKey);
}

/// <inheritdoc cref="ISerializerBuilder{T}"/>
public interface IAsyncSerializerBuilder<T>
{
    IAsyncSerializer<T> Build(IEnumerable<KeyValuePair<string, string>> config, bool isKey);
}

/// <summary>Makes a deserializer out of a client's configuration.</summary>
public interface IDeserializerBuilder<T>
{
    IDeserializer<T> Build(IEnumerable<KeyValuePair<string, string>> config, bool isKey);
}

/// <inheritdoc cref="IDeserializerBuilder{T}"/>
public interface IAsyncDeserializerBuilder<T>
{
    IAsyncDeserializer<T> Build(IEnumerable<KeyValuePair<string, string>> config, bool isKey);
}

/// <summary>A serializer or deserializer that owns something: the client that made it by a builder disposes of that.</summary>
public interface ISerdeDisposable
{
    void DisposeOwnedResources();
}

/// <summary>A serializer or deserializer that wants to know the cluster's id.</summary>
public interface IClusterIdAware
{
    void SetClusterIdResolver(Func<Task<string>> clusterIdResolver);
}

/// <summary>What serializers and deserializers may be beside what they are.</summary>
public static class SerdeExtensions
{
    public static void DisposeOwnedResources<T>(this ISerializer<T> serializer) => (serializer as ISerdeDisposable)?.DisposeOwnedResources();
    public static void DisposeOwnedResources<T>(this IAsyncSerializer<T> serializer) => (serializer as ISerdeDisposable)?.DisposeOwnedResources();
    public static void DisposeOwnedResources<T>(this IDeserializer<T> deserializer) => (deserializer as ISerdeDisposable)?.DisposeOwnedResources();
    public static void DisposeOwnedResources<T>(this IAsyncDeserializer<T> deserializer) => (deserializer as ISerdeDisposable)?.DisposeOwnedResources();

    public static void SetClusterIdResolver<T>(this ISerializer<T> serializer, Func<Task<string>> clusterIdResolver) =>
        (serializer as IClusterIdAware)?.SetClusterIdResolver(clusterIdResolver);
    public static void SetClusterIdResolver<T>(this IAsyncSerializer<T> serializer, Func<Task<string>> clusterIdResolver) =>
        (serializer as IClusterIdAware)?.SetClusterIdResolver(clusterIdResolver);
    public static void SetClusterIdResolver<T>(this IDeserializer<T> deserializer, Func<Task<string>> clusterIdResolver) =>
        (deserializer as IClusterIdAware)?.SetClusterIdResolver(clusterIdResolver);
    public static void SetClusterIdResolver<T>(this IAsyncDeserializer<T> deserializer, Func<Task<string>> clusterIdResolver) =>
        (deserializer as IClusterIdAware)?.SetClusterIdResolver(clusterIdResolver);
}
