namespace Semel.Compat.Confluent.SyncOverAsync;

/// <summary>An async serializer where a synchronous one is asked for: the caller's thread waits. On a thread that the task needs, it waits for ever.</summary>
public class SyncOverAsyncSerializer<T> : ISerializer<T>
{
    readonly IAsyncSerializer<T> _inner;

    public SyncOverAsyncSerializer(IAsyncSerializer<T> asyncSerializer) => _inner = asyncSerializer;

    public byte[] Serialize(T data, SerializationContext context) => _inner.SerializeAsync(data, context).ConfigureAwait(false).GetAwaiter().GetResult();
}

/// <summary>An async deserializer where a synchronous one is asked for: the caller's thread waits.</summary>
public class SyncOverAsyncDeserializer<T> : IDeserializer<T>
{
    readonly IAsyncDeserializer<T> _inner;

    public SyncOverAsyncDeserializer(IAsyncDeserializer<T> asyncDeserializer) => _inner = asyncDeserializer;

    public T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) =>
        _inner.DeserializeAsync(data.ToArray(), isNull, context).ConfigureAwait(false).GetAwaiter().GetResult();
}

public static class SyncOverAsyncSerializerExtensionMethods
{
    public static ISerializer<T> AsSyncOverAsync<T>(this IAsyncSerializer<T> asyncSerializer) => new SyncOverAsyncSerializer<T>(asyncSerializer);
}

public static class SyncOverAsyncDeserializerExtensionMethods
{
    public static IDeserializer<T> AsSyncOverAsync<T>(this IAsyncDeserializer<T> asyncDeserializer) => new SyncOverAsyncDeserializer<T>(asyncDeserializer);
}
