namespace Semel.Cli.Demo.Transactions;

/// <summary>What happens to one transaction of the demonstration, or to one and its successor.</summary>
public enum TransactionScript
{
    Commit,
    Abort,
    /// <summary>The answer to EndTxn is lost, and the producer asks again on another connection.</summary>
    CommitAnswerLost,
    AbortAnswerLost,
    /// <summary>An EndTxn (commit) is held up on its way; its producer asks again elsewhere, is answered, and begins the next transaction, in the middle of which the held one arrives. That next one is aborted.</summary>
    HeldEndInTheNext,
    /// <summary>A second producer of the same transactional id takes over in the middle; the first one wakes up, writes on and commits.</summary>
    ZombieWakesUp,
    /// <summary>SIGKILL before the end was asked for.</summary>
    KilledBeforeTheEnd,
    /// <summary>SIGKILL right after the end was asked for.</summary>
    KilledAtTheEnd,
}

/// <summary>By which protocol a producer speaks.</summary>
public enum TransactionProtocol
{
    /// <summary>Of KIP-98, as librdkafka and most clients still do: partitions are added by the client, the epoch stays.</summary>
    Old,
    /// <summary>Of KIP-890, as Java 4: partitions are added by their leader, each transaction has an epoch of its own.</summary>
    New,
}
