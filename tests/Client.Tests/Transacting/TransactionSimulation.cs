using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Client.Tests.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>
/// A transactional producer's machine and an application against a coordinator over a network that loses answers, cuts connections and delivers late what was
/// cut, all from one seed. A producer that was fenced is followed by another incarnation. Afterwards what was told of each transaction is held against what
/// readers of committed records see.
/// </summary>
internal sealed class TransactionSimulation
{
    const int Partitions = 3;
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    static readonly ConsumerGroupMetadata Group = ConsumerGroupMetadata.ForSimpleGroup("g");

    /// <summary>What the application knows of one transaction.</summary>
    sealed class Told
    {
        public List<ProducerBatch> Batches { get; } = [];
        public long? Offset { get; set; }
        /// <summary>Null while nobody has said.</summary>
        public TransactionOutcome? Outcome { get; set; }
        /// <summary>Nothing can go wrong any more.</summary>
        public bool MustCommit { get; init; }
    }

    readonly Random _random;
    readonly short _version;
    readonly PlantedFault _fault;
    readonly VirtualTransactions _world = new(Partitions);
    readonly Queue<object>[] _connections = [new(), new()];
    readonly List<object> _strays = [];
    readonly List<Told> _all = [];
    readonly Dictionary<long, Action<CallEnd>> _calls = [];
    readonly HashSet<ProducerBatch> _failed = [];
    ProducerMachine _machine;
    TimeSpan _now;
    Told? _open;
    long _call, _transaction, _nextOffset = 1;
    bool _isCalm, _isCalling, _isSealed;

    public TransactionSimulation(int seed, short version, PlantedFault fault = PlantedFault.None)
    {
        (_random, _version, _fault) = (new Random(seed), version, fault);
        _machine = NewMachine();
    }

    public int Committed => _all.Count(static told => told.Outcome == TransactionOutcome.Committed);
    public int Aborted => _all.Count(static told => told.Outcome == TransactionOutcome.Aborted);
    public int Resolved { get; private set; }
    public int Incarnations { get; private set; }
    public int Bumps { get; private set; }
    public int Late { get; private set; }

    ProducerMachine NewMachine()
    {
        Incarnations++;
        var machine = new ProducerMachine(ProducerConfigRules.Apply(
        [
            new("bootstrap.servers", "b:1"), new("transactional.id", "t"), new("transaction.timeout.ms", $"{Timeout.TotalMilliseconds}"),
                new("delivery.timeout.ms", "3000"),
            new("request.timeout.ms", "1000"), new("linger.ms", "2"),
        ]), (ulong)_random.NextInt64(), fault: _fault);
        machine.Take(new FeaturesSeen(1, _version), _now);
        machine.Take(new TopicSeen("t", TopicId.None, ErrorCode.None,
            [.. Enumerable.Range(0, Partitions).Select(static number => new PartitionLeader(number, new NodeId(1), 0))]), _now);
        return machine;
    }

    TransactionState State => _machine.Transaction!.State;

    public void Run()
    {
        for (var step = 0; step < 1200; step++) Step();
        _isCalm = true;
        // Whatever happened, a quiet network lets transactions commit again.
        var target = Committed + 3;
        for (var step = 0; step < 6000 && Committed < target; step++) Step();
        Assert.True(Committed >= target, $"nothing commits any more: the producer is {State}");
        for (var step = 0; step < 3000 && (_open is not null || _isCalling || _strays.Count > 0); step++) Step(begins: false);
        Check();
    }

    void Step(bool begins = true)
    {
        _now += TimeSpan.FromMilliseconds(_random.Next(0, 30));
        _world.ExpireAt(_now, Timeout);
        var chance = _random.Next(100);
        if (chance < 30) Act(begins);
        else if (chance < 75) Serve(_random.Next(2));
        else if (chance < 80 && !_isCalm) Cut(_random.Next(2));
        else if (chance < 90 && _strays.Count > 0) DeliverStray();
        else if (chance == 95 && !_isCalm) _now += TimeSpan.FromSeconds(_random.Next(1, 4));
        Turn();
    }

    // The application.

    void Act(bool begins)
    {
        if (_isCalling) return;
        switch (State)
        {
            case TransactionState.Uninitialized: Call(call => new InitWanted(call), static _ => { }); break;
            case TransactionState.Ready or TransactionState.Rebumping when begins && _open is null: Begin(); break;
            // Its end was answered when nobody waited for it any more.
            case TransactionState.Ready or TransactionState.Rebumping when _open is not null: Resolve(); break;
            case TransactionState.InTransaction: Work(); break;
            case TransactionState.Abortable: End(isCommit: false); break;
            case TransactionState.Unresolved when _fault == PlantedFault.BeginBeforeDefiniteEnd && _random.Next(2) == 0: Begin(); break;
            case TransactionState.Unresolved: Resolve(); break;
            case TransactionState.Fenced or TransactionState.Fatal: Replace(); break;
        }
    }

