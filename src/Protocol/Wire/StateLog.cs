namespace Semel.Protocol.Wire;

/// <summary>A log of Kafka's own in which a coordinator keeps its state: which records may be in it, and how they are read. Immutable.</summary>
public sealed class StateLog
{
    internal StateLog(string topic, params IReadOnlyList<StateRecordKind> kinds) => (Topic, Kinds) = (topic, kinds);

    /// <summary>The internal topic's name.</summary>
    public string Topic { get; }

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<StateRecordKind> Kinds { get; }

    /// <summary>Null when the number is that of no kind.</summary>
    public StateRecordKind? Find(short type)
    {
        foreach (var kind in Kinds)
            if (kind.Type == type) return kind;
        return null;
    }

    /// <summary>
    /// Reads what <see cref="StateRecord.ToBytes{TKey,TValue}(TKey,TValue)"/> wrote, or Kafka. A kind that is not known is told as such: a newer program may have
    /// written it, and Kafka passes over it too.
    /// </summary>
    /// <param name="value">Null for a tombstone.</param>
    /// <exception cref="WireFormatException">The bytes are not the record that the key says, or its value has a version that a newer program wrote.</exception>
    public StateRecord Read(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value)
    {
        var reader = new WireReader(key);
        var type = reader.ReadInt16();
        if (Find(type) is not { } kind) return new(type, null, null, null, value is null, -1);
        var readKey = kind.NewKey();
        readKey.Read(ref reader, kind.KeyVersion);
        reader.RequireEnd($"the key of {kind.Name}");
        if (value is not { } bytes) return new(type, kind, readKey, null, true, -1);
        reader = new(bytes);
        var version = reader.ReadInt16();
        if (!kind.ValueVersions.Contains(version))
            throw new WireFormatException($"a {kind.Name} in version {version}; this program knows {kind.ValueVersions}");
        var readValue = kind.NewValue();
        readValue.Read(ref reader, version);
        reader.RequireEnd($"the value of {kind.Name}");
        return new(type, kind, readKey, readValue, false, version);
    }
}
