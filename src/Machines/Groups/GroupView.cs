using Semel.Machines.Producers;

namespace Semel.Machines.Groups;

/// <summary>What readers may know of a group coordinator's log at one moment. Never changes.</summary>
/// <param name="LogStartOffset">The first offset kept.</param>
/// <param name="LastStableOffset">Below it every transaction is decided.</param>
/// <param name="HighWatermark">Below it records are durable.</param>
public sealed record GroupView(long LogStartOffset, long LastStableOffset, long HighWatermark) : IReadView
{
    public static readonly GroupView Empty = new(0, 0, 0);

    /// <summary>Groups that there are.</summary>
    public int Groups { get; init; }
    public OpenTransactions OpenTransactions { get; init; } = OpenTransactions.None;
    public AbortedTransactions AbortedTransactions { get; init; } = AbortedTransactions.None;
}
