using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// Asks a coordinator again for a while when a transaction that adds participants meets the end of the one before it, which takes some milliseconds: a client would wait longer
/// (add.partitions.to.txn.retry.backoff.ms and add.partitions.to.txn.retry.backoff.max.ms).
/// </summary>
internal static class PatientAdmission
{
    /// <inheritdoc cref="ITransactionGate.AdmitAsync"/>
    public static async ValueTask<IReadOnlyList<ErrorCode>> AdmitPatientlyAsync(this ITransactionGate gate, TransactionalId id, ProducerId producerId, ProducerEpoch epoch,
        IReadOnlyList<Participant> participants, bool add, long connectionOrdinal, TimeProvider time)
    {
        var (pause, longest) = gate.Patience;
        var begun = time.GetTimestamp();
        while (true)
        {
            var codes = await gate.AdmitAsync(id, producerId, epoch, participants, add, connectionOrdinal);
            if (!add || !codes.Contains(ErrorCode.ConcurrentTransactions) || time.GetElapsedTime(begun) + pause > longest) return codes;
            await Task.Delay(pause, time);
        }
    }
}
