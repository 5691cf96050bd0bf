using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Consume;

/// <summary>A record as it is printed. The memory need only live until it was.</summary>
/// <param name="Timestamp">Milliseconds since 1970.</param>
public readonly record struct ShownRecord(string Topic, int Partition, long Offset, long Timestamp, TimestampType TimestampType,
    ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, IReadOnlyList<RecordHeader> Headers);
