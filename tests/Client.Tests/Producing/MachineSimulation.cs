using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>
/// A producer's machine against two brokers over a network that loses answers, cuts connections, delivers late what was cut, moves leaders and answers with
/// errors, makes topics anew under the producer, and comes back as another cluster that gives the old ids again, all from one seed. Afterwards every report is held
/// against the logs.
/// </summary>
internal sealed class MachineSimulation
{
    const int Partitions = 3;
    const short FirstEpoch = 32760;
    static readonly ErrorCode[] Refusals =
        [ErrorCode.NotEnoughReplicas, ErrorCode.LeaderNotAvailable, ErrorCode.UnknownTopicOrPartition, ErrorCode.CorruptMessage, ErrorCode.InvalidRecord, ErrorCode.MessageTooLarge, ErrorCode.ThrottlingQuotaExceeded];
    static readonly ErrorCode[] Doubts = [ErrorCode.RequestTimedOut, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.KafkaStorageError, ErrorCode.UnknownServerError, ErrorCode.NotLeaderOrFollower];

    readonly Random _random;
    readonly ProducerMachine _machine;
    VirtualPartition[] _log = [.. Enumerable.Range(0, Partitions).Select(_ => new VirtualPartition())];
    // Of topics and clusters that are no more.
    readonly List<VirtualPartition>[] _logsBefore = [.. Enumerable.Range(0, Partitions).Select(_ => new List<VirtualPartition>())];
    readonly int[] _leader = new int[Partitions];
    readonly int[] _leaderEpoch = new int[Partitions];
    readonly Queue<SendProduce>[] _connections = [new(), new()];
    readonly List<SendProduce> _strays = [];
    // Requests that wait for a connection; nothing of them was written.
    readonly Queue<SendProduce>[] _unwritten = [new(), new()];
    readonly Dictionary<ProducerBatch, int> _records = [];
    readonly Dictionary<ProducerBatch, Verdict> _ends = [];
    readonly Dictionary<ProducerBatch, IReadOnlyList<ProducerBatch>> _fragments = [];
    readonly Dictionary<ProducerBatch, int> _refused = [];
    readonly List<ProducerBatch> _accepted = [];
    readonly bool _isGapless;
    /// <summary>Brokers that know topics by name only take a batch for an old topic into the new one.</summary>
    readonly bool _knowsTopicIds;
    TimeSpan _now;
    bool _isCalm;
    long _nextProducerId;
    int _cluster = 1, _topic = 1;

    public MachineSimulation(int seed)
    {
        _random = new Random(seed);
        _isGapless = seed % 4 == 3;
        _knowsTopicIds = seed / 2 % 2 == 0;
        _machine = new ProducerMachine(ProducerConfigRules.Apply(
        [
            new("bootstrap.servers", "b:1"), new("delivery.timeout.ms", "3000"), new("request.timeout.ms", "1000"), new("enable.gapless.guarantee", _isGapless ? "true" : "false"),
            new("topic.metadata.propagation.max.ms", "1000"), new("allow.topic.recreation", seed % 3 == 0 ? "true" : "false"),
        ]), (ulong)seed, firstSequence: seed % 2 == 0 ? 0 : int.MaxValue - 20);
        Announce();
    }

    public int EpochBumps { get; private set; }
    public int Withdrawals { get; private set; }
    public int Renewals { get; private set; }
    public int Ghosts => _ends.Count(end => end.Value.Status == PersistenceStatus.PossiblyPersisted);
    public int Persisted => _ends.Count(end => end.Value.Status == PersistenceStatus.Persisted);

    public void Run()
    {
        for (var step = 0; step < 600; step++)
        {
            Step();
            Turn();
        }
        _isCalm = true;
        for (var step = 0; step < 2000 && (_machine.HasWork || _strays.Count > 0); step++)
        {
            Step();
            Turn();
        }
        Assert.False(_machine.HasWork, "the producer never came to rest");
        Check();
    }

    void Step()
    {
        _now += TimeSpan.FromMilliseconds(_random.Next(0, 40));
        var chance = _random.Next(100);
        for (var broker = 0; broker < 2; broker++)
            if (_isCalm || _random.Next(12) == 0) Connect(broker);
        if (chance < 30 && !_isCalm) Accept();
        else if (chance < 75) Serve(_random.Next(2));
        else if (chance < 80 && !_isCalm) Cut(_random.Next(2));
        else if (chance < 84 && !_isCalm) Move(_random.Next(Partitions));
        else if (chance < 88) Announce();
        else if (chance < 94 && _strays.Count > 0) DeliverStray();
        else if (chance == 94 && !_isCalm) MakeTopicAnew();
        else if (chance == 95 && !_isCalm && _random.Next(2) == 0) ReplaceCluster();
    }

    TopicId TopicNow => new(new Guid(_topic, 0, 0, new byte[8]));

    void MakeTopicAnew()
    {
        _topic++;
        for (var partition = 0; partition < Partitions; partition++)
        {
            _logsBefore[partition].Add(_log[partition]);
            _log[partition] = new VirtualPartition();
            _leaderEpoch[partition] = 0;
        }
    }

