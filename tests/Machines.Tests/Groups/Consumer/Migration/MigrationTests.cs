using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Consumer.Migration;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Groups.Consumer.Migration;

/// <summary>groups.md 5.6: groups whose members speak different protocols, and the change from one to the other while members are there.</summary>
public class MigrationTests
{
    readonly ConsumerWorld _world = new();

    TestGroups Groups => _world.Groups;

    /// <summary>A stable classic group "g" whose members have been assigned these partitions of "t"; the first is the leader.</summary>
    JoinReply[] Classic(params int[][] assigned)
    {
        var joined = Groups.Stable("g", assigned.Length);
        // Once more, with assignments that mean something.
        var again = joined.Select(member => Groups.Join("g", member.MemberId, metadata: TestGroups.Subscription("t", "new"))).ToArray();
        joined = [.. again.Select(one => one.Joined)];
        var leader = joined.Single(one => one.MemberId == one.Leader);
        var followers = joined.Where(one => one != leader).Select(one => Groups.Sync("g", one)).ToArray();
        Assert.Equal(ErrorCode.None, Groups.Ask(new SyncGroup
        {
            GroupId = new("g"),
            Generation = leader.Generation,
            MemberId = leader.MemberId,
            Assignments = [.. joined.Select((one, index) => new MemberAssignment(one.MemberId, ClassicBytes.Of(_world.Set(assigned[index]), Groups.Topics.View)))],
        }).Error);
        Assert.All(followers, one => Assert.Equal(ErrorCode.None, one.Error));
        return joined;
    }

    static byte[] Metadata(params (string Topic, int Partition)[] owned)
    {
        var subscription = new ConsumerProtocolSubscription { Topics = ["t"] };
        foreach (var topic in owned.GroupBy(one => one.Topic)) subscription.OwnedPartitions.Add(new() { Topic = topic.Key, Partitions = [.. topic.Select(one => one.Partition)] });
        return VersionedData.ToBytes(subscription, 1);
    }

    PartitionSet SyncOf(JoinReply joined)
    {
        var synced = Groups.Sync("g", joined).Synced;
        Assert.Equal(ErrorCode.None, synced.Error);
        return ClassicBytes.AssignedOf(synced.Assignment, Groups.Topics.View)!;
    }

    string Type => Groups.Ask<ListedGroups>(new ListGroups([], [])).Groups.Single().Type;

    [Fact]
    public void A_member_of_the_new_protocol_joins_a_classic_group_whose_members_keep_what_they_have_until_they_give_it_up()
    {
        var classic = Classic([0, 1], [2, 3]);
        var member = _world.Member("new");
        Assert.Empty(member.Join().Assignment!);
        Assert.Equal("consumer", Type);
        var described = _world.Describe();
        Assert.Equal(3, described.Members.Count);
        Assert.Equal([true, true, false], described.Members.OrderBy(one => !one.IsClassic).Select(one => one.IsClassic));
        Assert.Equal(_world.Set(0, 1), described.Members.Single(one => one.MemberId == classic[0].MemberId).Assigned);
        Groups.RestartFromSnapshot();

        // The old ones hear that they have to join again; one of them is eager and gives up everything first.
        Assert.Equal(ErrorCode.RebalanceInProgress, Groups.Beat("g", classic[0]));
        Assert.Equal(ErrorCode.RebalanceInProgress, Groups.Sync("g", classic[0]).Error);
        var first = Groups.Join("g", classic[0].MemberId, metadata: Metadata()).Joined;
        Assert.Equal((ErrorCode.None, "consumer", "range", ""), (first.Error, first.ProtocolType, first.ProtocolName, first.Leader));
        Assert.Empty(first.Members);
        var firsts = SyncOf(first);
        // The other is cooperative: it gives up when it hears what it shall keep, and joins once more.
        var second = Groups.Join("g", classic[1].MemberId, metadata: Metadata(("t", 2), ("t", 3))).Joined;
        var kept = SyncOf(second);
        Assert.True(kept.IsSubsetOf(_world.Set(2, 3)));
        if (kept.Count < 2)
        {
            Assert.Equal(ErrorCode.RebalanceInProgress, Groups.Beat("g", second));
            second = Groups.Join("g", classic[1].MemberId, metadata: Metadata([.. kept.Select(one => ("t", one.Partition))])).Joined;
            kept = SyncOf(second);
        }
        member.Beat();
        // What it waited for has become free by then.
        Assert.Equal(ErrorCode.RebalanceInProgress, Groups.Beat("g", first));
        first = Groups.Join("g", classic[0].MemberId, metadata: Metadata()).Joined;
        firsts = SyncOf(first);
        Assert.Equal(4, firsts.Union(kept).Union(member.Owned).Count);
        Assert.Equal(4, firsts.Count + kept.Count + member.Owned.Count);
        Assert.Equal(ErrorCode.None, Groups.Beat("g", first));
        Assert.Equal(ErrorCode.None, Groups.Beat("g", second));
        Assert.Equal("Stable", _world.State);
    }

