namespace Semel.Protocol;

/// <summary>Who writes: a non-negative 64-bit id, unique in a cluster for ever (KIP-98). -1 means none.</summary>
public readonly record struct ProducerId(long Value) : IComparable<ProducerId>
{
    public static readonly ProducerId None = new(-1);
    public bool IsNone => Value < 0;
    public int CompareTo(ProducerId other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString();
}

/// <summary>Which incarnation of a producer writes: 0 to 32767; an older epoch is fenced (KIP-98). -1 means none.</summary>
public readonly record struct ProducerEpoch(short Value) : IComparable<ProducerEpoch>
{
    public static readonly ProducerEpoch None = new(-1);
    public bool IsNone => Value < 0;
    public int CompareTo(ProducerEpoch other) => Value.CompareTo(other.Value);
    public static bool operator <(ProducerEpoch left, ProducerEpoch right) => left.Value < right.Value;
    public static bool operator >(ProducerEpoch left, ProducerEpoch right) => left.Value > right.Value;
    public override string ToString() => Value.ToString();
}

/// <summary>The application's stable name across producer incarnations (KIP-98). Never null; "no transactional id" is a null of this type.</summary>
public readonly record struct TransactionalId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>The name of a consumer group.</summary>
public readonly record struct GroupId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A broker's number within its cluster. -1 means none.</summary>
public readonly record struct NodeId(int Value)
{
    public static readonly NodeId None = new(-1);
    public override string ToString() => Value.ToString();
}

/// <summary>The identity of one incarnation of a topic (KIP-516): a topic that is deleted and created again has another. All zero means none.</summary>
public readonly record struct TopicId(Guid Value)
{
    public static readonly TopicId None = new(Guid.Empty);
    public bool IsNone => Value == Guid.Empty;

    /// <summary>22 characters of URL-safe base64 over the big-endian bytes, as Kafka's own tools print it.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }
}
