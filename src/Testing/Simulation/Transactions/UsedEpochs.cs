using Semel.Log;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>Gives every transactional id a past: the epochs of its producer id are nearly used up, as they are after some thirty thousand
/// transactions.</summary>
internal sealed class UsedEpochs(TransactionWorld world, TransactionBroker broker)
{
    const short Left = 5;

    public void Write()
    {
        for (var slot = 0; slot < world.Plan.Slots.Count; slot++) Write(new TransactionalId($"id-{slot}"), slot);
    }

    void Write(TransactionalId id, int slot)
    {
        using var log = world.Store.OpenOrCreate(broker.CoordinatorOf(id).Name, new LogOptions());
        var (batches, output) = (new TransactionBatches(PlantedFault.None), new TurnOutput<TransactionReply>());
        batches.Put(id, new TransactionFacts
        {
            State = TransactionState.Empty,
            ProducerId = world.Topics.NewProducerId(),
            Epoch = new ProducerEpoch((short)(EpochRule.LastGiven - Left - slot)),
            PreviousProducerId = ProducerId.None,
            NextProducerId = ProducerId.None,
            LastEpoch = ProducerEpoch.None,
            TimeoutMs = (int)TransactionPlan.TransactionTimeout.TotalMilliseconds,
            Participants = ParticipantSet.Empty,
            StartMs = -1,
            UpdatedMs = world.Clock.Wall.UnixMilliseconds,
        });
        var end = log.Bounds.EndOffset;
        batches.Close(end, world.Clock.Wall, output);
        log.AppendAsync(output.Appends, end).GetAwaiter().GetResult();
    }
}
