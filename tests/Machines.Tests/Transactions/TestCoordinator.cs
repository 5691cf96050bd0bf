using System.Buffers;
using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Transactions;

/// <summary>A command that was asked, and its answer when there is one.</summary>
internal sealed class Asked
{
    public TransactionReply? Answer { get; set; }
    public bool IsParked => Answer is null;
    public TransactionReply Reply => Answer ?? throw new InvalidOperationException("it is not answered yet");
    public ErrorCode Error => Reply.Error;
    public (long, int) Held => (Reply.ProducerId.Value, Reply.Epoch.Value);
}

/// <summary>A coordinator's machine with the turns around it, a list of batches for a log, clocks that stand still until they are moved, and a shell's memory of effects.</summary>
internal sealed class TestCoordinator
{
    public const string Id = "copier";
    public const short Old = 0, New = 2;

    readonly TransactionOptions _options;
    readonly PlantedFault _fault;
    readonly Dictionary<long, Asked> _parked = [];
    HeardConnections _connections = new();
    TurnRunner<TransactionCommand, TransactionReply, TransactionView> _turns;
    long _freshIds = 1000;
    int _epoch = 1;

    public TestCoordinator(TransactionOptions? options = null, PlantedFault fault = PlantedFault.None)
    {
        // What is complete is recorded at once, unless a test is about that.
        (_options, _fault) = (options ?? new TransactionOptions { CompletionDelay = default }, fault);
        Machine = new TransactionMachine(_options, _epoch, _fault, _connections);
        _turns = new(Machine);
        Resume();
    }

    public TransactionMachine Machine { get; private set; }
    public List<byte[]> Log { get; } = [];
    public Moment Now { get; set; } = new(new Instant(1_000_000_000), TimeSpan.FromHours(1));
    public int CoordinatorEpoch => _epoch;

    /// <summary>Ends that were told and not answered yet.</summary>
    public List<EndParticipants> Told { get; } = [];
    public List<TransactionNotice> Notices { get; } = [];
    public bool HasProducerIds { get; set; } = true;
    public int TakenInAdvance { get; private set; }
    public HashSet<long> OpenConnections { get; } = [];
    public int Searches { get; private set; }

    public static Participant Part(int partition, string topic = "orders", int incarnation = 1) =>
        new(topic == "__consumer_offsets" ? ParticipantKind.Offsets : ParticipantKind.Partition, topic, new TopicId(new Guid(incarnation, 0, 0, new byte[8])), partition);

    public Asked Ask(TransactionCommand command)
    {
        var asked = Turn(command)[0];
        if (asked.Answer is not { NeedsProducerId: true }) return asked;
        var fresh = new ProducerId(++_freshIds);
        return Turn(command.With(fresh))[0];
    }

    public Asked[] Turn(params TransactionCommand[] commands)
    {
        _turns.Decide(commands, Now);
        var output = _turns.Output;
        foreach (var batch in output.Appends) Log.Add(batch.ToArray());
        var asked = commands.Select((_, index) => new Asked { Answer = output.Replies[index] }).ToArray();
        foreach (var parked in output.Parked)
        {
            asked[parked.Index].Answer = null;
            Assert.True(_parked.TryAdd(parked.Ticket, asked[parked.Index]));
        }
        foreach (var late in output.LateReplies)
        {
            Assert.True(_parked.Remove(late.Ticket, out var waiting));
            waiting.Answer = late.Reply;
        }
        CarryOut([.. output.Effects]);
        return asked;
    }

    void CarryOut(Effect[] effects)
    {
        foreach (var effect in effects)
        {
            if (effect is EndParticipants end) Told.Add(end);
            else if (effect is TransactionNotice notice) Notices.Add(notice);
            else if (effect is TakeProducerId && HasProducerIds)
            {
                TakenInAdvance++;
                Turn(new TransactionCommand.ProducerIdTaken(new ProducerId(++_freshIds)));
            }
            else if (effect is LookForConnections)
            {
                Searches++;
                Turn(new TransactionCommand.ForgetExpired(OpenConnections));
            }
        }
    }

    public Asked Init(string id = Id, long pid = -1, int epoch = -1, int timeoutMs = 60_000, long on = 0) =>
        Ask(new TransactionCommand.InitProducerId(new(id), timeoutMs, new(pid), new((short)epoch)) { ConnectionOrdinal = on });

    public ErrorCode Add((long Pid, int Epoch) held, Participant part, string id = Id, short version = Old, long on = 0) => Add(held, [part], id, version, on).Error;

    public Asked Add((long Pid, int Epoch) held, IReadOnlyList<Participant> parts, string id = Id, short version = Old, long on = 0) =>
        Ask(new TransactionCommand.AddParticipants(new(id), new(held.Pid), new((short)held.Epoch), parts, version) { ConnectionOrdinal = on, IsOfCoordinatorConnection = version == Old });

