namespace Semel.Client;

/// <summary>The type of a key or value that is always null: records without a key are Message&lt;Null, string&gt;.</summary>
public sealed class Null
{
    Null() { }
}

/// <summary>
/// A record as the application has it. A null key means none (the partitioner chooses freely), a null value is a tombstone;
/// a type that cannot be null is never either.
/// </summary>
public readonly record struct Message<TKey, TValue>
{
    /// <summary>Null for none.</summary>
    public TKey? Key { get; init; }
    /// <summary>Null for a tombstone.</summary>
    public TValue? Value { get; init; }

    /// <summary>When left out, the time at which the producer took the record.</summary>
    public Timestamp Timestamp { get; init; }
    /// <summary>Null for none. Copied when the record is accepted.</summary>
    public Headers? Headers { get; init; }
}

/// <summary>
/// A record as bytes, for the path that allocates nothing. The bytes are copied when the record is accepted.
/// A key or value that is not set is null; one that is set to nothing is empty.
/// </summary>
public readonly ref struct RawRecord
{
    /// <summary>The partition, or null to let the partitioner choose.</summary>
    public int? Partition { get; init; }
    /// <summary>Null unless it is set.</summary>
    public ReadOnlySpan<byte> Key { get; init { field = value; HasKey = true; } }
    /// <summary>Null unless it is set.</summary>
    public ReadOnlySpan<byte> Value { get; init { field = value; HasValue = true; } }
    /// <summary>Whether the key was set, be it to nothing.</summary>
    public bool HasKey { get; private init; }
    /// <summary>Whether the value was set, be it to nothing.</summary>
    public bool HasValue { get; private init; }
    /// <summary>When left out, the time at which the producer took the record.</summary>
    public Timestamp Timestamp { get; init; }
    /// <summary>Null for none.</summary>
    public Headers? Headers { get; init; }

    internal static RawRecord Of(ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, bool hasValue, int? partition, Timestamp timestamp, Headers? headers) => new()
    {
        Key = key, HasKey = hasKey, Value = value, HasValue = hasValue, Partition = partition, Timestamp = timestamp, Headers = headers,
    };
}
