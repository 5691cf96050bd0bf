using Microsoft.Extensions.Logging;
using Semel.Broker.Topics;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// Asks who owns a transaction that has been open in a partition for longer than any may be, and aborts it there when, for certain, nobody does. Whatever keeps it from that, it is
/// asked again later. Thread safe.
/// </summary>
internal sealed class HangingTransactions(ITransactionGate gate, ILogger logger)
{
    /// <summary>Never throws, and completes when everything was tried.</summary>
    public async Task LookAtAsync(Partition partition, AskAboutTransaction hanging)
    {
        // The partition's turn goes on meanwhile.
        await Task.Yield();
        try
        {
            var owner = await gate.EndOwnerAsync(hanging.ProducerId, hanging.Epoch);
            if (owner != ErrorCode.InvalidProducerIdMapping) return;
            var marker = new EndMarker(hanging.ProducerId, hanging.Epoch, Commit: false, Math.Max(0, hanging.CoordinatorEpoch), TransactionVersion: 0);
            var ended = await partition.EndTransactionAsync(marker);
            if (ended == ErrorCode.None) Broker.Log.HangingTransactionAborted(logger, partition.Name, hanging.ProducerId, hanging.Epoch);
            else Broker.Log.HangingTransactionStays(logger, partition.Name, hanging.ProducerId, hanging.Epoch, ended);
        }
        catch (Exception exception)
        {
            Broker.Log.AdmissionFailed(logger, exception);
        }
    }
}
