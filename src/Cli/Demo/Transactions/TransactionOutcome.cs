namespace Semel.Cli.Demo.Transactions;

/// <summary>What a run came to.</summary>
/// <param name="OffsetsApart">Looks at which the group's position was not that of the newest committed transaction.</param>
/// <param name="HeldAnswered">How often the broker carried out an EndTxn that arrived in the next transaction.</param>
/// <param name="ZombiesTaken">Requests of a fenced producer that the broker took.</param>
public sealed record TransactionOutcome(int Transactions, int CommittedTransactions, int AbortedTransactions, TransactionAccount Committed, TransactionAccount Uncommitted, long OffsetsApart, int AnswersLost,
    int EndsHeld, int HeldAnswered, int ZombiesRefused, int ZombiesTaken, int Crashes, TimeSpan Elapsed)
{
    /// <summary>What this demonstration says must hold.</summary>
    public bool IsExact => Committed.IsExact && OffsetsApart == 0 && HeldAnswered == 0 && ZombiesTaken == 0;
}
