using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Consume;

/// <summary>A record as it is printed, where it lies: nothing of it is copied.</summary>
public readonly ref struct ShownRecord
{
    public required string Topic { get; init; }
    public required int Partition { get; init; }
    public required long Offset { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public required long Timestamp { get; init; }
    public required TimestampType TimestampType { get; init; }
    public required bool KeyIsNull { get; init; }
    public required bool ValueIsNull { get; init; }
    /// <summary>Empty when the key is null.</summary>
    public ReadOnlySpan<byte> Key { get; init; }
    /// <summary>Empty when the value is null.</summary>
    public ReadOnlySpan<byte> Value { get; init; }
    public required IReadOnlyList<RecordHeader> Headers { get; init; }
}
