using System.Buffers;
using Semel.Machines.Compaction;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Producers;
using Semel.Machines.Tests.Catalog;
using Semel.Machines.Tests.Compaction;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Groups;

/// <summary>What somebody asked, and its answer once there is one.</summary>
internal sealed class Asked
{
    GroupReply? _reply;

    public bool IsAnswered => _reply is not null;
    public GroupReply Reply => _reply ?? throw new InvalidOperationException("it waits for its answer");
    public ErrorCode Error => Reply.Error;
    public JoinReply Joined => (JoinReply)Reply;
    public SyncReply Synced => (SyncReply)Reply;

    public void Answer(GroupReply reply)
    {
        Assert.Null(_reply);
        _reply = reply;
    }
}

/// <summary>
/// A group coordinator's machine with the turns around it, a catalog, and a list of batches for a log: what a shell does, without I/O. After each turn a
/// machine that is folded
/// from the log alone has to save the same bytes.
/// </summary>
internal sealed class TestGroups
{
    public static readonly GroupOptions Quick = new() { InitialRebalanceDelay = TimeSpan.Zero };

    readonly GroupOptions _options;
    readonly PlantedFault _fault;
    readonly GuardNumbers _guards = new();
    readonly List<(byte[] Bytes, Moment AppendedAt)> _log = [];
    readonly Dictionary<long, Asked> _parked = [];
    TurnRunner<GroupCommand, GroupReply, GroupView> _turns = null!;
    int _ids;

    public TestGroups(GroupOptions? options = null, PlantedFault fault = PlantedFault.None)
    {
        (_options, _fault) = (options ?? Quick, fault);
        GoOnWith(New());
    }

    public GroupMachine Machine { get; private set; } = null!;
    public TestCatalog Topics { get; } = new();
    public IReadOnlyList<(byte[] Bytes, Moment AppendedAt)> Log => _log;
    /// <summary>Off where nothing else would be quick enough.</summary>
    public bool ChecksReplay { get; set; } = true;
    public Instant Wall { get; set; } = new(1_700_000_000_000);
    public TimeSpan Steady { get; set; } = TimeSpan.FromHours(1);
    public Moment Moment => new(Wall, Steady);

    GroupMachine New() => new(_options, _guards, _fault);

    void GoOnWith(GroupMachine machine)
    {
        Machine = machine;
        _turns = new(machine);
        _turns.Resume(Moment);
        // Whoever waited is told by the shell.
        _parked.Clear();
    }

    // ---- Turns

    public Asked Ask(GroupCommand command) => Turn(command)[0];

    public T Ask<T>(GroupCommand command) where T : GroupReply => (T)Ask(command).Reply;

    /// <summary>One turn in which all commands are decided.</summary>
    public Asked[] Turn(params GroupCommand[] commands) => TurnAsOf(Topics.View, commands);

    /// <summary>The commands were made when the topics were these.</summary>
    public Asked[] TurnAsOf(CatalogView topics, params GroupCommand[] commands)
    {
        var asked = commands.Select(_ => new Asked()).ToArray();
        _turns.Decide([.. commands.Select(command => command with { Catalog = topics })], Moment);
        var output = _turns.Output;
        foreach (var batch in output.Appends) _log.Add((batch.ToArray(), Moment));
        foreach (var parked in output.Parked) _parked.Add(parked.Ticket, asked[parked.Index]);
        for (var i = 0; i < asked.Length; i++)
            if (output.Parked.All(parked => parked.Index != i)) asked[i].Answer(output.Replies[i]);
        foreach (var late in output.LateReplies)
        {
            Assert.True(_parked.Remove(late.Ticket, out var waiting), "a ticket is answered once");
            waiting.Answer(late.Reply);
        }
        Asks.AddRange(output.Effects.Cast<AskAboutTransaction>());
        if (ChecksReplay) Assert.Equal(Save(), SaveOf(Rebuilt(null)));
        return asked;
    }

    /// <summary>All effects so far.</summary>
    public List<AskAboutTransaction> Asks { get; } = [];

    public int ParkedCount => _parked.Count;

