using Semel.Broker.Transactions;
using Semel.Machines.Producers;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Does what the coordinators of transactions ask for, by the broker's own ways; each participant hears of its transaction's end after a while of its own. All
/// of it dies with the process.
/// </summary>
internal sealed class CarriedEffects(TransactionWorld world, TransactionBroker broker, SimulatedRandom random) : IParticipants
{
    public void CarryOut(int coordinator, IReadOnlyList<Effect> effects)
    {
        var ask = broker.Coordinators[coordinator].AskAsync;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case EndParticipants end:
                    world.Note("coordinator", end.Marker.Commit
                        ? "tell-commit" : "tell-abort", end.Marker.ProducerId.Value, end.Marker.Epoch.Value, end.Participants.Count);
                    if (world.Strikes(random, world.Plan.FailureWhileTellingOneIn))
                    {
                        _late.Add(end.Marker);
                        world.Run(() => FailAsync(broker.Coordinators[coordinator]));
                    }
                    new EndOfTransaction(end, this, ask, world.Clock, world.Logger).Tell();
                    break;
                case TakeProducerId:
                    world.Run(() => TransactionReport.BringAsync(ask, new TransactionCommand.ProducerIdTaken(world.Topics.NewProducerId()), world.Clock));
                    break;
                case LookForConnections:
                    world.Run(() => ask(new TransactionCommand.ForgetExpired(broker.Connections.ToHashSet())));
                    break;
                case TransactionNotice notice:
                    world.Note("coordinator", $"{notice.Event}", notice.ProducerId.Value, notice.Epoch.Value, notice.OpenMs);
                    world.Oracle.Noticed(notice);
                    break;
            }
        }
    }

    // Of coordinators that will have been folded anew when their participants are told.
    readonly HashSet<EndMarker> _late = [];

    /// <summary>The coordinator's log fails with what somebody else asks for just then.</summary>
    async Task FailAsync(SimulatedSequencer<TransactionCommand, TransactionReply, TransactionView> coordinator)
    {
        await broker.WaitAsync(random.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(20)));
        world.FailNext(coordinator.Name);
        await coordinator.AskAsync(new TransactionCommand.InitProducerId(new TransactionalId("somebody-else"), 1000, ProducerId.None,
            ProducerEpoch.None) { NewProducerId = world.Topics.NewProducerId() });
    }

    // Whoever was to be told by a process that is gone is not told.
    public async Task<ErrorCode> EndAsync(Participant participant, EndMarker marker)
    {
        await broker.WaitAsync(random.Between(TimeSpan.Zero, world.Plan.EffectDelay));
        if (_late.Contains(marker)) await broker.WaitAsync(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        await broker.MayBeSlowAsync(random);
        if (marker.TransactionVersion >= TransactionOptions.RaisingVersion && world.Strikes(random, world.Plan.RepeatedMarkerOneIn))
            world.Run(() => RepeatAsync(participant, marker));
        var error = await broker.EndAsync(participant, marker);
        if (error != ErrorCode.None) world.Note($"{participant.Topic}-{participant.Partition}", $"marker-{error}", marker.ProducerId.Value, marker.Epoch.Value);
        await broker.WaitAsync(random.Between(TimeSpan.Zero, world.Plan.EffectDelay));
        return error;
    }

    async Task RepeatAsync(Participant participant, EndMarker marker)
    {
        await broker.WaitAsync(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        var error = await broker.EndAsync(participant, marker);
        world.Note($"{participant.Topic}-{participant.Partition}", $"repeated-marker-{error}", marker.ProducerId.Value, marker.Epoch.Value);
    }
}
