using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>Static members (KIP-345, KIP-814): a process that is started anew has the place of the one before.</summary>
public class StaticMemberTests
{
    readonly TestGroups _groups = new();

    /// <summary>A stable group of static members; the first is the leader.</summary>
    JoinReply[] Stable(params string[] instances)
    {
        var joined = instances.Select(instance => _groups.Join("g", instance: instance)).ToArray();
        while (joined.Any(one => !one.IsAnswered || one.Joined.Generation < joined.Max(other => other.IsAnswered ? other.Joined.Generation : 0)))
            for (var i = 0; i < joined.Length; i++)
                if (joined[i].IsAnswered) joined[i] = _groups.Join("g", joined[i].Joined.MemberId, instances[i]);
        var leader = joined.Single(one => one.Joined.Leader == one.Joined.MemberId).Joined;
        Assert.Equal(joined[0].Joined, leader);
        _groups.Sync("g", leader, [.. joined.Select(one => (one.Joined.MemberId, $"for {one.Joined.MemberId}"))]);
        return [.. joined.Select(one => one.Joined)];
    }

    [Fact]
    public void G8_one_that_is_started_anew_has_its_assignment_and_nobody_else_notices()
    {
        var members = Stable("a", "b");
        var again = _groups.Join("g", instance: "b").Joined;
        Assert.Equal((ErrorCode.None, members[1].Generation), (again.Error, again.Generation));
        Assert.NotEqual(members[1].MemberId, again.MemberId);
        Assert.Empty(again.Members);
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[0]));
        Assert.Equal($"for {members[1].MemberId}", TestGroups.Text(_groups.Sync("g", again).Synced.Assignment));
        // It is recorded under its new id.
        _groups.Restart();
        Assert.Equal(ErrorCode.None, _groups.Beat("g", again, "b"));
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.Beat("g", members[1], "b"));
    }

    [Fact]
    public void G9_the_process_before_is_fenced_by_every_request()
    {
        var members = Stable("a", "b");
        _groups.Join("g", instance: "b");
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.Beat("g", members[1], "b"));
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.Join("g", members[1].MemberId, "b").Error);
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.Ask(new SyncGroup { GroupId = new("g"), Generation = members[1].Generation, MemberId = members[1].MemberId, InstanceId = "b" }).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.Leave("g", members[1].MemberId, "b"));
        _groups.Topics.Create("t");
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.First(_groups.CommitOf("g", 1, by: members[1]) with { InstanceId = "b" }));
    }

    [Fact]
    public void G10_KIP814_a_leader_that_is_started_anew_is_told_so_if_it_understands()
    {
        var members = Stable("a", "b");
        var old = _groups.Join("g", instance: "a").Joined;
        // An old client sees another leader and follows.
        Assert.Equal((members[0].MemberId, false, 0), (old.Leader, old.SkipAssignment, old.Members.Count));
        var recent = _groups.Ask(_groups.JoinOf("g", instance: "a") with { CanSkipAssignment = true }).Joined;
        Assert.Equal((recent.MemberId, true, 2), (recent.Leader, recent.SkipAssignment, recent.Members.Count));
        var follower = _groups.Ask(_groups.JoinOf("g", instance: "b") with { CanSkipAssignment = true }).Joined;
        Assert.Equal((recent.MemberId, false, 0), (follower.Leader, follower.SkipAssignment, follower.Members.Count));
    }

    [Fact]
    public void Other_metadata_alone_begin_no_rebalance()
    {
        var members = Stable("a", "b");
        var again = _groups.Join("g", instance: "b", metadata: TestGroups.Subscription("u")).Joined;
        Assert.Equal(members[1].Generation, again.Generation);
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[0]));
    }

    [Fact]
    public void Another_vote_begins_one()
    {
        JoinProtocol[] wide = [new("range", []), new("sticky", [])];
        var joined = _groups.Ask(_groups.JoinOf("g", instance: "a") with { Protocols = wide }).Joined;
        _groups.Sync("g", joined, (joined.MemberId, "x"));
        Assert.Equal("range", joined.ProtocolName);
        var again = _groups.Ask(_groups.JoinOf("g", instance: "a") with { Protocols = [new("sticky", []), new("range", [])] }).Joined;
        Assert.Equal((joined.Generation + 1, "sticky"), (again.Generation, again.ProtocolName));
    }

    [Fact]
    public void In_a_rebalance_it_waits_and_while_the_leader_assigns_it_begins_one()
    {
        var members = Stable("a", "b");
        Assert.False(_groups.Join("g", members[0].MemberId, "a").IsAnswered);
        Assert.Equal("PreparingRebalance", _groups.Describe("g").State);
        var again = _groups.Join("g", instance: "b");
        Assert.True(again.IsAnswered, "all are there now");
        Assert.Equal("CompletingRebalance", _groups.Describe("g").State);
        Assert.False(_groups.Join("g", instance: "b").IsAnswered);
        Assert.Equal("PreparingRebalance", _groups.Describe("g").State);
    }

    [Fact]
    public void Whoever_waits_under_the_former_id_is_told_that_it_is_fenced()
    {
        var members = Stable("a", "b");
        var waiting = _groups.Join("g", members[0].MemberId, "a");
        Assert.False(waiting.IsAnswered);
        _groups.Join("g", instance: "a");
        Assert.Equal(ErrorCode.FencedInstanceId, waiting.Error);
    }

    [Fact]
    public void It_stays_through_a_rebalance_in_which_it_does_not_join_until_its_session_ends()
    {
        var members = Stable("a", "b");
        var joined = _groups.Join("g", members[0].MemberId, "a", TestGroups.Subscription("u"));
        for (var passed = 0; passed < 60; passed += 5)
        {
            _groups.Pass(TimeSpan.FromSeconds(5));
            _groups.Beat("g", members[1], "b");
        }
        _groups.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b"], joined.Joined.Members.Select(member => member.InstanceId).Order());
        _groups.Sync("g", joined.Joined, (joined.Joined.MemberId, "x"));
        _groups.Pass(TimeSpan.FromSeconds(9.5));
        _groups.Beat("g", joined.Joined, "a");
        _groups.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", joined.Joined, "a"));
        Assert.Equal("a", Assert.Single(_groups.Describe("g").Members).InstanceId);
    }

    [Fact]
    public void An_administrator_removes_it_by_its_instance()
    {
        var members = Stable("a", "b");
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Leave("g", "", "unknown"));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Leave("g", "", null));
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.Leave("g", "wrong", "b"));
        Assert.Equal(ErrorCode.None, _groups.Leave("g", "", "b"));
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", members[0], "a"));
    }

    [Fact]
    public void Its_id_is_taken_without_its_instance()
    {
        var members = Stable("a");
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[0]));
    }
}
