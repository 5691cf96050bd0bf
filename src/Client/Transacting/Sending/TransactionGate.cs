using Semel.Client.Producing;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// Whether a record may still go into its transaction. Asked under the lock under which the record is accepted, so that whoever shuts the gate and then passes through
/// every such lock knows that no record comes after: none can slide into the next transaction. Thread safe.
/// </summary>
/// <param name="doom">Told when a record was refused because its transaction has been open too long: then it is not what was wanted.</param>
internal sealed class TransactionGate(Action<TransactionDoomed> doom)
{
    /// <summary>What is told to whoever is refused. One picture.</summary>
    sealed record Standing(TransactionState State, long Transaction, TransactionFailure? Cause, TransactionFailure? TooLong);

    Standing _standing = new(TransactionState.Uninitialized, 0, null, null);
    // The transaction whose records are taken, and the one that still takes those that were taken from their callers before they could be accepted.
    long _open, _taking;

    public TransactionState State => Volatile.Read(ref _standing).State;
    public TransactionFailure? Cause => Volatile.Read(ref _standing).Cause;

    /// <summary>The number of the transaction whose records are taken; 0 when none are.</summary>
    public long Open => Volatile.Read(ref _open);

    /// <param name="transaction">Negative for a record that was taken from its caller before.</param>
    public bool Admits(long transaction) => transaction > 0 ? transaction == Volatile.Read(ref _open) : transaction < 0 && -transaction == Volatile.Read(ref _taking);

    /// <summary>The machine has another state. Called by its loop only.</summary>
    public void Take(MoveTransaction move)
    {
        Volatile.Write(ref _standing, new Standing(move.State, move.Transaction, move.Cause, null));
        if (move.State == TransactionState.InTransaction)
        {
            Volatile.Write(ref _taking, move.Transaction);
            Volatile.Write(ref _open, move.Transaction);
        }
        else if (move.State != TransactionState.Committing) Shut(move.Transaction);
    }

    /// <summary>The machine's loop only.</summary>
    public void Take(RefuseRecords refuse)
    {
        Volatile.Write(ref _standing, Volatile.Read(ref _standing) with { TooLong = refuse.Reason });
        Close(refuse.Transaction);
    }

    /// <summary>No record is taken any more; those that were taken before and wait are still let in.</summary>
    public void Close(long transaction) => Interlocked.CompareExchange(ref _open, 0, transaction);

    /// <summary>No record is let in any more.</summary>
    public void Shut(long transaction)
    {
        Interlocked.CompareExchange(ref _open, 0, transaction);
        Interlocked.CompareExchange(ref _taking, 0, transaction);
    }

    /// <summary>Why a record is refused: what its transaction failed with, or that the call came at the wrong time.</summary>
    public Exception Refuse(long transaction)
    {
        var (number, standing) = (Math.Abs(transaction), Volatile.Read(ref _standing));
        if (number == standing.Transaction && standing is { State: TransactionState.InTransaction, TooLong: { } tooLong })
        {
            doom(new TransactionDoomed(number, tooLong));
            return TransactionFailures.Exception(tooLong);
        }
        if (standing.Cause is { } cause && (number == standing.Transaction || standing.State is TransactionState.Fenced or TransactionState.Fatal)) return TransactionFailures.Exception(cause);
        if (number != standing.Transaction)
            return new InvalidOperationException($"the transaction has ended and takes no records any more; the producer is {standing.State}. {TransactionFailures.Remedy(standing.State)}");
        return new InvalidOperationException(standing.State == TransactionState.InTransaction
            ? "the transaction takes no records any more: CommitAsync or AbortAsync was called."
            : $"the transaction takes no records: the producer is {standing.State}. {TransactionFailures.Remedy(standing.State)}");
    }

    /// <summary>The same for a record that was taken from its caller, which learns of it by its handler.</summary>
    public ProduceException RefuseTaken(long transaction, TopicPartition partition)
    {
        var why = Refuse(transaction);
        var error = why is KafkaException known ? known.Error : new Error(LocalErrorCode.NotInTransaction, why.Message);
        return new ProduceException(error, ErrorClass.Abortable, PersistenceStatus.NotPersisted, partition);
    }
}
