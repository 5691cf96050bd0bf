using Semel.Client.Producing;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// The state as callers see it, and whether records may still go into their transaction. Records of a transaction are those of one generation of the
/// admission: each gets it in the same step in which it is accepted, so none can slide into the next transaction. Changed by the machine's loop only, read by
/// any thread.
/// </summary>
/// <param name="post">The way to the machine.</param>
internal sealed class TransactionStanding(Admission admission, Action<ProducerInput> post)
{
    /// <summary>One picture.</summary>
    sealed record Picture(TransactionState State, long Transaction, TransactionFailure? Cause, TransactionFailure? TooLong);

    Picture _picture = new(TransactionState.Uninitialized, 0, null, null);
    OpenGeneration? _open;

    public TransactionState State => Volatile.Read(ref _picture).State;
    /// <summary>The open transaction, or the last one; 0 before the first.</summary>
    public long Transaction => Volatile.Read(ref _picture).Transaction;

    /// <returns>Null when it is not the last transaction.</returns>
    public OpenGeneration? Find(long transaction) => Volatile.Read(ref _open) is { } open && open.Number == transaction ? open : null;

    public void Take(MoveTransaction move)
    {
        Volatile.Write(ref _picture, new Picture(move.State, move.Transaction, move.Cause, null));
        if (move.State == TransactionState.InTransaction) Begin(move.Transaction);
        else if (move.State is TransactionState.Abortable or TransactionState.Fenced or TransactionState.Fatal) Find(move.Transaction)?.Generation.Refuse(_ =>
            Refuse(move.Transaction));
    }

    void Begin(long transaction)
    {
        var generation = admission.Current;
        // A record that was taken from its caller and never came to a batch is one that the machine knows nothing of.
        generation.Failed = failure => post(new TransactionDoomed(transaction,
            new TransactionFailure(failure.Error with { Reason = $"a record of the transaction was not delivered: {failure.Error.Reason}" },
                ErrorClass.Abortable, CauseClass: failure.Class)));
        Volatile.Write(ref _open, new OpenGeneration(transaction, generation));
    }

    /// <summary>The transaction has been open for too long: a record that is brought all the same makes it abortable.</summary>
    public void Take(RefuseRecords refuse)
    {
        Volatile.Write(ref _picture, Volatile.Read(ref _picture) with { TooLong = refuse.Reason });
        Find(refuse.Transaction)?.Generation.Refuse(_ => Refuse(refuse.Transaction));
    }

    /// <summary>Why a record is refused: what its transaction failed with, or that it came at the wrong time.</summary>
    public Exception Refuse(long transaction)
    {
        var picture = Volatile.Read(ref _picture);
        var isLast = transaction == picture.Transaction;
        if (isLast && picture is { State: TransactionState.InTransaction, TooLong: { } tooLong })
        {
            post(new TransactionDoomed(transaction, tooLong));
            return TransactionFailures.Exception(tooLong);
        }
        if (picture.Cause is { } cause && (isLast
            || picture.State is TransactionState.Fenced or TransactionState.Fatal)) return TransactionFailures.Exception(cause);
        return new InvalidOperationException(isLast && picture.State == TransactionState.InTransaction
            ? "the transaction takes no records any more: CommitAsync or AbortAsync was called."
            : $"the transaction takes no records any more: the producer is {picture.State}. {TransactionFailures.Remedy(picture.State)}");
    }
}
