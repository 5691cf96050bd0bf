using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

/// <summary>Whether a transaction may be committed in place of its owner: it is still the one that was meant, and nobody has decided otherwise. Pure.</summary>
static class CommitRule
{
    /// <returns>Why not, a sentence without a full stop; null when it may.</returns>
    public static string? Refusal(TransactionDescription told, ProducerId producerId, ProducerEpoch epoch)
    {
        // A transaction that ends may raise the epoch with it: the state says what became of it.
        if ((told.ProducerId, told.ProducerEpoch) != (producerId, epoch))
            return $"'{told.TransactionalId}' belongs to producer {told.ProducerId} epoch {told.ProducerEpoch} ({told.State}), not to producer {producerId} epoch {epoch}: it is not the transaction that was meant";
        return told.State switch
        {
            "Ongoing" => null,
            "PrepareCommit" => $"the transaction of '{told.TransactionalId}' is being committed already",
            "CompleteCommit" => $"the transaction of '{told.TransactionalId}' has been committed already",
            "PrepareAbort" or "PrepareEpochFence" => $"the transaction of '{told.TransactionalId}' is being aborted: it cannot be committed any more",
            "CompleteAbort" => $"the transaction of '{told.TransactionalId}' has been aborted: it cannot be committed any more",
            "Empty" => $"'{told.TransactionalId}' has no transaction",
            var state => $"'{told.TransactionalId}' is in the state {state}, in which nothing can be committed",
        };
    }
}
