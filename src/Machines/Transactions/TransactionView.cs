using Semel.Machines.Producers;

namespace Semel.Machines.Transactions;

/// <summary>What everybody may know of a coordinator's log at one moment. Never changes.</summary>
/// <param name="LogStartOffset">The first offset kept.</param>
/// <param name="HighWatermark">Below it records are durable.</param>
/// <param name="TransactionalIds">How many are remembered.</param>
/// <param name="Open">How many of them have a transaction that is open, or whose end is not known to all participants.</param>
public sealed record TransactionView(long LogStartOffset, long HighWatermark, int TransactionalIds, int Open) : IReadView
{
    /// <summary>Nothing in this log is of a transaction.</summary>
    public long LastStableOffset => HighWatermark;

    public AbortedTransactions AbortedTransactions => AbortedTransactions.None;
}