    void Begin() => Call(call => new BeginWanted(call), end =>
    {
        if (end is not CallDone done) return;
        (_transaction, _isSealed) = (done.Transaction, false);
        _all.Add(_open = new Told { MustCommit = _isCalm && _strays.Count == 0 });
    });

    void Work()
    {
        var chance = _random.Next(10);
        if (chance < 6) Write();
        else if (chance < 7 && _open!.Offset is null) SendOffset();
        else if (chance < 9) End(isCommit: true);
        else if (!_isCalm) End(isCommit: false);
    }

    void Write()
    {
        var batch = new ProducerBatch(new TopicPartition("t", _random.Next(Partitions)), _now);
        _open!.Batches.Add(batch);
        Take(new BatchOpened(batch));
        Take(new BatchSealed(batch, _random.Next(1, 4), 100));
    }

    void SendOffset()
    {
        var (told, offset) = (_open!, _nextOffset++);
        told.Offset = offset;
        Call(call => new OffsetsWanted(call, _transaction, Group, [new OffsetToSend(new TopicPartition("in", 0), offset, TopicId.None)]), static _ => { });
    }

    void End(bool isCommit)
    {
        var told = _open!;
        Call(call => isCommit ? new CommitWanted(call, _transaction) : new AbortWanted(call, _transaction), end => Ended(told, end, isCommit));
        if (_isSealed) return;
        _isSealed = true;
        Take(new RecordsSealed(_transaction));
    }

    void Ended(Told told, CallEnd end, bool isCommit)
    {
        if (end is CallDone) Close(told, isCommit ? TransactionOutcome.Committed : TransactionOutcome.Aborted);
        // Nothing was committed, for sure; the abort is still to come.
        else if (end is CallFailed { Failure.Class: ErrorClass.Abortable }) told.Outcome = TransactionOutcome.Aborted;
        else if (end is CallFailed { Failure.Kind: TransactionFailureKind.Fenced or TransactionFailureKind.TimedOut }) Close(told, TransactionOutcome.Aborted);
        else if (!isCommit) told.Outcome = TransactionOutcome.Aborted;
    }

    void Resolve()
    {
        var told = _open!;
        Call(call => new ResolveWanted(call, _transaction), end => Learn(told, end));
    }

    void Learn(Told told, CallEnd end)
    {
        if (end is not CallResolved resolved) return;
        Resolved++;
        if (resolved.Outcome is { } outcome) Close(told, outcome);
        // Offsets that are pending are not stable: whoever asks has to wait.
        else if (resolved.Witnesses.Count > 0 && !_world.IsPending) Close(told, ByWitness(resolved.Witnesses));
        else if (State is TransactionState.Fenced or TransactionState.Fatal && !_world.IsPending) Close(told, TransactionOutcome.Unknown);
    }

    TransactionOutcome ByWitness(IReadOnlyList<Witness> witnesses) =>
        WitnessRule.Judge(witnesses, [.. witnesses.Select(witness => new WitnessFound(_world.Committed(witness.Partition) ?? -1, null))]);

    /// <summary>What was told once is never told otherwise. A producer that is not through with it has to be driven on.</summary>
    void Close(Told told, TransactionOutcome outcome)
    {
        Assert.True(told.Outcome is null || told.Outcome == outcome, $"a transaction was told as {told.Outcome} and then as {outcome}");
        told.Outcome = outcome;
        if (_open == told && State is not (TransactionState.Unresolved or TransactionState.Abortable)) _open = null;
    }

    /// <summary>The next incarnation initialises first: then nothing of the last one is pending, and it is known how that ended.</summary>
    void Replace()
    {
        if (_open is { } left && left.Outcome is null && !_world.IsPending)
        {
            Resolve();
            if (_open is not null) return;
        }
        _machine = NewMachine();
        foreach (var connection in _connections) Cut(connection);
        if (_open is not { } told) return;
        if (told.Outcome is null)
        {
            _world.Ask(new InitProducerRequest(ProducerIdentity.None, _version), _now);
            told.Outcome = told.Offset is { } offset ? _world.Committed(new TopicPartition("in", 0)) >= offset ? TransactionOutcome.Committed
                : TransactionOutcome.Aborted : TransactionOutcome.Unknown;
        }
        _open = null;
    }

    void Call(Func<TransactionCall, ProducerInput> input, Action<CallEnd> then)
    {
        var number = ++_call;
        _isCalling = true;
        _calls[number] = end =>
        {
            _isCalling = false;
            then(end);
        };
        Take(input(new TransactionCall(number, _now + TimeSpan.FromSeconds(_isCalm ? 60 : _random.Next(1, 6)))));
    }

