namespace Semel.Protocol.Wire;

/// <summary>A key in a log of Kafka's own. Its bytes begin with the record's number within that log.</summary>
public interface IStateKey : IJsonMessage
{
    static abstract short RecordType { get; }

    /// <summary>The one version that keys have: two keys are the same when their bytes are.</summary>
    static abstract VersionRange Versions { get; }
}

/// <summary>A key, and by its type parameter the value that belongs to it.</summary>
public interface IStateKey<TValue> : IStateKey where TValue : class, IVersionedData, new();
