using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Testing.Simulation;

/// <summary>
/// The client's real producing machine with everything around it simulated: an application that writes records, batches that hold them, one connection at a time.
/// </summary>
internal sealed class SimulatedProducer : ISimulatedProducer
{
    readonly ProduceWorld _world;
    readonly SimulatedBroker _broker;
    readonly int _number;
    readonly ProducerMachine _machine;
    readonly SimulatedBatch?[] _open;
    readonly int[] _written;
    readonly HashSet<long> _unwritten = [];
    SimulatedConnection? _connection;
    long _wakes;
    int _left;
    bool _isDead;

    public SimulatedProducer(ProduceWorld world, SimulatedBroker broker, int number)
    {
        (_world, _broker, _number) = (world, broker, number);
        _left = world.Plan.RecordsPerProducer;
        _open = new SimulatedBatch?[world.Plan.Partitions];
        _written = new int[world.Plan.Partitions];
        // Near enough that the first batches pass the wrap, and not always at the same distance.
        var firstSequence = world.Plan.BeginsNearWrap ? int.MaxValue - world.Random.Below(30) : 0;
        _machine = new ProducerMachine(OptionsOf(world.Plan), world.Random.Next(), firstSequence);
        WriteLater();
    }

    static ProducerOptions OptionsOf(SimulationPlan plan) => ProducerConfigRules.Apply([KeyValuePair.Create("bootstrap.servers", "simulated:9092")]) with
    {
        MaxInFlight = plan.MaxInFlight,
        Linger = plan.Linger,
        DeliveryTimeout = plan.HasShortDeliveryTimeout ? TimeSpan.FromSeconds(3) : null,
        RetryBackoff = TimeSpan.FromMilliseconds(20),
        RetryBackoffMax = TimeSpan.FromMilliseconds(300),
    };

    public bool IsDone => _isDead || (_left == 0 && !_machine.HasWork);

    /// <summary>The process ends in the middle of everything. What it has sent is on its way.</summary>
    public void Die()
    {
        _world.Note("producer-died", _number);
        _isDead = true;
        _connection?.Cut("abandoned");
        _world.Oracle.Abandoned(_number);
    }

    void WriteLater()
    {
        if (_left > 0) _world.Clock.After(_world.Random.Between(TimeSpan.Zero, _world.Plan.Pace), Write);
    }

    void Write()
    {
        if (_isDead) return;
        _left--;
        var partition = _world.Random.Below(_open.Length);
        var record = RecordNumber.Of(_number, partition, _written[partition]++);
        _world.Oracle.Submitted(record);
        if (_open[partition] is not { } batch)
        {
            batch = _open[partition] = new SimulatedBatch(new TopicPartition(SimulatedBroker.Topic, partition), _world.Clock.Now);
            _machine.Take(new BatchOpened(batch), _world.Clock.Now);
        }
        batch.Add(record, _world.Clock.Wall);
        if (batch.Records.Count == _world.Plan.RecordsPerBatch) Seal(batch);
        Advance();
        WriteLater();
    }

    void Seal(SimulatedBatch batch)
    {
        if (_open[batch.Partition.Partition] != batch) return;
        _open[batch.Partition.Partition] = null;
        _machine.Take(batch.Seal(), _world.Clock.Now);
    }

    void Take(ProducerInput input)
    {
        if (_isDead) return;
        _machine.Take(input, _world.Clock.Now);
        Advance();
    }

    void Advance()
    {
        if (_isDead) return;
        do _machine.Advance(_world.Clock.Now);
        while (CarryOut(_machine.TakeEffects()));
        if (_machine.NextDeadline is not { } deadline) return;
        var wake = ++_wakes;
        _world.Clock.At(deadline, () =>
        {
            if (wake == _wakes) Advance();
        });
    }

    /// <returns>Whether there was anything to do, after which the machine has to be asked again.</returns>
    bool CarryOut(IReadOnlyList<ProducerEffect> effects)
    {
        foreach (var effect in effects) CarryOut(effect);
        return effects.Count > 0;
    }

