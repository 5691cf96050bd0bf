namespace Semel.Protocol.Records;

/// <summary>A header of a record: a name, which may occur more than once, and a value, which may be null.</summary>
public readonly record struct RecordHeader(string Key, ReadOnlyMemory<byte>? Value);
