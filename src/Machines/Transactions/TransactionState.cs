namespace Semel.Machines.Transactions;

/// <summary>Where a transactional id stands; the numbers are those of Kafka's records.</summary>
public enum TransactionState : byte
{
    /// <summary>Initialised, nothing added since.</summary>
    Empty = 0,
    /// <summary>Something takes part: whatever is written there is of this transaction.</summary>
    Ongoing = 1,
    /// <summary>It is decided that all participants commit; some may not know it yet.</summary>
    PrepareCommit = 2,
    /// <summary>It is decided that all participants abort; some may not know it yet.</summary>
    PrepareAbort = 3,
    /// <summary>All participants have committed.</summary>
    CompleteCommit = 4,
    /// <summary>All participants have aborted.</summary>
    CompleteAbort = 5,
    /// <summary>Forgotten. Never in a log, where a record without a value stands for it.</summary>
    Dead = 6,
    /// <summary>Kafka's passing state before a fencing abort. Never in a log.</summary>
    PrepareEpochFence = 7,
}

/// <summary>Which state may follow which.</summary>
public static class TransactionStates
{
    /// <summary>Decided, and not known by all participants.</summary>
    public static bool IsPrepared(this TransactionState state) => state is TransactionState.PrepareCommit or TransactionState.PrepareAbort;

    /// <summary>Nothing of the id is open: it may be initialised at once, and forgotten.</summary>
    public static bool IsAtRest(this TransactionState state) => state is TransactionState.Empty or TransactionState.CompleteCommit or TransactionState.CompleteAbort;

    /// <summary>An abort may be prepared without anything having been added: it raises the epoch and so fences what the coordinator was never told of (KIP-890).</summary>
    public static bool MayFollow(this TransactionState next, TransactionState previous) => next switch
    {
        TransactionState.Empty => previous.IsAtRest(),
        TransactionState.Ongoing => previous == TransactionState.Ongoing || previous.IsAtRest(),
        TransactionState.PrepareCommit => previous == TransactionState.Ongoing,
        TransactionState.PrepareAbort => previous == TransactionState.Ongoing || previous.IsAtRest(),
        TransactionState.CompleteCommit => previous == TransactionState.PrepareCommit,
        TransactionState.CompleteAbort => previous == TransactionState.PrepareAbort,
        TransactionState.Dead => previous.IsAtRest(),
        _ => false,
    };
}
