using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;
using ClientState = Semel.Client.TransactionState;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// The transactional producer of the client, its own machine and nothing beside it, in virtual time: carries out what the machine wants, and tells it what
/// has come of that.
/// </summary>
internal sealed class ClientMachine
{
    static readonly TimeSpan LeastWait = TimeSpan.FromMicroseconds(10);

    readonly TransactionWorld _world;
    readonly ClientLink _records, _coordinator;
    readonly ClientRequests _requests;
    readonly ProducerMachine _machine;
    readonly Dictionary<long, TaskCompletionSource<CallEnd>> _calls = [];
    readonly HashSet<string> _lookedUp = [];
    TimeSpan? _wakesAt;
    long _call;
    bool _isTurning;

    public ClientMachine(ClientLink records, ClientLink coordinator, TransactionDoor door, TransactionalId id, bool secondProtocol)
    {
        (_world, _records, _coordinator) = (records.World, records, coordinator);
        _requests = new ClientRequests(records, coordinator, door, id);
        var options = ProducerConfigRules.Apply(
        [
            new("bootstrap.servers", "b:1"), new("transactional.id", id.Value), new("linger.ms", "2"), new("request.timeout.ms", "1200"),
            new("transaction.timeout.ms", $"{TransactionPlan.TransactionTimeout.TotalMilliseconds:0}"), new("delivery.timeout.ms", "2500"),
        ]);
        _machine = new ProducerMachine(options, records.Random.Next(), fault: _world.Fault.InClient());
        Take(new FeaturesSeen(1, secondProtocol ? (short)2 : (short)1));
        foreach (var topic in (ReadOnlySpan<string>)[SimulatedTopics.Input, SimulatedTopics.Output]) Take(_requests.Seen(topic));
    }

    public ClientState State => _machine.Transaction!.State;
    public ProducerIdentity Identity => _machine.Identity;

    /// <summary>The machine's number of the transaction that takes no more records because its time is nearly over.</summary>
    public long Refused { get; private set; }

    /// <summary>The one that is open, as the oracle knows it.</summary>
    public SimulatedTransaction? Transaction { get; set; }

    /// <summary>An application's call, until it has its end.</summary>
    public Task<CallEnd> CallAsync(Func<TransactionCall, ProducerInput> call, TimeSpan within)
    {
        var ended = new TaskCompletionSource<CallEnd>();
        _calls.Add(++_call, ended);
        Take(call(new TransactionCall(_call, _world.Clock.Now + within)));
        return ended.Task;
    }

    public void Write(TopicPartition partition, IReadOnlyList<SimulatedRecord> records)
    {
        var batch = new ClientBatch(partition, _world.Clock.Now, records);
        Take(new BatchOpened(batch));
        Take(new BatchSealed(batch, records.Count, 100));
    }

    public void Take(ProducerInput input)
    {
        if (_records.IsDead) return;
        var before = _machine.Identity;
        _machine.Take(input, _world.Clock.Now);
        if (_machine.Identity != before && !_machine.Identity.IsNone)
            _world.Oracle.Given(_records.Name, _machine.Identity.Id, _machine.Identity.Epoch);
        Turn();
    }

    void Turn()
    {
        // What is told while effects are carried out is in the machine, and the turn that goes on sees it.
        if (_isTurning) return;
        _isTurning = true;
        _machine.Advance(_world.Clock.Now);
        while (_machine.TakeEffects() is { Count: > 0 } effects)
        {
            foreach (var effect in effects) Perform(effect);
            _machine.Advance(_world.Clock.Now);
        }
        _isTurning = false;
        WakeLater();
    }

    void WakeLater()
    {
        if (_machine.NextDeadline is not { } deadline) return;
        var moment = deadline > _world.Clock.Now ? deadline : _world.Clock.Now + LeastWait;
        if (_wakesAt is { } earlier && earlier <= moment) return;
        _wakesAt = moment;
        _world.Clock.At(moment, () =>
        {
            if (_wakesAt == moment) _wakesAt = null;
            if (!_records.IsDead) Turn();
        });
    }

    void Perform(ProducerEffect effect)
    {
        switch (effect)
        {
            case SendProduce send:
                Begun();
                _world.Run(async () => Take(await _requests.SendAsync(send)));
                break;
            case AskCoordinator ask:
                if (ask.Request is AddPartitionsRequest) Begun();
                if (ask.Request is EndTransactionRequest end) Ending(end);
                _world.Run(async () => Take(await _requests.AskAsync(ask, Transaction)));
                break;
            case RefreshMetadata refresh when _lookedUp.Add(refresh.Topic):
                _world.Run(async () =>
                {
                    var seen = await _requests.LookUpAsync(refresh.Topic);
                    _lookedUp.Remove(refresh.Topic);
                    Take(seen);
                });
                break;
            // It was given to its connection at once.
            case WithdrawRequest withdraw: _machine.Take(new RequestBegun(withdraw.RequestId), _world.Clock.Now); break;
            case SealBatch seal: _machine.Take(new BatchSealed(seal.Batch, ((ClientBatch)seal.Batch).Records.Count, 100), _world.Clock.Now); break;
            case RefuseRecords refuse: Refused = refuse.Transaction; break;
            case CompleteBatch { Verdict.Error: { } error }: _world.Note(_records.Name, $"client-record-{error.Code}"); break;
            case MoveTransaction move: _world.Note(_records.Name, $"client-{move.State}", move.Transaction); break;
            case EndCall told when _calls.Remove(told.Call, out var call): _world.Clock.After(TimeSpan.Zero, () => call.SetResult(told.End)); break;
            case ReplaceBatch or RequestProducerId: _world.Fail($"the client wants {effect.GetType().Name}, for which there is no reason"); break;
        }
    }

    void Begun()
    {
        if (Transaction is { } transaction) transaction.BegunAt ??= _world.Clock.Now;
    }

    void Ending(EndTransactionRequest end)
    {
        if (Transaction is not { } transaction) return;
        transaction.IsEnding = true;
        if (end.IsCommit) TransactionOracle.Committing(transaction);
    }

    public void Die()
    {
        _records.Die();
        _coordinator.Die();
    }
}
