using Semel.Compat.Confluent.SyncOverAsync;

namespace Semel.Compat.Confluent;

/// <summary>How one part of a record is read.</summary>
sealed class Deserialization<T>(IDeserializer<T> deserializer, Action dispose)
{
    public IDeserializer<T> Deserializer => deserializer;

    /// <summary>Out of what the builder was given; the type's own when that is nothing.</summary>
    public static Deserialization<T> Of(IDeserializer<T> given, IDeserializerBuilder<T> builder, IAsyncDeserializerBuilder<T> asyncBuilder,
        MessageComponentType component, RunningClient client)
    {
        Task<string> ClusterId() => Task.Run(() => client.ClusterId(TimeSpan.FromSeconds(30)));
        var isKey = component == MessageComponentType.Key;
        if (asyncBuilder?.Build(client.Config, isKey) is { } awaited)
        {
            awaited.SetClusterIdResolver(ClusterId);
            return new Deserialization<T>(awaited.AsSyncOverAsync(), awaited.DisposeOwnedResources);
        }
        var deserializer = given ?? builder?.Build(client.Config, isKey) ?? Deserializers.Default<T>()
            ?? throw new InvalidOperationException($"there is no deserializer for a {component.ToString().ToLowerInvariant()} of type {typeof(T).Name}: give one with Set{component}Deserializer");
        deserializer.SetClusterIdResolver(ClusterId);
        return new Deserialization<T>(deserializer, builder is null ? () => { } : deserializer.DisposeOwnedResources);
    }

    public void Dispose() => dispose();
}
