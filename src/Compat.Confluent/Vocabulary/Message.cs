namespace Semel.Compat.Confluent;

/// <summary>What a record has beside its key and value.</summary>
public class MessageMetadata
{
    /// <summary>When left out, the time at which the producer took the record.</summary>
    public Timestamp Timestamp { get; set; }
    /// <summary>Null for none.</summary>
    public Headers Headers { get; set; }
}

/// <summary>A record as the application has it.</summary>
public class Message<TKey, TValue> : MessageMetadata
{
    /// <summary>Null for none.</summary>
    public TKey Key { get; set; }
    /// <summary>Null for a tombstone.</summary>
    public TValue Value { get; set; }
}

/// <summary>The type of a key or value that is always null.</summary>
public sealed class Null
{
    Null() { }
}

/// <summary>The type of a key or value that is there and not looked at.</summary>
public sealed class Ignore
{
    Ignore() { }
}

/// <summary>A record's fields were asked for and there is no record.</summary>
public class MessageNullException : NullReferenceException
{
    public MessageNullException() : base("there is no record here: the result tells the end of a partition") { }
}