    public Asked Verify((long Pid, int Epoch) held, params Participant[] parts) =>
        Ask(new TransactionCommand.Verify(new(Id), new(held.Pid), new((short)held.Epoch), parts));

    public Asked End((long Pid, int Epoch) held, bool commit, short version = Old, string id = Id, long on = 0) =>
        Ask(new TransactionCommand.EndTransaction(new(id), new(held.Pid), new((short)held.Epoch), commit, version) { ConnectionOrdinal = on });

    public void Answer(EndParticipants end, ErrorCode error, params Participant[] of)
    {
        var parts = of.Length == 0 ? end.Participants : of;
        Turn(new TransactionCommand.ParticipantsAnswered(end.TransactionalId, end.End, [.. parts.Select(part => new ParticipantAnswer(part, error))]));
        if (_options.CompletionDelay == default) Advance(default);
    }

    public EndParticipants TakeTold()
    {
        var end = Assert.Single(Told);
        Told.Clear();
        return end;
    }

    /// <summary>All participants that were told answer that they have ended.</summary>
    public void EndAll()
    {
        while (Told.Count > 0)
        {
            var end = Told[0];
            Told.RemoveAt(0);
            Answer(end, ErrorCode.None);
        }
    }

    public TransactionDescription? Describe(string id = Id) => Ask(new TransactionCommand.Describe([new(id)])).Reply.Transactions![0];
    public TransactionState State(string id = Id) => Describe(id)!.State;
    public (long, int) Holder(string id = Id) => Describe(id) is { } described ? (described.ProducerId.Value, described.Epoch.Value) : (-1, -1);

    /// <summary>Both clocks go on; the machine is told of each of its deadlines when it comes.</summary>
    public void Advance(TimeSpan time)
    {
        var until = Now.Steady + time;
        while (Machine.NextDeadline is { } due && due <= until)
        {
            Move(due > Now.Steady ? due - Now.Steady : default);
            Turn(TransactionCommand.Tick.Instance);
        }
        Move(until - Now.Steady);
    }

    void Move(TimeSpan time) => Now = new(Now.Wall + time, Now.Steady + time);

    /// <summary>Ends as a process that is killed when that many batches are in its log; another one goes on. Whoever waits is answered by nobody.</summary>
    public void Crash(int? batches = null)
    {
        if (batches is { } left) Log.RemoveRange(left, Log.Count - left);
        _epoch++;
        BeginAnew();
    }

    /// <summary>The log has failed and is folded anew, in the same process.</summary>
    public void LogFailed()
    {
        _epoch++;
        BeginAnew(_connections);
    }

    void BeginAnew(HeardConnections? connections = null)
    {
        Machine = Rebuilt(null, _connections = connections ?? new());
        _turns = new(Machine);
        _parked.Clear();
        Told.Clear();
        Notices.Clear();
        Resume();
    }

    void Resume()
    {
        _turns.Resume(Now);
        CarryOut([.. _turns.Output.Effects]);
    }

    public TransactionMachine Rebuilt(byte[]? snapshot = null, HeardConnections? connections = null)
    {
        var machine = new TransactionMachine(_options, _epoch, _fault, connections);
        if (snapshot is not null) Assert.True(machine.TryLoad(snapshot, Now));
        machine.StartMoved(0);
        var from = machine.View.HighWatermark;
        foreach (var batch in Log)
        {
            Assert.True(RecordBatchHeader.TryRead(batch, out var header));
            if (header.BaseOffset >= from) machine.Evolve(header, batch, Now);
        }
        return machine;
    }

    public byte[] Save() => Save(Machine);

    public byte[] Save(TransactionMachine machine)
    {
        var bytes = new ArrayBufferWriter<byte>();
        machine.Save(bytes, Now);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Puts facts into the log as a replay would find them, and begins anew from there.</summary>
    public void Begin(TransactionFacts facts, string id = Id)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Assert.True(builder.TryAppend(0, TransactionRecord.Key(new(id)), false, TransactionRecord.Value(facts), false));
        builder.Close(CompressionCodec.None);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, Machine.View.HighWatermark, 0);
        Log.Add(batch);
        Crash();
    }

    public TransactionFacts Facts(string id = Id)
    {
        Assert.True(Machine.TryFind(new(id), out var facts));
        return facts;
    }

    /// <summary>At rest with this id and epoch.</summary>
    public TransactionFacts At(long pid, int epoch, TransactionState state = TransactionState.Empty) => new()
    {
        State = state,
        ProducerId = new(pid),
        Epoch = new((short)epoch),
        PreviousProducerId = ProducerId.None,
        NextProducerId = ProducerId.None,
        LastEpoch = ProducerEpoch.None,
        TimeoutMs = 60_000,
        Participants = ParticipantSet.Empty,
        StartMs = -1,
        UpdatedMs = Now.Wall.UnixMilliseconds,
    };
}
