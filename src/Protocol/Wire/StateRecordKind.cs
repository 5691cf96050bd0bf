namespace Semel.Protocol.Wire;

/// <summary>One kind of record in a state log: its number, its name, and what its key and value are. Immutable.</summary>
public sealed class StateRecordKind
{
    readonly Func<IJsonMessage> _newKey;
    readonly Func<IJsonMessage> _newValue;

    StateRecordKind(short type, string name, short keyVersion, VersionRange valueVersions, Func<IJsonMessage> newKey, Func<IJsonMessage> newValue) =>
        (Type, Name, KeyVersion, ValueVersions, _newKey, _newValue) = (type, name, keyVersion, valueVersions, newKey, newValue);

    internal static StateRecordKind Of<TKey, TValue>(string name) where TKey : IStateKey<TValue>, new() where TValue : class, IVersionedData, new() =>
        new(TKey.RecordType, name, TKey.Versions.Highest, TValue.Versions, static () => new TKey(), static () => new TValue());

    /// <summary>The number that the key's bytes begin with.</summary>
    public short Type { get; }

    /// <summary>Kafka's name, without "Key" or "Value".</summary>
    public string Name { get; }

    public VersionRange ValueVersions { get; }

    internal short KeyVersion { get; }
    internal IJsonMessage NewKey() => _newKey();
    internal IJsonMessage NewValue() => _newValue();
}
