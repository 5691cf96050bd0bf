using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming;

internal enum EndingKind
{
    /// <summary>More follows, or will.</summary>
    None,
    /// <summary>The end of the partition is reached, and the application wants to know.</summary>
    AtEnd,
    /// <summary>The offset behind the records is not in the log.</summary>
    OutOfRange,
    /// <summary>What follows the records is damaged.</summary>
    Damaged,
    /// <summary>What follows can never be read.</summary>
    Fault,
}

/// <summary>What happens when the records before it have been handed out: so that nothing overtakes a record that was already fetched.</summary>
internal readonly record struct ChunkEnding(EndingKind Kind)
{
    public static readonly ChunkEnding None = default;
    public static readonly ChunkEnding AtEnd = new(EndingKind.AtEnd);
    public static readonly ChunkEnding OutOfRange = new(EndingKind.OutOfRange);
    public static ChunkEnding Damaged(long offset, string reason) => new(EndingKind.Damaged) { Offset = offset, Reason = reason };
    public static ChunkEnding Of(PartitionFault fault) => new(EndingKind.Fault) { Offset = fault.From, Reason = fault.Reason, Fault = fault };

    public long Offset { get; private init; }
    public string? Reason { get; private init; }
    public PartitionFault? Fault { get; private init; }
}
