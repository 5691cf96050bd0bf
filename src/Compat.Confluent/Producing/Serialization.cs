namespace Semel.Compat.Confluent;

/// <summary>How one part of a record becomes bytes: at once, or by a task.</summary>
sealed class Serialization<T>(ISerializer<T> serializer, IAsyncSerializer<T> asyncSerializer, MessageComponentType component, bool isOwned)
{
    /// <summary>Out of what the builder was given; the type's own when that is nothing.</summary>
    public static Serialization<T> Of(ISerializer<T> serializer, IAsyncSerializer<T> asyncSerializer, ISerializerBuilder<T> builder,
        IAsyncSerializerBuilder<T> asyncBuilder,
        MessageComponentType component, RunningClient client)
    {
        var isOwned = builder is not null || asyncBuilder is not null;
        serializer ??= builder?.Build(client.Config, component == MessageComponentType.Key);
        asyncSerializer ??= asyncBuilder?.Build(client.Config, component == MessageComponentType.Key);
        if (serializer is null && asyncSerializer is null) serializer = Serializers.Default<T>();
        if (serializer is null && asyncSerializer is null)
            throw new ArgumentNullException(null,
                $"there is no serializer for a {component.ToString().ToLowerInvariant()} of type {typeof(T).Name}: give one with Set{component}Serializer");
        Task<string> ClusterId() => Task.Run(() => client.ClusterId(TimeSpan.FromSeconds(30)));
        serializer?.SetClusterIdResolver(ClusterId);
        asyncSerializer?.SetClusterIdResolver(ClusterId);
        return new Serialization<T>(serializer, asyncSerializer, component, isOwned);
    }

    public bool IsAsync => asyncSerializer is not null;

    ErrorCode Code => component == MessageComponentType.Key ? ErrorCode.Local_KeySerialization : ErrorCode.Local_ValueSerialization;

    /// <exception cref="SerializationFailure">The serializer threw, or there is only an async one.</exception>
    public byte[] Run(T data, string topic, Headers headers)
    {
        if (serializer is null) throw new InvalidOperationException($"the serializer of the {component.ToString().ToLowerInvariant()} is async: call ProduceAsync, or give it with AsSyncOverAsync()");
        try { return serializer.Serialize(data, new SerializationContext(component, topic, headers)); }
        catch (Exception failure) { throw new SerializationFailure(Code, failure); }
    }

    /// <exception cref="SerializationFailure">The serializer threw.</exception>
    public async ValueTask<byte[]> RunAsync(T data, string topic, Headers headers)
    {
        if (asyncSerializer is null) return Run(data, topic, headers);
        try { return await asyncSerializer.SerializeAsync(data, new SerializationContext(component, topic, headers)).ConfigureAwait(false); }
        catch (Exception failure) { throw new SerializationFailure(Code, failure); }
    }

    public void Dispose()
    {
        if (!isOwned) return;
        serializer?.DisposeOwnedResources();
        asyncSerializer?.DisposeOwnedResources();
    }
}

sealed class SerializationFailure(ErrorCode code, Exception cause) : Exception(cause.Message, cause)
{
    public Error Error { get; } = new(code, $"{code.GetReason()}: {cause.Message}");
}
