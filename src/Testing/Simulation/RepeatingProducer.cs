using Semel.Client.Producing;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Testing.Simulation;

/// <summary>
/// A producer of other people's making, as raw as the protocol allows: up to five batches from the oldest without an acknowledgement on (a broker remembers no more),
/// every failed one sent again with its sequence without waiting for the others, and, when the oldest is refused as out of order, everything again in the next epoch from sequence 0, whether or not the broker has
/// it already. A broker that says "out of order" without need makes such a producer write twice, which the oracle sees.
/// </summary>
internal sealed class RepeatingProducer : ISimulatedProducer
{
    const int Window = Machines.Producers.ProducerState.MaxBatches;

    readonly ProduceWorld _world;
    readonly SimulatedBroker _broker;
    readonly int _number, _partition;
    readonly Queue<SimulatedBatch> _queue = new();
    readonly List<Sent> _window = [];
    ProducerIdentity _identity = ProducerIdentity.None;
    SimulatedConnection? _connection, _begun;
    int _left, _written, _nextSequence;
    bool _hasSucceeded;

    public RepeatingProducer(ProduceWorld world, SimulatedBroker broker, int number)
    {
        (_world, _broker, _number) = (world, broker, number);
        _partition = number % world.Plan.Partitions;
        _left = world.Plan.RecordsPerProducer;
        _nextSequence = world.Plan.BeginsNearWrap ? int.MaxValue - world.Random.Below(30) : 0;
        AskForProducerId();
        WriteLater();
    }

    /// <summary>A batch that has a sequence, from the oldest without an acknowledgement on.</summary>
    sealed class Sent(SimulatedBatch batch)
    {
        public SimulatedBatch Batch => batch;
        public bool IsOnItsWay { get; set; }
        public bool IsAcknowledged { get; set; }
        public TimeSpan RetryAt { get; set; }
    }

    public bool IsDone => _left == 0 && _queue.Count == 0 && _window.Count == 0;

    void WriteLater()
    {
        if (_left > 0) _world.Clock.After(_world.Random.Between(TimeSpan.Zero, _world.Plan.Pace), Write);
    }

    void Write()
    {
        var batch = new SimulatedBatch(new TopicPartition(SimulatedBroker.Topic, _partition), _world.Clock.Now);
        for (var records = _world.Random.Between(1, _world.Plan.RecordsPerBatch); records > 0 && _left > 0; records--, _left--)
        {
            var record = RecordNumber.Of(_number, _partition, _written++);
            _world.Oracle.Submitted(record);
            batch.Add(record, _world.Clock.Wall);
        }
        batch.RecordCount = batch.Seal().RecordCount;
        _queue.Enqueue(batch);
        SendAll();
        WriteLater();
    }

    void AskForProducerId()
    {
        if (Connection() is { } connection)
            connection.Send<ProducerIdReply>(static (broker, answer) => broker.InitProducerId(answer), TakeProducerId, () => Later(AskForProducerId));
        else Later(AskForProducerId);
    }

    void TakeProducerId(ProducerIdReply reply)
    {
        if (reply.Error != ErrorCode.None)
        {
            Later(AskForProducerId);
            return;
        }
        _world.Oracle.GivenProducerId(reply.ProducerId.Value);
        _identity = new ProducerIdentity(reply.ProducerId, new ProducerEpoch(0));
        SendAll();
    }

    void Later(Action run) => _world.Clock.After(_world.Random.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60)), run);

    /// <summary>
    /// A partition that may have forgotten the producer takes whichever batch comes first as its first. Only there the first one has to go alone; a partition that
    /// never forgot anybody waits for sequence 0.
    /// </summary>
    int WindowNow => _world.Plan.BeginsNearWrap && !_hasSucceeded ? 1 : Window;

    /// <summary>
    /// Where any first sequence is taken, a connection has to begin with the oldest batch, as it does with every client: nobody can tell a later batch that overtook it
    /// from the first one. Within a connection the broker sees to it that a batch that it refused comes first.
    /// </summary>
    void BeginConnectionInOrder()
    {
        if (!_world.Plan.HasUnknownBeginnings || Connection() is not { } connection || connection == _begun) return;
        _begun = connection;
        foreach (var sent in _window) sent.RetryAt = _world.Clock.Now;
    }

    void SendAll()
    {
        if (_identity.IsNone) return;
        while (_window.Count < WindowNow && _queue.TryDequeue(out var batch))
        {
            batch.Stamp(_identity, _nextSequence);
            _nextSequence = batch.NextSequence;
            _window.Add(new Sent(batch));
        }
        BeginConnectionInOrder();
        foreach (var sent in _window.ToArray())
            if (!sent.IsOnItsWay && !sent.IsAcknowledged && sent.RetryAt <= _world.Clock.Now) Send(sent);
    }

    void Send(Sent sent)
    {
        sent.IsOnItsWay = true;
        var (identity, sequence) = (sent.Batch.Identity, sent.Batch.BaseSequence);
        var message = new ProduceMessage([new ProducePart(_partition, SimulatedBroker.TopicId, sent.Batch.BytesWith(identity, sequence))]);
        _world.Note("produce-raw", _number, sequence, identity.Epoch.Value);
        if (Connection() is { } connection)
            connection.Send<ProduceReply>((broker, answer) => broker.Produce(message.Copy(), answer),
                reply => Take(sent, identity, reply.Answers[0]), () => Retry(sent, identity));
        else Retry(sent, identity);
    }

    void Take(Sent sent, ProducerIdentity identity, PartitionAnswer answer)
    {
        // An answer to what was sent under an older epoch comes too late to mean anything.
        if (sent.Batch.Identity != identity) return;
        if (answer.IsSuccess) Succeed(sent, answer.BaseOffset);
        else if (answer.Code == ErrorCode.OutOfOrderSequenceNumber && sent == _window[0]) BeginAnew();
        else Retry(sent, identity);
        SendAll();
    }

    void Succeed(Sent sent, long baseOffset)
    {
        sent.IsAcknowledged = _hasSucceeded = true;
        while (_window is [{ IsAcknowledged: true }, ..]) _window.RemoveAt(0);
        _world.Oracle.Reported(sent.Batch, Verdict.Persisted(baseOffset, -1));
        sent.Batch.Dispose();
    }

    void Retry(Sent sent, ProducerIdentity identity)
    {
        if (sent.Batch.Identity != identity) return;
        sent.IsOnItsWay = false;
        var wait = _world.Random.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(60));
        sent.RetryAt = _world.Clock.Now + wait;
        _world.Clock.After(wait, SendAll);
    }

    void BeginAnew()
    {
        _world.Note("raw-producer-begins-anew", _number, _window[0].Batch.BaseSequence);
        _identity = _identity.Bumped();
        _nextSequence = 0;
        _window.RemoveAll(static sent => sent.IsAcknowledged);
        foreach (var sent in _window)
        {
            sent.Batch.Stamp(_identity, _nextSequence);
            _nextSequence = sent.Batch.NextSequence;
            sent.IsOnItsWay = false;
        }
    }

    SimulatedConnection? Connection()
    {
        if (_connection is { IsCut: false } connection) return connection;
        if (!_broker.IsServing) return null;
        return _connection = new SimulatedConnection(_world, _broker);
    }
}
