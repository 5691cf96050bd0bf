namespace Semel.Cli.Demo.Transactions;

/// <summary>How often what was done to the job, the broker and the network between them.</summary>
/// <param name="AnswersLost">Answers to EndTxn that the job did not get.</param>
/// <param name="RequestsLost">Requests of EndTxn that the broker did not get.</param>
public readonly record struct TransactionFaults(int AnswersLost, int RequestsLost, int JobsKilled, int BrokersKilled);

/// <summary>What a run came to.</summary>
/// <param name="OffsetsApart">Looks at which the group's position was not behind the inputs whose results are committed.</param>
/// <param name="ZombiesTaken">Commits of an instance that had been replaced, and that were carried out.</param>
public sealed record TransactionOutcome(long Inputs, int Transactions, int CommittedTransactions, int AbortedTransactions, TransactionAccount Committed,
    TransactionAccount Uncommitted, long OffsetsApart,
    TransactionFaults Faults, int ZombiesRefused, int ZombiesTaken, TimeSpan Elapsed)
{
    /// <summary>What this demonstration says must hold.</summary>
    public bool IsExact => Committed.IsExact && Committed.Once == Inputs && OffsetsApart == 0 && ZombiesTaken == 0;
}