    /// <summary>The brokers come back empty: ids begin again, and somebody else has had the first ones and written under them.</summary>
    void ReplaceCluster()
    {
        for (var broker = 0; broker < 2; broker++) Cut(broker);
        _strays.Clear();
        MakeTopicAnew();
        _cluster++;
        _nextProducerId = _random.Next(2);
        foreach (var partition in _log)
            for (var id = 0; id < _nextProducerId; id++) partition.TakeForeign(id, FirstEpoch, records: 40);
    }

    void Accept()
    {
        var batch = new ProducerBatch(new TopicPartition("t", _random.Next(Partitions)), _now);
        _records[batch] = _random.Next(1, 5);
        _accepted.Add(batch);
        _machine.Take(new BatchOpened(batch), _now);
        if (_random.Next(3) > 0) _machine.Take(new BatchSealed(batch, _records[batch], 100 * _records[batch]), _now);
    }

    /// <summary>The broker works on its connection's oldest request; the answer may get lost with the connection.</summary>
    void Serve(int broker)
    {
        if (!_connections[broker].TryPeek(out var request)) return;
        var answers = request.Batches.Select(batch => Answer(broker, batch)).ToArray();
        _connections[broker].Dequeue();
        if (!_isCalm && _random.Next(12) == 0)
        {
            _machine.Take(new RequestLost(request.RequestId, true, "answer lost"), _now);
            Cut(broker);
        }
        else _machine.Take(new ProduceAnswered(request.RequestId, answers, TimeSpan.Zero), _now);
    }

    PartitionAnswer Answer(int broker, StampedBatch batch)
    {
        var partition = batch.Batch.Partition.Partition;
        if (_leader[partition] != broker) return PartitionAnswer.Refused(_random.Next(2) == 0 ? ErrorCode.NotLeaderOrFollower : ErrorCode.FencedLeaderEpoch);
        if (_knowsTopicIds && batch.TopicId != TopicNow) return PartitionAnswer.Refused(ErrorCode.UnknownTopicId);
        var chance = _isCalm ? 100 : _random.Next(100);
        if (chance < 8) return Refuse(batch.Batch);
        var answer = _log[partition].Append(batch);
        return chance < 14 && answer.IsSuccess ? PartitionAnswer.Refused(Doubts[_random.Next(Doubts.Length)]) : answer;
    }

    PartitionAnswer Refuse(ProducerBatch batch)
    {
        var code = Refusals[_random.Next(Refusals.Length)];
        var names = code == ErrorCode.InvalidRecord && _random.Next(2) == 0;
        return new PartitionAnswer(AnswerKind.Answered, code) { Refusals = names ? [new RecordRefusal(_random.Next(batch.RecordCount), "bad")] : [] };
    }

    /// <summary>Every request of the connection is lost; some of it may be on its way still.</summary>
    void Cut(int broker)
    {
        while (_connections[broker].TryDequeue(out var request))
        {
            var wasWritten = _random.Next(3) > 0;
            if (wasWritten && _random.Next(2) == 0) _strays.Add(request);
            _machine.Take(new RequestLost(request.RequestId, wasWritten, "cut"), _now);
        }
    }

    /// <summary>A connection that is being made keeps what comes after waiting, too.</summary>
    void Send(SendProduce send)
    {
        var (waiting, written) = (_unwritten[send.Node.Value], _connections[send.Node.Value]);
        if (!_isCalm && (waiting.Count > 0 || _random.Next(10) == 0)) waiting.Enqueue(send);
        else Write(send, written);
    }

    /// <summary>Every connection knows which cluster it leads to, and nothing is written to another than the one it is for.</summary>
    void Write(SendProduce send, Queue<SendProduce> connection)
    {
        if (send.ClusterId == ClusterId) connection.Enqueue(send);
        else _machine.Take(new RequestLost(send.RequestId, false, "another cluster"), _now);
    }

    string ClusterId => $"cluster {_cluster}";

    void Connect(int broker)
    {
        var isRefused = !_isCalm && _random.Next(3) == 0;
        while (_unwritten[broker].TryDequeue(out var request))
        {
            if (isRefused) _machine.Take(new RequestLost(request.RequestId, false, "refused"), _now);
            else Write(request, _connections[broker]);
        }
    }

    void Withdraw(WithdrawRequest withdraw)
    {
        var waiting = _unwritten[withdraw.Node.Value];
        var others = waiting.Where(send => send.RequestId != withdraw.RequestId).ToArray();
        if (others.Length == waiting.Count)
        {
            _machine.Take(new RequestBegun(withdraw.RequestId), _now);
            return;
        }
        waiting.Clear();
        foreach (var other in others) waiting.Enqueue(other);
        Withdrawals++;
        _machine.Take(new RequestWithdrawn(withdraw.RequestId, "dialling"), _now);
    }

    void DeliverStray()
    {
        var request = _strays[0];
        _strays.RemoveAt(0);
        foreach (var batch in request.Batches)
            if (_leader[batch.Batch.Partition.Partition] == request.Node.Value && (!_knowsTopicIds || batch.TopicId == TopicNow)) _log[batch.Batch.Partition.Partition].Append(batch);
    }