    /// <summary>Time passes, and whatever is due meanwhile is done when it is due.</summary>
    public void Pass(TimeSpan time)
    {
        var end = Steady + time;
        for (var ticks = 0; Machine.NextDeadline is { } due && due <= end; ticks++)
        {
            Assert.True(ticks < 100_000, "deadlines end");
            var moved = due > Steady ? due - Steady : TimeSpan.Zero;
            (Steady, Wall) = (Steady + moved, Wall + moved);
            Turn(new GroupTick());
        }
        Wall += end - Steady;
        Steady = end;
    }

    // ---- Loading

    public byte[] Save() => SaveOf(Machine);

    public byte[] SaveOf(GroupMachine machine)
    {
        var bytes = new ArrayBufferWriter<byte>();
        machine.Save(bytes, Moment);
        return bytes.WrittenSpan.ToArray();
    }

    public GroupMachine Rebuilt(byte[]? snapshot, int batches = int.MaxValue)
    {
        var machine = New();
        if (snapshot is not null) Assert.True(machine.TryLoad(snapshot, Moment));
        foreach (var (bytes, appendedAt) in _log.Take(batches))
        {
            Assert.True(RecordBatchHeader.TryRead(bytes, out var header));
            if (header.NextOffset > machine.View.HighWatermark) machine.Evolve(header, bytes, appendedAt);
        }
        return machine;
    }

    /// <summary>Compacts the log below its last stable offset.</summary>
    /// <param name="foldedFrom">Where the lowest snapshot lies that the log is folded on top of.</param>
    public void Compact(long foldedFrom)
    {
        var policy = new CompactionPolicy { BeginsAtLogStart = true, TombstonesUpTo = long.MaxValue, FoldedFrom = foldedFrom };
        var below = _log.TakeWhile(batch => CompactionRun.Header(batch.Bytes).NextOffset <= Machine.View.LastStableOffset).ToList();
        var compacted = CompactionRun.Compact(below, static batch => batch.Bytes, static (batch, changed) => (changed, batch.AppendedAt), policy, out _);
        _log.RemoveRange(0, below.Count);
        _log.InsertRange(0, compacted);
    }

    /// <summary>
    /// A snapshot without what compaction takes from a log and nobody needs: in which order producers were first heard of, and which transactions were aborted
    /// whose records are gone.
    /// </summary>
    public (IEnumerable<ProducerDescription> Producers, byte[] Others) Essence(byte[] snapshot)
    {
        Assert.True(GroupSnapshot.TryRead(snapshot, Moment, _fault, out var state));
        var producers = state.Producers.Describe();
        state.Producers.Clear();
        var rest = new ArrayBufferWriter<byte>();
        GroupSnapshot.Write(state, rest, Moment, _fault);
        return (producers, rest.WrittenSpan.ToArray());
    }

    /// <summary>The machine goes, and an empty one takes its place: what it held is free.</summary>
    public void Drop() => GoOnWith(New());

    public void Restart() => GoOnWith(Rebuilt(null));
    public void RestartFromSnapshot() => GoOnWith(Rebuilt(Save()));

    /// <summary>The last batches are gone from the log, as after a crash that tore them off.</summary>
    public void CrashAndLose(int batches)
    {
        _log.RemoveRange(_log.Count - batches, batches);
        Restart();
    }

    // ---- Requests

    public string FreshId() => $"uuid{++_ids}";

    public static byte[] Subscription(params string[] topics) => VersionedData.ToBytes(new ConsumerProtocolSubscription { Topics = [.. topics] }, 1);

    public JoinGroup JoinOf(string group, string member = "", string? instance = null, byte[]? metadata = null) => new()
    {
        GroupId = new(group),
        MemberId = member,
        InstanceId = instance,
        Client = new("client", "/127.0.0.1"),
        ProtocolType = "consumer",
        Protocols = [new("range", metadata ?? Subscription("t"))],
        SessionTimeoutMs = 10_000,
        RebalanceTimeoutMs = 60_000,
        FreshId = FreshId(),
    };

    public Asked Join(string group, string member = "", string? instance = null, byte[]? metadata = null) => Ask(JoinOf(group, member, instance, metadata));

