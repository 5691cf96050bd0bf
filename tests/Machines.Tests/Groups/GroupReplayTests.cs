using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Offsets;
using Semel.Machines.Tests.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>
/// Whatever was asked, in whatever order: a machine folded from the log is the one that wrote it, from whichever snapshot it begins, and after a crash at any
/// append every
/// answer that was given is kept.
/// </summary>
public class GroupReplayTests
{
    static readonly string[] Names = ["g", "h", "i"];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 30)];

    /// <summary>Members, static and dynamic, offsets, transactions, deletions, time: much of it refused.</summary>
    sealed class Run(int seed)
    {
        readonly Random _random = new(seed);
        readonly List<(string Group, JoinReply Reply)> _joined = [];
        readonly List<(string Group, Asked Asked)> _waiting = [];

        public TestGroups Groups { get; } = Made();

        static TestGroups Made()
        {
            var groups = new TestGroups(TestGroups.Quick with { OffsetsRetention = TimeSpan.FromMinutes(2), OffsetsRetentionCheckInterval = TimeSpan.FromSeconds(20) }) { ChecksReplay = false };
            groups.Topics.Create("t", partitions: 3);
            groups.Topics.Create("u", partitions: 3);
            return groups;
        }

        string Any(string[] names) => names[_random.Next(names.Length)];

        JoinReply? Member(string group)
        {
            var known = _joined.Where(one => one.Group == group).ToArray();
            return known.Length == 0 ? null : known[_random.Next(known.Length)].Reply;
        }

        public void Step()
        {
            var group = Any(Names);
            var member = Member(group);
            switch (_random.Next(16))
            {
                case 0 or 1:
                    Join(group, "", _random.Next(3) == 0 ? $"s{_random.Next(2)}" : null);
                    break;
                case 2 or 3 when member is not null:
                    Join(group, member.MemberId, null);
                    break;
                case 4 or 5 when member is not null:
                    Groups.Sync(group, member, [.. _joined.Where(one => one.Group == group).Select(one => (one.Reply.MemberId, $"{_random.Next(9)}"))]);
                    break;
                case 6:
                    Groups.Commit(group, _random.Next(100), Any(["t", "u"]), _random.Next(3), _random.Next(2) == 0 ? member : null);
                    break;
                case 7 or 8:
                    Groups.Pending(group, _random.Next(100), _random.Next(1, 4), (short)_random.Next(2), _random.Next(2) == 0 ? member : null, Any(["t", "u"]), _random.Next(3));
                    break;
                case 9 or 10:
                    Groups.End(_random.Next(1, 4), (short)_random.Next(3), _random.Next(2) == 0, (short)_random.Next(1, 3));
                    break;
                case 11 when member is not null:
                    Groups.Ask(new LeaveGroup(new(group), [new(member.MemberId, null)]));
                    break;
                case 12:
                    Groups.Ask(new DeleteOffsets { GroupId = new(group), Topics = [new(Any(["t", "u"]), TopicId.None, [_random.Next(3)])] });
                    break;
                case 13:
                    Groups.Ask(new DeleteGroup(new(group)));
                    break;
                case 14 when _random.Next(8) == 0:
                    Groups.Topics.Turn(Machines.Catalog.CatalogCommand.DeleteTopic("u"));
                    Groups.Topics.Create("u", partitions: 3);
                    break;
                default:
                    Groups.Pass(TimeSpan.FromSeconds(_random.Next(1, 12)));
                    break;
            }
            foreach (var (name, asked) in _waiting.Where(one => one.Asked.IsAnswered && one.Asked.Error == ErrorCode.None)) _joined.Add((name, asked.Joined));
            _waiting.RemoveAll(one => one.Asked.IsAnswered);
        }

        void Join(string group, string member, string? instance) => _waiting.Add((group, Groups.Join(group, member, instance, TestGroups.Subscription(Any(["t", "u"])))));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void The_live_state_equals_the_replayed_state(int seed)
    {
        var run = new Run(seed);
        var snapshots = new List<byte[]?> { null };
        for (var step = 0; step < 800; step++)
        {
            run.Step();
            if (step % 160 == 0) snapshots.Add(run.Groups.Save());
        }
        Assert.True(run.Groups.Log.Count > 60);
        foreach (var snapshot in snapshots) Assert.Equal(run.Groups.Save(), run.Groups.SaveOf(run.Groups.Rebuilt(snapshot)));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_compacted_log_folds_to_the_state_of_the_whole_from_its_start_and_from_a_snapshot_in_it(int seed)
    {
        var run = new Run(seed);
        var (batches, whole) = (0, 0);
        for (var round = 0; round < 6; round++)
        {
            for (var step = 0; step < 100; step++) run.Step();
            var (snapshot, offset) = (run.Groups.Save(), run.Groups.Machine.View.HighWatermark);
            for (var step = 0; step < 30 * (seed % 4); step++) run.Step();
            whole = run.Groups.Log.Count;
            run.Groups.Compact(foldedFrom: offset);
            batches = run.Groups.Log.Count;
            var (producers, others) = run.Groups.Essence(run.Groups.Save());
            foreach (var from in new[] { null, snapshot })
            {
                var folded = run.Groups.Essence(run.Groups.SaveOf(run.Groups.Rebuilt(from)));
                Assert.Equal(producers, folded.Producers);
                Assert.Equal(others, folded.Others);
            }
        }
        Assert.True(batches < whole, $"{batches} of {whole} batches are left");
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_crash_at_any_append_leaves_what_was_there_then(int seed)
    {
        var run = new Run(seed);
        for (var step = 0; step < 120; step++) run.Step();
        for (var count = 0; count <= run.Groups.Log.Count; count++)
        {
            var whole = run.Groups.Rebuilt(null, count);
            // It goes on from there, as a coordinator that was started anew: nothing is open that cannot be ended, and everybody is answered.
            var again = new Machines.Turn.TurnRunner<GroupCommand, GroupReply, GroupView>(whole);
            again.Resume(run.Groups.Moment);
            foreach (var open in whole.View.OpenTransactions.All.ToArray())
                again.Decide([new EndTransaction(new(open.ProducerId, open.Epoch, true, 9, 1))], run.Groups.Moment);
            Assert.Equal(0, whole.View.OpenTransactions.Count);
            again.Decide([.. Names.Select(name => new FetchOffsets { GroupId = new(name), RequireStable = true, Catalog = run.Groups.Topics.View })], run.Groups.Moment);
            Assert.All(again.Output.Replies, reply => Assert.All(((FetchedOffsets)reply).Topics, topic => Assert.All(topic.Partitions, row => Assert.Equal(ErrorCode.None, row.Error))));
            again.Decide([.. Names.Select(name => new DescribeGroup(new(name)))], run.Groups.Moment);
            Assert.All(again.Output.Replies, reply => Assert.Contains(((DescribedGroup)reply).State, new[] { "Stable", "Empty", "Dead" }));
        }
    }

    /// <summary>What anybody can see of the groups, and what is open.</summary>
    static string Seen(TestGroups groups, GroupMachine machine)
    {
        var turns = new Machines.Turn.TurnRunner<GroupCommand, GroupReply, GroupView>(machine);
        turns.Resume(groups.Moment);
        turns.Decide([.. Names.SelectMany(name => new GroupCommand[]
        {
            new FetchOffsets { GroupId = new(name), RequireStable = false, Catalog = groups.Topics.View },
            new FetchOffsets { GroupId = new(name), RequireStable = true, Catalog = groups.Topics.View },
            new DescribeGroup(new(name)),
        })], groups.Moment);
        return string.Join('\n', turns.Output.Replies.Select(reply => reply switch
        {
            FetchedOffsets fetched => string.Join(' ', fetched.Topics.SelectMany(topic => topic.Partitions.Select(row => $"{topic.Name}-{row.Partition}={row.Offset},{row.Error}"))),
            DescribedGroup described => $"{described.State} {string.Join(' ', described.Members.Select(member => $"{member.MemberId}={TestGroups.Text(member.Assignment)}"))}",
            _ => $"{reply}",
        }).Append(string.Join(' ', machine.View.OpenTransactions.All)));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void A_compacted_log_says_the_same(int seed)
    {
        var run = new Run(seed);
        for (var step = 0; step < 400; step++) run.Step();
        var groups = run.Groups;
        var bound = groups.Machine.View.LastStableOffset;
        var batches = groups.Log.Select(one => one.Bytes).ToArray();
        var compaction = new Compaction.CompactionRun();
        foreach (var batch in batches.TakeWhile(batch => HeaderOf(batch).NextOffset <= bound)) compaction.Add([.. batch]);
        compaction.Compact(new() { BeginsAtLogStart = true, TombstonesUpTo = long.MaxValue });
        var compacted = compaction.Batches;
        Assert.True(compacted.Sum(batch => batch.Length) < batches.Sum(batch => batch.Length));
        var machine = new GroupMachine(TestGroups.Quick);
        foreach (var batch in compacted.Concat(batches.SkipWhile(batch => HeaderOf(batch).NextOffset <= bound))) machine.Evolve(HeaderOf(batch), batch, groups.Moment);
        Assert.Equal(Seen(groups, groups.Rebuilt(null)), Seen(groups, machine));
    }

    static Protocol.Records.RecordBatchHeader HeaderOf(byte[] batch)
    {
        Assert.True(Protocol.Records.RecordBatchHeader.TryRead(batch, out var header));
        return header;
    }

    [Fact]
    public void A_snapshot_that_is_damaged_is_not_taken()
    {
        var groups = new TestGroups();
        groups.Topics.Create("t", partitions: 4);
        groups.Stable("g", 2);
        groups.Commit("h", 5);
        groups.Pending("h", 6, 1, partition: 1);
        var snapshot = groups.Save();
        for (var length = 0; length < snapshot.Length; length++) Assert.False(new GroupMachine(GroupOptions.Default).TryLoad(snapshot.AsSpan(0, length), groups.Moment), $"{length} bytes");
        Assert.False(new GroupMachine(GroupOptions.Default).TryLoad([.. snapshot, 0], groups.Moment));
        snapshot[1]++;
        Assert.False(new GroupMachine(GroupOptions.Default).TryLoad(snapshot, groups.Moment));
    }
}
