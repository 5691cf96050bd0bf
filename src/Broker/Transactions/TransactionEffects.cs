using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// Carries out what the coordinator of one log asks for, on a thread of the pool: what a turn has decided is not kept waiting by what follows from it.
/// </summary>
internal sealed class TransactionEffects(IParticipants participants, ProducerIdSource producerIds, Func<IReadOnlySet<long>> openConnections, TimeProvider time, ILogger logger)
{
    public void CarryOut(IReadOnlyList<Effect> effects, Sequencer<TransactionCommand, TransactionReply, TransactionView> coordinator) =>
        // The list is the turn's, which uses it again.
        ThreadPool.UnsafeQueueUserWorkItem(static work => work.Self.CarryOut(work.Effects, work.Coordinator), (Self: this, Effects: effects.ToArray(), Coordinator: coordinator), preferLocal: true);

    void CarryOut(Effect[] effects, Sequencer<TransactionCommand, TransactionReply, TransactionView> coordinator)
    {
        foreach (var effect in effects)
        {
            try
            {
                CarryOut(effect, coordinator);
            }
            catch (Exception exception)
            {
                Broker.Log.EffectFailed(logger, coordinator.LogName, exception);
            }
        }
    }

    void CarryOut(Effect effect, Sequencer<TransactionCommand, TransactionReply, TransactionView> coordinator)
    {
        switch (effect)
        {
            case EndParticipants end:
                BrokerMetrics.Ended(end.Marker.Commit);
                new EndOfTransaction(end, participants, coordinator.AskAsync, time, logger).Tell();
                break;
            case TakeProducerId:
                _ = GiveProducerIdAsync(coordinator);
                break;
            case LookForConnections:
                _ = coordinator.AskAsync(new TransactionCommand.ForgetExpired(openConnections()));
                break;
            case TransactionNotice notice:
                TransactionLines.Write(notice, logger);
                break;
        }
    }

    async Task GiveProducerIdAsync(Sequencer<TransactionCommand, TransactionReply, TransactionView> coordinator)
    {
        var (error, id) = await producerIds.TakeAsync();
        await TransactionReport.BringAsync(coordinator.AskAsync, new TransactionCommand.ProducerIdTaken(error == ErrorCode.None ? id : ProducerId.None), time);
    }
}