    [Fact]
    public void A_member_that_waits_for_others_to_join_joins_the_changed_group()
    {
        var classic = Classic([0, 1], [2, 3]);
        var waiting = Groups.Join("g", classic[0].MemberId, metadata: TestGroups.Subscription("t", "u"));
        Assert.False(waiting.IsAnswered);
        Assert.Equal(ErrorCode.None, _world.Member("new").Join().Error);
        Assert.Equal(ErrorCode.RebalanceInProgress, waiting.Error);
        Assert.Equal(0, Groups.ParkedCount);
        Assert.Equal(ErrorCode.None, Groups.Join("g", classic[0].MemberId, metadata: Metadata()).Error);
    }

    [Theory]
    [InlineData(MigrationPolicy.Disabled)]
    [InlineData(MigrationPolicy.Downgrade)]
    public void A_group_changes_its_protocol_only_if_it_may(MigrationPolicy policy)
    {
        var world = new ConsumerWorld(ConsumerWorld.AtOnce with { ConsumerMigrationPolicy = policy });
        world.Groups.Stable("g", 2);
        var before = world.Groups.Log.Count;
        var reply = world.Member("new").Join();
        Assert.Equal(ErrorCode.GroupIdNotFound, reply.Error);
        Assert.Contains("group.consumer.migration.policy", reply.Message, StringComparison.Ordinal);
        Assert.Equal(before, world.Groups.Log.Count);
        Assert.Equal("Stable", world.State);
    }

    [Fact]
    public void A_group_of_another_type_or_with_a_subscription_that_cannot_be_read_stays_as_it_is()
    {
        Groups.Join("g", metadata: [1, 2, 3]);
        Assert.Equal(ErrorCode.GroupIdNotFound, _world.Member("new").Join().Error);
        Groups.Ask(Groups.JoinOf("connect") with { ProtocolType = "connect" });
        Assert.Equal(ErrorCode.GroupIdNotFound, new TestMember(Groups, "connect", "new").Join().Error);
        Assert.Equal(["classic", "classic"], Groups.Ask<ListedGroups>(new ListGroups([], [])).Groups.Select(group => group.Type));
    }

    [Fact]
    public void A_group_whose_leader_assigns_in_a_language_of_its_own_stays_as_it_is()
    {
        Groups.Stable("g", 2);
        var reply = _world.Member("new").Join();
        Assert.Equal(ErrorCode.GroupIdNotFound, reply.Error);
        Assert.Contains("partition.assignment.strategy", reply.Message, StringComparison.Ordinal);
        Assert.Equal("Stable", _world.State);
    }

    [Fact]
    public void A_bad_request_changes_no_group()
    {
        Classic([0, 1], [2, 3]);
        var before = Groups.Log.Count;
        var member = _world.Member("new");
        member.Pattern = "(";
        Assert.Equal(ErrorCode.InvalidRegularExpression, member.Join().Error);
        Assert.Equal(before, Groups.Log.Count);
        Assert.Equal("classic", Type);
    }

    // ---- Classic members of a KIP-848 group

