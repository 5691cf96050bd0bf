namespace Semel.Client;

/// <summary>Where a transactional producer stands. Each says which calls are allowed; every other call throws and changes nothing.</summary>
public enum TransactionState
{
    /// <summary>Nothing was asked of the coordinator yet, or not successfully. Allowed: InitTransactionsAsync.</summary>
    Uninitialized,
    /// <summary>The transactional id is being claimed. Allowed: InitTransactionsAsync, which joins.</summary>
    Initializing,
    /// <summary>No transaction is open. Allowed: BeginTransactionAsync.</summary>
    Ready,
    /// <summary>A transaction is open. Allowed: records, SendOffsetsAsync, CommitAsync, AbortAsync.</summary>
    InTransaction,
    /// <summary>Something of the transaction failed, so it can only be aborted. Allowed: AbortAsync; every other call throws what failed.</summary>
    Abortable,
    /// <summary>Records are waited for, or the commit's answer. Allowed: CommitAsync, which joins.</summary>
    Committing,
    /// <summary>The abort is under way. Allowed: AbortAsync, which joins.</summary>
    Aborting,
    /// <summary>The end was sent and is not answered. Allowed: the same call again, and ResolveAsync.</summary>
    Unresolved,
    /// <summary>
    /// The transaction has ended, and the producer's epoch is being raised, so that nothing late of it can do harm. Allowed: BeginTransactionAsync, which
    /// waits.
    /// </summary>
    Rebumping,
    /// <summary>Another instance has the transactional id, or the transaction timed out. Dispose of the producer.</summary>
    Fenced,
    /// <summary>The producer cannot go on. Dispose of it.</summary>
    Fatal,
}

/// <summary>How a transaction ended.</summary>
public enum TransactionOutcome
{
    /// <summary>All of it is visible to readers of committed records, or about to be.</summary>
    Committed,
    /// <summary>None of it ever will be.</summary>
    Aborted,
    /// <summary>It cannot be told: the transaction committed no offsets that could tell afterwards, and there is no transaction.witness.group.</summary>
    Unknown,
}