    void Move(int partition)
    {
        _leader[partition] = 1 - _leader[partition];
        _leaderEpoch[partition]++;
    }

    void Announce()
    {
        _machine.Take(new ClusterSeen(ClusterId), _now);
        _machine.Take(new TopicSeen("t", TopicNow, ErrorCode.None,
            [.. Enumerable.Range(0, Partitions).Select(partition => new PartitionLeader(partition, new NodeId(_leader[partition]), _leaderEpoch[partition]))]), _now);
    }

    void Turn() => _machine.Turn(_now, Perform);

    void Perform(ProducerEffect effect)
    {
        switch (effect)
        {
            case SendProduce send: Send(send); break;
            case WithdrawRequest withdraw: Withdraw(withdraw); break;
            case SealBatch seal: _machine.Take(new BatchSealed(seal.Batch, _records[seal.Batch], 100 * _records[seal.Batch]), _now); break;
            case CompleteBatch complete: Assert.True(_ends.TryAdd(complete.Batch, complete.Verdict), "a batch was reported twice"); break;
            case RequestProducerId when !_isCalm && _random.Next(3) == 0: _machine.Take(new ProducerIdRefused(ErrorCode.NetworkException, "cut"), _now); break;
            case RequestProducerId: _machine.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(_nextProducerId++), new ProducerEpoch(FirstEpoch))), _now); break;
            case Tell { Event: EpochBumped }: EpochBumps++; break;
            case Tell { Event: ClusterReplaced or TopicRecreated }: Renewals++; break;
            // A topic that is deleted takes acknowledged records along; who writes by its name sees no more than that.
            case Tell { Event: DataLossSuspected } when !_knowsTopicIds && _topic > 1: break;
            case Tell { Event: DataLossSuspected loss }: Assert.Fail($"no broker lost anything, but {loss}"); break;
            case ReplaceBatch replace: Rewrite(replace); break;
        }
    }

    void Rewrite(ReplaceBatch replace)
    {
        var kept = Enumerable.Range(0, replace.Batch.RecordCount).Count(index =>
            replace.Refused.All(refused => refused.Index != index) && (replace.BehindRefused is null || index < replace.Refused.Min(refused => refused.Index)));
        _refused[replace.Batch] = replace.Batch.RecordCount - kept;
        int[] sizes = replace.Refused.Count > 0 ? [kept] : [kept / 2, kept - kept / 2];
        var fragments = sizes.Where(size => size > 0)
            .Select(size => new ProducerBatch(replace.Batch.Partition, replace.Batch.AcceptedAt) { RecordCount = size, SizeInBytes = 100 * size, IsSealed = true }).ToArray();
        _machine.Take(new BatchReplaced(replace.Batch, _fragments[replace.Batch] = fragments), _now);
    }

    /// <summary>The batches that a batch was sent as in the end.</summary>
    IEnumerable<ProducerBatch> Leaves(ProducerBatch batch) => _fragments.TryGetValue(batch, out var parts) ? parts.SelectMany(Leaves) : [batch];

    void Check()
    {
        var leaves = _accepted.SelectMany(Leaves).ToArray();
        Assert.Equal(leaves.Length, _ends.Count);
        var logs = _log.Concat(_logsBefore.SelectMany(static logs => logs)).ToArray();
        foreach (var log in logs) Assert.True(log.Log.DistinctBy(static entry => entry.Batch).Count() == log.Log.Count, "a batch is twice in a log");
        // An attempt that was lost may be in the log of a topic that is no more, and the next one, which goes by name, in the new topic's.
        var places = logs.SelectMany(partition => partition.Log).GroupBy(entry => entry.Batch).ToDictionary(group => group.Key, group => group.Select(entry => entry.Offset).ToArray());
        var mostCopies = _knowsTopicIds ? 1 : logs.Length;
        foreach (var batch in leaves)
        {
            var copies = places.GetValueOrDefault(batch, []);
            switch (_ends[batch])
            {
                case { Status: PersistenceStatus.Persisted } verdict:
                    Assert.True(copies.Length >= 1 && copies.Length <= mostCopies, $"{batch} is reported persisted and is {copies.Length} times in the log");
                    Assert.True(verdict.BaseOffset < 0 || copies.Contains(verdict.BaseOffset), $"{batch} is at {copies[0]}, not at {verdict.BaseOffset}");
                    break;
                case { Status: PersistenceStatus.NotPersisted }: Assert.True(copies.Length == 0, $"{batch} is reported not persisted and is in the log"); break;
                default: Assert.True(copies.Length <= mostCopies, $"{batch} is {copies.Length} times in the log"); break;
            }
        }
        foreach (var log in logs) CheckOrder(log, leaves);
    }

    void CheckOrder(VirtualPartition partition, ProducerBatch[] leaves)
    {
        var order = leaves.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        var persisted = partition.Log.Where(entry => _ends[entry.Batch].Status == PersistenceStatus.Persisted).Select(entry => order[entry.Batch]).ToArray();
        Assert.Equal(persisted.Order(), persisted);
    }
}