    [Fact]
    public void A_classic_member_joins_a_group_of_the_new_protocol()
    {
        var member = _world.Member("new");
        member.Join();
        var asked = Groups.Ask<JoinReply>(Groups.JoinOf("g", metadata: Metadata()) with { RequiresMemberId = true });
        Assert.Equal(ErrorCode.MemberIdRequired, asked.Error);
        var joined = Groups.Join("g", asked.MemberId, metadata: Metadata()).Joined;
        Assert.Equal((ErrorCode.None, asked.MemberId), (joined.Error, joined.MemberId));
        Assert.Empty(SyncOf(joined));
        Assert.Equal(ErrorCode.None, Groups.Beat("g", joined));
        member.Beat();
        Assert.Equal(ErrorCode.None, Groups.Beat("g", joined));
        member.BeatOwning();
        // What it waits for is free now.
        Assert.Equal(ErrorCode.RebalanceInProgress, Groups.Beat("g", joined));
        joined = Groups.Join("g", joined.MemberId, metadata: Metadata()).Joined;
        Assert.Equal(2, SyncOf(joined).Count);
        Assert.Equal(ErrorCode.None, Groups.Beat("g", joined));
        Assert.Equal("Stable", _world.State);
    }

    [Fact]
    public void What_a_classic_member_says_is_checked()
    {
        var member = _world.Member("new");
        member.Join();
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Groups.Ask(Groups.JoinOf("g", metadata: Metadata()) with { ProtocolType = "connect" }).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Groups.Join("g", metadata: [1, 2, 3]).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Groups.Ask(Groups.JoinOf("g") with { Protocols = [] }).Error);
        var joined = Groups.Join("g", metadata: Metadata()).Joined;
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Groups.Ask(Groups.JoinOf("g") with { Protocols = [new("other", Metadata())] }).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, Groups.Beat("g", joined with { MemberId = "stranger" }));
        Assert.Equal(ErrorCode.UnknownMemberId, Groups.Beat("g", joined with { MemberId = "new", Generation = member.Epoch }));
        Assert.Equal(ErrorCode.IllegalGeneration, Groups.Beat("g", joined with { Generation = joined.Generation + 1 }));
        Assert.Equal(ErrorCode.IllegalGeneration, Groups.Sync("g", joined with { Generation = joined.Generation + 1 }).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Groups.Sync("g", joined with { ProtocolName = "other" }).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, Groups.Leave("g", "stranger"));
        Assert.Equal(ErrorCode.None, Groups.Leave("g", joined.MemberId));
        Assert.Equal(["new"], _world.Describe().Members.Select(one => one.MemberId));
    }

    [Fact]
    public void A_classic_member_commits_at_its_generation()
    {
        _world.Member("new").Join();
        var joined = Groups.Join("g", metadata: Metadata()).Joined;
        Assert.Equal(ErrorCode.None, Groups.Commit("g", 3, by: joined));
        Assert.Equal(ErrorCode.IllegalGeneration, Groups.Commit("g", 4, by: joined with { Generation = joined.Generation + 1 }));
        Assert.Equal(3, Groups.Fetch("g").Offset);
    }

    [Fact]
    public void A_classic_member_has_the_session_that_it_asked_for()
    {
        var member = _world.Member("new");
        member.Join();
        var joined = Groups.Join("g", metadata: Metadata()).Joined;
        SyncOf(joined);
        for (var beat = 0; beat < 3; beat++)
        {
            Groups.Pass(TimeSpan.FromSeconds(9));
            Assert.NotEqual(ErrorCode.UnknownMemberId, Groups.Beat("g", joined));
        }
        Groups.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(ErrorCode.UnknownMemberId, Groups.Beat("g", joined));
        Assert.Equal(ErrorCode.None, member.Beat().Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_classic_member_that_beats_and_does_not_join_or_synchronise_is_gone_in_its_rebalance_timeout(bool synchronises)
    {
        var (member, other) = (_world.Member("new"), _world.Member("other"));
        member.Join();
        var joined = Groups.Join("g", metadata: Metadata()).Joined;
        if (synchronises)
        {
            SyncOf(joined);
            other.Join();
        }
        for (var second = 0; second < 59; second += 5)
        {
            Assert.NotEqual(ErrorCode.UnknownMemberId, Groups.Beat("g", joined));
            member.BeatOwning();
            other.BeatOwning();
            Groups.Pass(TimeSpan.FromSeconds(5));
        }
        Groups.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.UnknownMemberId, Groups.Beat("g", joined));
    }

    // ---- Static members of both protocols

    [Fact]
    public void A_static_classic_member_that_starts_anew_takes_its_place()
    {
        _world.Member("new").Join();
        var former = Groups.Join("g", instance: "one", metadata: Metadata()).Joined;
        var next = Groups.Join("g", instance: "one", metadata: Metadata()).Joined;
        Assert.NotEqual(former.MemberId, next.MemberId);
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.Beat("g", former, "one"));
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.Join("g", former.MemberId, "one", Metadata()).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.Leave("g", former.MemberId, "one"));
        Assert.Equal(ErrorCode.UnknownMemberId, Groups.Beat("g", former));
        Assert.Equal(2, _world.Describe().Members.Count);
        Assert.Equal(ErrorCode.None, Groups.Leave("g", "", "one"));
        Assert.Single(_world.Describe().Members);
    }

    [Fact(DisplayName = "A KIP-848 member takes over a static classic name; whoever had it is fenced whatever it asks, and does not get it back while the other is there")]
    public void TakesOver()
    {
        var former = Groups.Join("g", instance: "one", metadata: Metadata()).Joined;
        Groups.Sync("g", former, (former.MemberId, ""));
        var member = _world.Member("new", "one");
        Assert.Equal(4, member.Join().Assignment!.Count);
        Assert.Equal("consumer", Type);
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.Beat("g", former, "one"));
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.Join("g", former.MemberId, "one", Metadata()).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.Join("g", "", "one", Metadata()).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, Groups.First(Groups.CommitOf("g", 1, by: former) with { InstanceId = "one" }));
        Assert.Equal(ErrorCode.None, member.Beat().Error);
        // It leaves for a while: now the place is free.
        member.Leave(-2);
        Assert.Equal(ErrorCode.None, Groups.Join("g", "", "one", Metadata()).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, member.Send(member.Of(1)).Error);
    }

    // ---- And back

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void When_the_last_member_of_the_new_protocol_goes_the_others_are_a_classic_group_again(bool silently)
    {
        var member = _world.Member("new");
        member.Join();
        var first = Groups.Join("g", metadata: Metadata()).Joined;
        SyncOf(first);
        member.Beat();
        member.BeatOwning();
        first = Groups.Join("g", first.MemberId, metadata: Metadata()).Joined;
        var had = SyncOf(first);
        Assert.Equal(2, had.Count);
        if (silently)
            for (var second = 0; second < 48; second += 4)
            {
                Groups.Pass(TimeSpan.FromSeconds(4));
                Groups.Beat("g", first);
            }
        else Assert.Equal(ErrorCode.None, member.Leave().Error);
        Assert.Equal("classic", Type);
        Assert.Equal("PreparingRebalance", Groups.Describe("g").State);
        Groups.Restart();
        Assert.Equal("Stable", Groups.Describe("g").State);
        Assert.Equal(had, ClassicBytes.AssignedOf(Groups.Describe("g").Members.Single().Assignment, Groups.Topics.View));
        var again = Groups.Join("g", first.MemberId, metadata: Metadata()).Joined;
        Assert.Equal((ErrorCode.None, first.MemberId), (again.Error, again.Leader));
        Assert.Equal(ErrorCode.None, Groups.Sync("g", again, (again.MemberId, "all")).Error);
        Assert.All(_world.Records().Where(record => record.Record.Key is not GroupMetadataKey).GroupBy(record => Convert.ToHexString(record.Bytes)), key => Assert.True(key.Last().Record.IsTombstone));
    }

    [Fact]
    public void A_group_that_may_not_go_back_stays_as_it_is()
    {
        var world = new ConsumerWorld(ConsumerWorld.AtOnce with { ConsumerMigrationPolicy = MigrationPolicy.Upgrade });
        var member = world.Member("new");
        member.Join();
        var joined = world.Groups.Join("g", metadata: Metadata()).Joined;
        member.Leave();
        Assert.Equal("consumer", world.Groups.Ask<ListedGroups>(new ListGroups([], [])).Groups.Single().Type);
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Groups.Beat("g", joined));
        var again = world.Groups.Join("g", joined.MemberId, metadata: Metadata()).Joined;
        Assert.Equal(ErrorCode.None, again.Error);
        Assert.Equal(4, ClassicBytes.AssignedOf(world.Groups.Sync("g", again).Synced.Assignment, world.Groups.Topics.View)!.Count);
    }
}
