using System.Diagnostics;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol;
using Xunit.Abstractions;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>What a member of a KIP-848 group costs, and how long a thousand of them take. Alone, because everything that is allocated meanwhile would count.</summary>
[Collection(nameof(GroupSizeTests))]
public class ConsumerSizeTests(ITestOutputHelper output)
{
    const int Members = 1000;

    static long Used() => GC.GetTotalMemory(forceFullCollection: true);

    [Fact]
    public void A_thousand_members_join_and_share_nine_thousand_partitions_and_each_takes_less_than_two_KiB()
    {
        var world = new ConsumerWorld(TestGroups.Quick);
        world.Groups.ChecksReplay = false;
        for (var topic = 0; topic < 10; topic++) world.Groups.Topics.Create($"orders-of-region-{topic}", 900);
        var topics = Enumerable.Range(0, 10).Select(topic => $"orders-of-region-{topic}").ToArray();
        var watch = Stopwatch.StartNew();
        var members = Enumerable.Range(0, Members).Select(number => new TestMember(world.Groups, "g", $"0f5cbd4a-6f9f-4bd1-9d5a-{number:d12}") { Topics = topics }).ToArray();
        foreach (var member in members) Assert.Equal(ErrorCode.None, member.Join().Error);
        var joined = watch.Elapsed;
        for (var round = 0; round < 4; round++)
        {
            world.Groups.Pass(TimeSpan.FromSeconds(5));
            foreach (var member in members) Assert.Equal(ErrorCode.None, member.BeatOwning().Error);
        }
        Assert.Equal("Stable", world.State);
        Assert.All(members, member => Assert.Equal(9, member.Owned.Count));
        Assert.Equal(9_000, members.SelectMany(member => member.Owned).Distinct().Count());
        watch.Stop();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");

        var beats = world.Groups.Log.Count;
        var idle = Stopwatch.StartNew();
        foreach (var member in members) member.Beat();
        idle.Stop();
        Assert.Equal(beats, world.Groups.Log.Count);

        foreach (var member in members) member.Owned = PartitionSet.Empty;
        var log = world.Groups.Log.Sum(batch => (long)batch.Bytes.Length);
        var with = Used();
        world.Groups.Drop();
        var each = (with - Used()) / (double)Members;
        output.WriteLine($"{each:0} bytes for each member of nine partitions, joined in {joined.TotalMilliseconds:0} ms, stable after {watch.Elapsed.TotalMilliseconds:0} ms with {log / 1e6:0.0} MB in the log, {idle.Elapsed.TotalMicroseconds / Members:0.0} us for a heartbeat that changes nothing");
        Assert.True(each < 2048, $"{each:0} bytes for each member");
    }
}
