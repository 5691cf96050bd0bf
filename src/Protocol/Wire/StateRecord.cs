namespace Semel.Protocol.Wire;

/// <summary>
/// A record of a state log as <see cref="StateLog.Read"/> found it. Whoever asks looks at the type of <see cref="Key"/>, and at <see cref="Value"/> for
/// null: that is a tombstone. Byte fields of both are slices of the bytes that were read.
/// </summary>
/// <param name="Type">The number that the key begins with.</param>
/// <param name="Kind">Null when the number is none that this program knows: then key and value are null as well.</param>
/// <param name="IsTombstone">Whether the record has no value: what its key names is gone.</param>
/// <param name="ValueVersion">The version that the value was written in; -1 for a tombstone and for an unknown kind.</param>
public sealed record StateRecord(short Type, StateRecordKind? Kind, IJsonMessage? Key, IJsonMessage? Value, bool IsTombstone, short ValueVersion)
{
    /// <summary>The bytes of a record's key and value, the value in its newest version.</summary>
    public static (byte[] Key, byte[] Value) ToBytes<TKey, TValue>(TKey key, TValue value)
        where TKey : IStateKey<TValue> where TValue : class, IVersionedData, new() =>
        ToBytes(key, value, TValue.Versions.Highest);

    /// <exception cref="InvalidOperationException">The value says something that the version cannot say.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value does not have the version.</exception>
    public static (byte[] Key, byte[] Value) ToBytes<TKey, TValue>(TKey key, TValue value, short version)
        where TKey : IStateKey<TValue> where TValue : class, IVersionedData, new()
    {
        using var writer = new WireWriter(128);
        Write(writer, key);
        var keyBytes = writer.ToArray();
        writer.Reset();
        VersionedData.Write(writer, value, version);
        return (keyBytes, writer.ToArray());
    }

    /// <summary>The bytes of a key: of a tombstone nothing else is written.</summary>
    public static byte[] KeyBytes<TKey>(TKey key) where TKey : IStateKey
    {
        using var writer = new WireWriter(128);
        Write(writer, key);
        return writer.ToArray();
    }

    static void Write<TKey>(WireWriter writer, TKey key) where TKey : IStateKey
    {
        writer.WriteInt16(TKey.RecordType);
        key.Write(writer, TKey.Versions.Highest);
    }
}
