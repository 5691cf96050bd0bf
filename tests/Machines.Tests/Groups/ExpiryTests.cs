using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>Which offsets are forgotten by themselves, row by row.</summary>
public class ExpiryTests
{
    readonly TestGroups _groups = new();

    public ExpiryTests()
    {
        _groups.Topics.Create("t", partitions: 4);
        _groups.Topics.Create("u", partitions: 4);
    }

    static readonly TimeSpan Retention = GroupOptions.Default.OffsetsRetention;
    static readonly TimeSpan Check = GroupOptions.Default.OffsetsRetentionCheckInterval + TimeSpan.FromSeconds(1);

    TestGroups Short(out TimeSpan retention)
    {
        retention = TimeSpan.FromMinutes(30);
        var groups = new TestGroups(TestGroups.Quick with { OffsetsRetention = retention, OffsetsRetentionCheckInterval = TimeSpan.FromMinutes(1) });
        groups.Topics.Create("t", partitions: 4);
        groups.Topics.Create("u", partitions: 4);
        groups.ChecksReplay = false;
        return groups;
    }

    [Fact]
    public void Offsets_of_a_group_without_members_expire_after_the_retention_and_the_group_with_them()
    {
        _groups.Commit("g", 1);
        _groups.Pass(Retention - TimeSpan.FromMinutes(20));
        Assert.Equal(1, _groups.Fetch("g").Offset);
        _groups.Pass(TimeSpan.FromMinutes(20) + Check);
        Assert.Equal(-1, _groups.Fetch("g").Offset);
        Assert.Empty(_groups.Ask<ListedGroups>(new ListGroups([], [])).Groups);
    }

    [Fact]
    public void A_client_that_says_how_long_gets_that()
    {
        _groups.Ask(_groups.CommitOf("g", 1, version: 4) with { RetentionMs = 3_600_000 });
        _groups.Ask(_groups.CommitOf("g", 2, partition: 1, version: 4) with { RetentionMs = long.MaxValue });
        _groups.RestartFromSnapshot();
        _groups.Pass(TimeSpan.FromMinutes(50));
        Assert.Equal(1, _groups.Fetch("g").Offset);
        _groups.Pass(TimeSpan.FromMinutes(10) + Check);
        Assert.Equal(-1, _groups.Fetch("g").Offset);
        _groups.Pass(Retention + Check);
        Assert.Equal(2, _groups.Fetch("g", partition: 1).Offset);
    }

    [Fact]
    public void G14_what_a_living_group_reads_is_kept_and_what_it_no_longer_reads_is_not()
    {
        var groups = Short(out var retention);
        var member = groups.Stable("g", 1, "t")[0];
        groups.Commit("g", 1, "t", by: member);
        groups.Commit("g", 1, "u", by: member);
        for (var passed = TimeSpan.Zero; passed < retention + TimeSpan.FromMinutes(2); passed += TimeSpan.FromSeconds(9))
        {
            groups.Pass(TimeSpan.FromSeconds(9));
            Assert.Equal(ErrorCode.None, groups.Beat("g", member));
        }
        Assert.Equal((1L, -1L), (groups.Fetch("g", "t").Offset, groups.Fetch("g", "u").Offset));
    }

    [Theory]
    [InlineData("connect", new byte[] { 1 })]
    [InlineData("consumer", new byte[] { 0xff, 0xff })]
    public void Of_a_living_group_whose_subscriptions_nobody_knows_nothing_expires(string type, byte[] metadata)
    {
        var groups = Short(out var retention);
        var member = groups.Ask(groups.JoinOf("g", metadata: metadata) with { ProtocolType = type }).Joined;
        groups.Sync("g", member, (member.MemberId, "x"));
        groups.Commit("g", 1, "u", by: member);
        for (var passed = TimeSpan.Zero; passed < retention + TimeSpan.FromMinutes(2); passed += TimeSpan.FromSeconds(9))
        {
            groups.Pass(TimeSpan.FromSeconds(9));
            Assert.Equal(ErrorCode.None, groups.Beat("g", member));
        }
        Assert.Equal(1, groups.Fetch("g", "u").Offset);
    }

