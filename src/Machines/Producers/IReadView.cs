namespace Semel.Machines.Producers;

/// <summary>What readers of a log may know at one moment, whatever machine is folded from it. Never changes.</summary>
public interface IReadView
{
    /// <summary>The first offset kept.</summary>
    long LogStartOffset { get; }

    /// <summary>Below it every transaction is decided: the bound of read_committed.</summary>
    long LastStableOffset { get; }

    /// <summary>Below it records are durable: the bound of read_uncommitted.</summary>
    long HighWatermark { get; }

    /// <summary>What readers of committed records have to leave out.</summary>
    AbortedTransactions AbortedTransactions { get; }
}
