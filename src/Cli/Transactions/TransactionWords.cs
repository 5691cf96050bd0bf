namespace Semel.Cli.Transactions;

/// <summary>The states of a transactional id in Kafka's words.</summary>
static class TransactionWords
{
    /// <summary>In the order of the numbers that the coordinator's records have for them.</summary>
    public static readonly IReadOnlyList<string> States = ["Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence"];
}
