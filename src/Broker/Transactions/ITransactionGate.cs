using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>What those who write on behalf of a transaction ask of its coordinator. Thread safe.</summary>
internal interface ITransactionGate
{
    /// <summary>How long those wait who add participants while the transaction before is being ended.</summary>
    AdmissionPatience Patience => AdmissionPatience.Default;

    /// <summary>Whether the transaction may write to these participants: it completes when the coordinator knows so durably.</summary>
    /// <param name="add">They are added to the transaction, which begins with the first (KIP-890); else they have to be in it already.</param>
    /// <param name="connectionOrdinal">Of the connection that writes; 0 when there is none.</param>
    /// <returns>The coordinator's code for each of them, as the coordinator says it: what a client is told depends on its request.</returns>
    ValueTask<IReadOnlyList<ErrorCode>> AdmitAsync(TransactionalId id, ProducerId producerId, ProducerEpoch epoch, IReadOnlyList<Participant> participants, bool add, long connectionOrdinal);

    /// <summary>Aborts the whole open transaction of whoever has this producer id and epoch, and completes when its end is decided (R-AA).</summary>
    /// <returns>
    /// INVALID_PRODUCER_ID_MAPPING when, for certain, no coordinator knows such a transaction: neither as open nor as one whose end is decided and not told everywhere, which is
    /// CONCURRENT_TRANSACTIONS. Whoever gets it ends the transaction in a partition by itself. INVALID_TXN_STATE when it is open and a part of it was to be committed, or ended
    /// by a higher epoch.
    /// </returns>
    ValueTask<ErrorCode> EndOwnerAsync(ProducerId producerId, ProducerEpoch epoch, bool commit = false);
}