    // The network.

    void Serve(int connection)
    {
        if (!_connections[connection].TryDequeue(out var request)) return;
        if (Arrive(request) is { } answer) _machine.Take(answer, _now);
    }

    /// <summary>The request does its work.</summary>
    ProducerInput? Arrive(object request)
    {
        if (request is AskCoordinator ask) return new CoordinatorAnswered(ask.RequestId, !_isCalm && _random.Next(20) == 0 ? Stray(ask.Request)
            : _world.Ask(ask.Request, _now));
        var send = (SendProduce)request;
        return new ProduceAnswered(send.RequestId, [.. send.Batches.Select(Answer)], TimeSpan.Zero);
    }

    static CoordinatorAnswer Stray(CoordinatorRequest request) =>
        TransactionScript.Every(request, request is EndTransactionRequest ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.NotCoordinator);

    PartitionAnswer Answer(StampedBatch stamped)
    {
        var chance = _random.Next(100);
        if (!_isCalm && chance < 3) return PartitionAnswer.Refused(ErrorCode.NotEnoughReplicas);
        if (!_isCalm && chance < 4) return PartitionAnswer.Refused(ErrorCode.InvalidTopicException);
        var answer = _world.Produce(stamped, adds: _version >= 2, _now);
        return !_isCalm && chance < 6 ? PartitionAnswer.Refused(ErrorCode.RequestTimedOut) : answer;
    }

    void Cut(int connection) => Cut(_connections[connection]);

    /// <summary>Of what is on its way some arrives, some is lost, and some comes late.</summary>
    void Cut(Queue<object> connection)
    {
        while (connection.TryDequeue(out var request))
        {
            var fate = _random.Next(3);
            if (fate == 0) Arrive(request);
            else if (fate == 1) _strays.Add(request);
            _machine.Take(request is AskCoordinator ask ? new CoordinatorAnswered(ask.RequestId, CoordinatorAnswer.Unanswered(wasWritten: true, "cut"))
                : new RequestLost(((SendProduce)request).RequestId, WasWritten: true, "cut"), _now);
        }
    }

    void DeliverStray()
    {
        var at = _random.Next(_strays.Count);
        Late++;
        Arrive(_strays[at]);
        _strays.RemoveAt(at);
    }

    // The machine.

    void Take(ProducerInput input)
    {
        _machine.Take(input, _now);
        Turn();
    }

    void Turn() => _machine.Turn(_now, Perform);

    void Perform(ProducerEffect effect)
    {
        switch (effect)
        {
            case SendProduce send: _connections[0].Enqueue(send); break;
            case AskCoordinator ask:
                if (ask.Request is InitProducerRequest { Identity.IsNone: false }) Bumps++;
                _connections[1].Enqueue(ask);
                break;
            case WithdrawRequest withdraw: _machine.Take(new RequestBegun(withdraw.RequestId), _now); break;
            case SealBatch seal: _machine.Take(new BatchSealed(seal.Batch, 1, 100), _now); break;
            case CompleteBatch complete when complete.Verdict.IsFailure: _failed.Add(complete.Batch); break;
            case EndCall end when _calls.Remove(end.Call, out var then): then(end.End); break;
        }
    }

    // What was told, against what readers see.

    void Check()
    {
        var seen = Enumerable.Range(0, Partitions).SelectMany(_world.Log).Where(static entry => entry.IsCommitted == true).Select(static entry =>
            entry.Batch).ToList();
        Assert.True(seen.Count == seen.Distinct().Count(), "a record is visible twice");
        var visible = seen.ToHashSet();
        for (var number = 0; number < _all.Count; number++)
        {
            var told = _all[number];
            var there = told.Batches.Count(visible.Contains);
            var name = $"transaction {number} of {told.Batches.Count} batches was told as {told.Outcome?.ToString() ?? "nothing"}, and {there} are visible";
            Assert.True(!told.MustCommit || told.Outcome == TransactionOutcome.Committed, $"{name}, though nothing stood in its way");
            if (told.Outcome == TransactionOutcome.Committed) Assert.True(there == told.Batches.Count, name);
            else if (told.Outcome == TransactionOutcome.Aborted) Assert.True(there == 0, name);
            else Assert.True(there == 0 || there == told.Batches.Count, name);
        }
        for (var partition = 0; partition < Partitions; partition++)
        {
            var order = _all.SelectMany(static told => told.Batches).Where(batch => batch.Partition.Partition == partition && visible.Contains(batch));
            Assert.Equal(order, _world.Log(partition).Where(static entry => entry.IsCommitted == true).Select(static entry => entry.Batch));
        }
    }
}
