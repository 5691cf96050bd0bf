using Semel.Machines.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>The way from one generation to the next: who is waited for, for how long, and who is dropped.</summary>
public class RebalanceTests
{
    readonly TestGroups _groups = new();

    [Fact]
    public void The_first_rebalance_waits_for_more_members_and_longer_when_some_come()
    {
        var groups = new TestGroups(GroupOptions.Default);
        var first = groups.Join("g");
        groups.Pass(TimeSpan.FromSeconds(2));
        var second = groups.Join("g");
        groups.Pass(TimeSpan.FromSeconds(2));
        Assert.False(first.IsAnswered);
        groups.Pass(TimeSpan.FromSeconds(2.1));
        Assert.Equal((1, 1), (first.Joined.Generation, second.Joined.Generation));
        Assert.Equal(2, first.Joined.Members.Count);
    }

    [Fact]
    public void The_first_rebalance_waits_no_longer_than_its_members_allow()
    {
        var groups = new TestGroups(GroupOptions.Default);
        var asked = new List<Asked>();
        for (var second = 0; second < 7; second++)
        {
            asked.Add(groups.Ask(groups.JoinOf("g") with { RebalanceTimeoutMs = 7_000 }));
            groups.Pass(TimeSpan.FromSeconds(1));
        }
        Assert.All(asked, one => Assert.Equal(1, one.Joined.Generation));
    }

    [Fact]
    public void A_rebalance_ends_when_all_have_joined()
    {
        var members = _groups.Stable("g", 3);
        var asked = members.Take(2).Select(member => _groups.Join("g", member.MemberId, metadata: TestGroups.Subscription("u"))).ToArray();
        Assert.All(asked, one => Assert.False(one.IsAnswered));
        var last = _groups.Join("g", members[2].MemberId);
        Assert.All(asked.Append(last), one => Assert.Equal((ErrorCode.None, 4), (one.Error, one.Joined.Generation)));
        Assert.Equal([3], asked.Append(last).Select(one => one.Joined.Members.Count).Where(count => count > 0));
    }

    [Fact]
    public void Who_does_not_join_in_time_is_dropped()
    {
        var members = _groups.Stable("g", 2);
        var joined = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        for (var second = 0; second < 59; second += 1)
        {
            _groups.Pass(TimeSpan.FromSeconds(1));
            // It is alive and does not listen.
            Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", members[1]));
        }
        Assert.False(joined.IsAnswered);
        _groups.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(members[0].MemberId, Assert.Single(joined.Joined.Members).MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Beat("g", members[1]));
    }

    [Fact]
    public void A_session_that_ends_meanwhile_ends_the_waiting()
    {
        var members = _groups.Stable("g", 2);
        var joined = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        _groups.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal((ErrorCode.None, 1), (joined.Error, joined.Joined.Members.Count));
    }

    [Fact]
    public void The_leader_that_does_not_come_back_is_followed_by_one_that_has()
    {
        var members = _groups.Stable("g", 2);
        var leader = members.Single(member => member.MemberId == member.Leader);
        var follower = members.Single(member => member.MemberId != member.Leader);
        var joined = _groups.Join("g", follower.MemberId, metadata: TestGroups.Subscription("u"));
        _groups.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal((follower.MemberId, 1), (joined.Joined.Leader, joined.Joined.Members.Count));
        Assert.NotEqual(leader.MemberId, joined.Joined.Leader);
    }

    [Fact]
    public void A_member_whose_join_waits_is_not_silent()
    {
        var members = _groups.Stable("g", 2);
        var joined = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        for (var i = 0; i < 5; i++)
        {
            _groups.Pass(TimeSpan.FromSeconds(8));
            _groups.Beat("g", members[1]);
        }
        Assert.Equal("PreparingRebalance", _groups.Describe("g").State);
        Assert.Equal(2, _groups.Describe("g").Members.Count);
        Assert.False(joined.IsAnswered);
    }