    public Asked Sync(string group, JoinReply joined, params (string Member, string Assignment)[] assignments) => Ask(new SyncGroup
    {
        GroupId = new(group),
        Generation = joined.Generation,
        MemberId = joined.MemberId,
        ProtocolType = joined.ProtocolType,
        ProtocolName = joined.ProtocolName,
        Assignments = [.. assignments.Select(one => new MemberAssignment(one.Member, Bytes(one.Assignment)))],
    });

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
    public static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    public ErrorCode Beat(string group, JoinReply joined, string? instance = null) => Ask(new Heartbeat(new(group), joined.Generation, joined.MemberId, instance)).Error;
    public ErrorCode Leave(string group, string member, string? instance = null) => Ask<LeaveReply>(new LeaveGroup(new(group), [new(member, instance)])).Members[0];

    /// <summary>A stable group of dynamic members; the first is its leader.</summary>
    public JoinReply[] Stable(string group, int members, string topic = "t")
    {
        var joined = new List<JoinReply>();
        for (var i = 0; i < members; i++)
        {
            var asked = Join(group, metadata: Subscription(topic));
            var again = joined.Select(member => (member, Asked: Join(group, member.MemberId, metadata: Subscription(topic)))).ToArray();
            joined = [.. again.Select(one => one.Asked.Joined), asked.Joined];
            var leader = joined.Single(one => one.MemberId == one.Leader);
            var followers = joined.Where(one => one != leader).Select(one => Sync(group, one)).ToArray();
            Assert.Equal(ErrorCode.None, Sync(group, leader, [.. joined.Select(one => (one.MemberId, $"for {one.MemberId}"))]).Error);
            Assert.All(followers, one => Assert.Equal(ErrorCode.None, one.Error));
        }
        return [.. joined];
    }

    public DescribedGroup Describe(string group) => Ask<DescribedGroup>(new DescribeGroup(new(group)));

    public CommitOffsets CommitOf(string group, long offset, string topic = "t", int partition = 0, JoinReply? by = null, short version = 8) => new()
    {
        GroupId = new(group),
        GenerationOrEpoch = by?.Generation ?? -1,
        MemberId = by?.MemberId ?? "",
        Version = version,
        Topics = [new(topic, TopicId.None, [new(partition, offset, 3, "m")])],
    };

    public ErrorCode Commit(string group, long offset, string topic = "t", int partition = 0, JoinReply? by = null, short version = 8) =>
        First(CommitOf(group, offset, topic, partition, by, version));

    /// <summary>The error of the first partition.</summary>
    public ErrorCode First(GroupCommand command) => Ask<OffsetErrors>(command) is { Error: ErrorCode.None } reply ? reply.Topics[0][0] : throw new InvalidOperationException("the whole was refused");

    public FetchedOffset Fetch(string group, string topic = "t", int partition = 0, bool stable = false) =>
        Ask<FetchedOffsets>(new FetchOffsets { GroupId = new(group), RequireStable = stable, Topics = [new(topic, TopicId.None, [partition])] }).Topics[0].Partitions[0];

    // ---- Transactions

    public VerificationReply Verify(long producer, short epoch, bool second = true) => Ask<VerificationReply>(new BeginVerification(new(producer), new(epoch), second));

    public CommitTransactional PendingOf(string group, long offset, long producer, short epoch, long guard, JoinReply? by = null, string topic = "t", int partition = 0, short version = 5) => new()
    {
        GroupId = new(group),
        GenerationOrEpoch = by?.Generation ?? -1,
        MemberId = by?.MemberId ?? "",
        Version = version,
        Topics = [new(topic, TopicId.None, [new(partition, offset)])],
        ProducerId = new(producer),
        ProducerEpoch = new(epoch),
        Guard = guard,
    };

    /// <summary>Verified, as the coordinator said yes, and written.</summary>
    public ErrorCode Pending(string group, long offset, long producer, short epoch = 0, JoinReply? by = null, string topic = "t", int partition = 0, short version = 5)
    {
        var verified = Verify(producer, epoch);
        return verified.Error != ErrorCode.None ? verified.Error : First(PendingOf(group, offset, producer, epoch, verified.Guard, by, topic, partition, version));
    }

    /// <summary>The marker of the first protocol, or of the second with its higher epoch.</summary>
    public ErrorCode End(long producer, short epoch, bool commit, short version = 1) => Ask(new EndTransaction(new(new(producer), new(epoch), commit, 1, version))).Error;
}
