using System.Buffers;
using System.Diagnostics;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Xunit.Abstractions;

namespace Semel.Machines.Tests.Groups;

/// <summary>
/// What a committed offset and a member cost, and how quickly a million offsets are loaded. Alone, because everything that is allocated meanwhile would count.
/// </summary>
[CollectionDefinition(nameof(GroupSizeTests), DisableParallelization = true)]
[Collection(nameof(GroupSizeTests))]
public class GroupSizeTests(ITestOutputHelper output)
{
    const int Groups = 1000, Partitions = 1000, Members = 1000;

    /// <summary>What this process has worked: another program that works meanwhile does not count.</summary>
    static TimeSpan Worked() => Process.GetCurrentProcess().TotalProcessorTime;

    static long Used() => GC.GetTotalMemory(forceFullCollection: true);

    [Fact]
    public void A_million_offsets_take_little_memory_and_are_loaded_in_less_than_a_second()
    {
        var groups = new TestGroups { ChecksReplay = false };
        groups.Topics.Create("topic", partitions: Partitions);
        PartitionCommit[] commits = [.. Enumerable.Range(0, Partitions).Select(partition => new PartitionCommit(partition, partition * 7L, 3))];
        var machine = new GroupMachine(GroupOptions.Default);
        var turns = new Machines.Turn.TurnRunner<GroupCommand, GroupReply, GroupView>(machine);
        var before = Used();
        for (var group = 0; group < Groups; group++)
            turns.Decide([new CommitOffsets { GroupId = new($"group-{group}"), Version = 8, Topics = [new("topic", TopicId.None, commits)], Catalog = groups.Topics.View }], groups.Moment);
        var each = (Used() - before) / (double)(Groups * Partitions);
        var snapshot = new ArrayBufferWriter<byte>(64 << 20);
        machine.Save(snapshot, groups.Moment);
        var loaded = new GroupMachine(GroupOptions.Default);
        var time = Worked();
        Assert.True(loaded.TryLoad(snapshot.WrittenSpan, groups.Moment));
        time = Worked() - time;
        output.WriteLine($"{each:0.0} bytes for each offset, {snapshot.WrittenCount / 1_000_000.0:0.0} bytes in the snapshot, loaded in {time.TotalMilliseconds:0} ms");
        Assert.True(each < 150, $"{each:0.0} bytes for each offset");
        Assert.True(time < TimeSpan.FromSeconds(1), $"loaded in {time.TotalMilliseconds:0} ms");
        var again = new ArrayBufferWriter<byte>(64 << 20);
        loaded.Save(again, groups.Moment);
        Assert.True(snapshot.WrittenSpan.SequenceEqual(again.WrittenSpan));
        GC.KeepAlive(machine);
    }

    [Fact]
    public void Commits_are_replayed_quickly()
    {
        const int commits = 200_000;
        var groups = new TestGroups { ChecksReplay = false };
        groups.Topics.Create("topic", partitions: Partitions);
        for (var commit = 0; commit < commits; commit++) groups.Turn(groups.CommitOf($"group-{commit % 100}", commit, "topic", commit % Partitions));
        var time = Worked();
        var machine = groups.Rebuilt(null);
        time = Worked() - time;
        output.WriteLine($"{commits / time.TotalSeconds:0} commits replayed a second");
        Assert.Equal(groups.Machine.View.HighWatermark, machine.View.HighWatermark);
        Assert.True(time < TimeSpan.FromSeconds(2), $"{commits} commits were replayed in {time}");
    }

    [Fact]
    public void A_member_takes_less_than_two_KiB()
    {
        var groups = new TestGroups(GroupOptions.Default) { ChecksReplay = false };
        var asked = Enumerable.Range(0, Members).Select(_ => groups.Join("g", metadata: TestGroups.Subscription("a topic of the usual length", "another one"))).ToArray();
        groups.Pass(TimeSpan.FromSeconds(7));
        var leader = asked.Single(one => one.Joined.Members.Count > 0).Joined;
        var waiting = asked.Where(one => one.Joined != leader).Select(one => groups.Sync("g", one.Joined)).ToArray();
        groups.Sync("g", leader, [.. leader.Members.Select(member => (member.MemberId, new string('x', 100)))]);
        Assert.All(waiting, one => Assert.True(one.IsAnswered));
        var with = Used();
        groups.Drop();
        var each = (with - Used()) / (double)Members;
        output.WriteLine($"{each:0} bytes for each member");
        Assert.True(each < 2048, $"{each:0} bytes for each member");
        GC.KeepAlive(asked);
    }
}
