using Semel.Machines.Producers;

namespace Semel.Machines.Partition;

/// <summary>What readers may know of a partition at one moment. Never changes.</summary>
/// <param name="LogStartOffset">The first offset kept.</param>
/// <param name="LastStableOffset">Below it every transaction is decided: the bound of read_committed.</param>
/// <param name="HighWatermark">Below it records are durable: the bound of read_uncommitted.</param>
public sealed record PartitionView(long LogStartOffset, long LastStableOffset, long HighWatermark) : IReadView
{
    public static readonly PartitionView Empty = new(0, 0, 0);

    /// <summary>Whose next batch needs nobody's consent. The same object as before when none opened or ended since.</summary>
    public OpenTransactions OpenTransactions { get; init; } = OpenTransactions.None;

    /// <summary>What readers of committed records have to leave out. The same object as before when none was added or dropped since.</summary>
    public AbortedTransactions AbortedTransactions { get; init; } = AbortedTransactions.None;
}