    void CarryOut(ProducerEffect effect)
    {
        switch (effect)
        {
            case SealBatch seal: Seal((SimulatedBatch)seal.Batch); break;
            case SendProduce send: Send(send); break;
            case WithdrawRequest withdraw: Withdraw(withdraw.RequestId); break;
            case CompleteBatch complete: _world.Oracle.Reported((SimulatedBatch)complete.Batch, complete.Verdict); break;
            case ReleaseBatch release: ((SimulatedBatch)release.Batch).Dispose(); break;
            case RequestProducerId: AskForProducerId(); break;
            case RefreshMetadata: AskForMetadata(); break;
            case Tell tell: _world.Oracle.Told(tell.Event); break;
            default: _world.Oracle.Fail($"producer {_number} does what no answer of this broker asks for: {effect}"); break;
        }
    }

    void Send(SendProduce send)
    {
        // The bytes are taken now: the machine stamps a batch again only when no attempt of it is on its way.
        var message = new ProduceMessage([.. send.Batches.Select(static stamped =>
            new ProducePart(stamped.Batch.Partition.Partition, stamped.TopicId, ((SimulatedBatch)stamped.Batch).BytesWith(stamped.Identity, stamped.BaseSequence)))]);
        _world.Note("produce", _number, send.RequestId, send.Batches[0].BaseSequence);
        if (Connection() is { } connection)
            connection.Send<ProduceReply>((broker, answer) => broker.Produce(message.Copy(), answer),
                reply => Take(new ProduceAnswered(send.RequestId, reply.Answers, TimeSpan.Zero)),
                () => Take(new RequestLost(send.RequestId, WasWritten: true, "the connection was lost")));
        else Dial(send.RequestId);
    }

    /// <summary>Nobody is there to connect to. Until that is known nothing of the request is written, and the machine may have it back.</summary>
    void Dial(long requestId)
    {
        _unwritten.Add(requestId);
        LaterIfAlive(() =>
        {
            if (_unwritten.Remove(requestId)) Take(new RequestLost(requestId, WasWritten: false, "no connection"));
        });
    }

    void Withdraw(long requestId)
    {
        var isUnwritten = _unwritten.Remove(requestId);
        _world.Note(isUnwritten ? "withdrawn" : "not-withdrawn", _number, requestId);
        _machine.Take(isUnwritten ? new RequestWithdrawn(requestId, "no connection") : new RequestBegun(requestId), _world.Clock.Now);
    }

    void AskForProducerId()
    {
        if (Connection() is { } connection)
            connection.Send<ProducerIdReply>(static (broker, answer) => broker.InitProducerId(answer), TakeProducerId,
                () => Take(new ProducerIdRefused(ErrorCode.NetworkException, "the connection was lost")));
        else LaterIfAlive(() => Take(new ProducerIdRefused(ErrorCode.NetworkException, "no connection")));
    }

    void TakeProducerId(ProducerIdReply reply)
    {
        if (reply.Error != ErrorCode.None)
        {
            Take(new ProducerIdRefused(reply.Error, "try again"));
            return;
        }
        _world.Note("producer-id", _number, reply.ProducerId.Value);
        _world.Oracle.GivenProducerId(reply.ProducerId.Value);
        Take(new ProducerIdGranted(new ProducerIdentity(reply.ProducerId, new ProducerEpoch(0))));
    }

    void AskForMetadata()
    {
        if (Connection() is { } connection)
            connection.Send<TopicSeen>(static (broker, answer) => answer(broker.Metadata()), Take, static () => { });
    }

    void LaterIfAlive(Action run) => _world.Clock.After(TimeSpan.FromMilliseconds(1), () =>
    {
        if (!_isDead) run();
    });

    SimulatedConnection? Connection()
    {
        if (_connection is { IsCut: false } connection) return connection;
        if (!_broker.IsUp) return null;
        return _connection = new SimulatedConnection(_world, _broker);
    }
}