    [Fact]
    public void G15_a_group_that_was_left_counts_from_then()
    {
        var groups = Short(out var retention);
        var member = groups.Stable("g", 1)[0];
        groups.Commit("g", 1, by: member);
        for (var passed = TimeSpan.Zero; passed < retention * 3; passed += TimeSpan.FromSeconds(9))
        {
            groups.Pass(TimeSpan.FromSeconds(9));
            groups.Beat("g", member);
        }
        groups.Leave("g", member.MemberId);
        groups.Pass(retention - TimeSpan.FromMinutes(2));
        Assert.Equal(1, groups.Fetch("g").Offset);
        groups.Restart();
        groups.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(1, groups.Fetch("g").Offset);
        groups.Pass(TimeSpan.FromMinutes(3));
        Assert.Equal(-1, groups.Fetch("g").Offset);
        Assert.Equal(ErrorCode.GroupIdNotFound, groups.Describe("g").Error);
    }

    [Fact]
    public void An_administrators_commit_after_the_group_was_left_counts_from_the_commit()
    {
        var groups = Short(out var retention);
        var member = groups.Stable("g", 1)[0];
        groups.Leave("g", member.MemberId);
        groups.Pass(retention - TimeSpan.FromMinutes(5));
        // The group itself has nothing and went; with an offset it would have stayed.
        groups.Commit("g", 1);
        groups.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(1, groups.Fetch("g").Offset);
    }

    [Fact]
    public void G16_nothing_expires_in_the_middle_of_a_rebalance()
    {
        var groups = Short(out var retention);
        var joined = groups.Ask(groups.JoinOf("g") with { SessionTimeoutMs = 1_800_000, RebalanceTimeoutMs = 7_200_000 }).Joined;
        groups.Sync("g", joined, (joined.MemberId, "x"));
        groups.Commit("g", 1, "u", by: joined);
        // Another one comes, and the first takes its time.
        groups.Ask(groups.JoinOf("g") with { SessionTimeoutMs = 1_800_000, RebalanceTimeoutMs = 7_200_000 });
        for (var minute = 0; minute < 4; minute++)
        {
            groups.Pass(TimeSpan.FromMinutes(10));
            Assert.Equal(ErrorCode.RebalanceInProgress, groups.Beat("g", joined));
        }
        Assert.Equal("PreparingRebalance", groups.Describe("g").State);
        Assert.Equal(1, groups.Fetch("g", "u").Offset);
    }

    [Fact]
    public void Nothing_expires_while_a_transaction_has_an_offset_for_it_and_its_group_stays()
    {
        _groups.Commit("g", 1);
        _groups.Pending("g", 9, producer: 1);
        _groups.Pass(Retention + Check);
        Assert.Equal(1, _groups.Fetch("g").Offset);
        _groups.End(1, 0, commit: true);
        Assert.Equal(9, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void The_wall_clock_alone_ends_no_waiting()
    {
        _groups.Commit("g", 1);
        _groups.Wall += Retention * 2;
        Assert.True(_groups.Machine.NextDeadline > _groups.Steady);
        Assert.Equal(1, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void A_great_many_go_in_portions()
    {
        _groups.ChecksReplay = false;
        _groups.Topics.Create("large", partitions: 1500);
        foreach (var group in new[] { "a", "b", "c" })
            _groups.Ask(_groups.CommitOf(group, 1) with { Topics = [new("large", TopicId.None, [.. Enumerable.Range(0, 1500).Select(partition => new PartitionCommit(partition, 1))])] });
        var batches = _groups.Log.Count;
        _groups.Pass(Retention + Check);
        Assert.True(_groups.Log.Count >= batches + 3, "each portion is a turn of its own");
        Assert.Empty(_groups.Ask<ListedGroups>(new ListGroups([], [])).Groups);
        Assert.Equal(_groups.Save(), _groups.SaveOf(_groups.Rebuilt(null)));
    }

    [Fact]
    public void Silent_producers_are_forgotten_and_those_with_an_open_transaction_are_not()
    {
        _groups.ChecksReplay = false;
        _groups.Pending("g", 9, producer: 1);
        _groups.Pending("g", 9, producer: 2);
        _groups.End(2, 0, commit: true);
        _groups.Pass(TimeSpan.FromDays(1) + Check * 2);
        // The epoch of the second one is not known any more.
        Assert.Equal(ErrorCode.None, _groups.End(2, 0, commit: false));
        Assert.True(_groups.Verify(1, 0).IsOpen);
    }
}