    [Fact]
    public void A_newcomer_whose_join_waits_for_too_long_is_dropped()
    {
        var first = _groups.Ask(_groups.JoinOf("g") with { RebalanceTimeoutMs = 3_600_000, SessionTimeoutMs = 1_800_000 }).Joined;
        _groups.Sync("g", first, (first.MemberId, "x"));
        var newcomer = _groups.Join("g");
        _groups.Pass(TimeSpan.FromSeconds(299));
        Assert.False(newcomer.IsAnswered);
        _groups.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.UnknownMemberId, newcomer.Error);
        Assert.Single(_groups.Describe("g").Members);
    }

    [Fact]
    public void A_group_that_was_left_by_all_is_recorded_as_empty()
    {
        var member = _groups.Stable("g", 1)[0];
        _groups.Leave("g", member.MemberId);
        Assert.Equal(("Empty", "consumer"), (_groups.Describe("g").State, _groups.Describe("g").ProtocolType));
        _groups.Restart();
        Assert.Equal(("Empty", "consumer"), (_groups.Describe("g").State, _groups.Describe("g").ProtocolType));
        Assert.Equal(3, _groups.Join("g").Joined.Generation);
    }

    [Fact]
    public void Each_member_votes_for_what_it_prefers_among_what_all_know()
    {
        var groups = new TestGroups(GroupOptions.Default);
        Asked Join(params string[] protocols) => groups.Ask(groups.JoinOf("g") with { Protocols = [.. protocols.Select(name => new JoinProtocol(name, TestGroups.Bytes(name)))] });
        Asked[] asked = [Join("only mine", "b", "a"), Join("a", "b"), Join("b", "a", "other")];
        groups.Pass(TimeSpan.FromSeconds(10));
        Assert.All(asked, one => Assert.Equal("b", one.Joined.ProtocolName));
        Assert.All(asked.Single(one => one.Joined.Members.Count > 0).Joined.Members, member => Assert.Equal("b", TestGroups.Text(member.Metadata)));
    }

    [Fact]
    public void G6_a_leader_that_brings_no_assignment_is_dropped_and_its_followers_are_not_parked_for_ever()
    {
        var members = _groups.Stable("g", 2);
        _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        var second = _groups.Join("g", members[1].MemberId).Joined;
        var first = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u")).Joined;
        var follower = first.Leader == first.MemberId ? second : first;
        var waiting = _groups.Sync("g", follower);
        Assert.False(waiting.IsAnswered);
        _groups.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(ErrorCode.RebalanceInProgress, waiting.Error);
        var again = _groups.Join("g", follower.MemberId);
        Assert.Equal((ErrorCode.None, follower.MemberId), (again.Error, again.Joined.Leader));
    }

    [Fact]
    public void Members_that_beat_and_never_synchronise_are_dropped_after_the_rebalance_timeout()
    {
        var members = _groups.Stable("g", 2);
        var one = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        var two = _groups.Join("g", members[1].MemberId);
        var leader = one.Joined.Leader == one.Joined.MemberId ? one.Joined : two.Joined;
        var follower = one.Joined == leader ? two.Joined : one.Joined;
        Assert.Equal(ErrorCode.None, _groups.Sync("g", leader, (leader.MemberId, "x")).Error);
        for (var passed = 0; passed < 60; passed += 6)
        {
            foreach (var member in new[] { leader, follower }) _groups.Beat("g", member);
            _groups.Pass(TimeSpan.FromSeconds(6));
        }
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Beat("g", follower));
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", leader));
    }

    [Fact]
    public void A_group_whose_record_would_be_too_large_is_refused_and_begins_anew()
    {
        var groups = new TestGroups(TestGroups.Quick with { MaxRecordBytes = 10_000 });
        var joined = groups.Join("g", metadata: new byte[20_000]).Joined;
        Assert.Equal(ErrorCode.UnknownServerError, groups.Sync("g", joined, (joined.MemberId, "x")).Error);
        Assert.Empty(groups.Log);
        Assert.Equal("PreparingRebalance", groups.Describe("g").State);
        Assert.Equal(ErrorCode.None, groups.Join("g", joined.MemberId, metadata: new byte[10]).Error);
    }

    [Fact]
    public void A_thousand_members_become_one_generation()
    {
        var groups = new TestGroups(GroupOptions.Default) { ChecksReplay = false };
        var asked = Enumerable.Range(0, 1000).Select(_ => groups.Join("g")).ToArray();
        groups.Pass(TimeSpan.FromSeconds(7));
        Assert.All(asked, one => Assert.Equal((ErrorCode.None, 1), (one.Error, one.Joined.Generation)));
        var leader = Assert.Single(asked, one => one.Joined.Members.Count > 0).Joined;
        Assert.Equal(1000, leader.Members.Count);
        var synced = asked.Where(one => one.Joined != leader).Select(one => groups.Sync("g", one.Joined)).ToArray();
        groups.Sync("g", leader, [.. leader.Members.Select(member => (member.MemberId, member.MemberId))]);
        Assert.All(synced, one => Assert.Equal(ErrorCode.None, one.Error));
        Assert.Equal(1000, synced.Select(one => TestGroups.Text(one.Synced.Assignment)).Append(leader.MemberId).Distinct().Count());
        groups.RestartFromSnapshot();
        Assert.Equal(1000, groups.Describe("g").Members.Count);
        Assert.Equal(groups.Save(), groups.SaveOf(groups.Rebuilt(null)));
    }
}
