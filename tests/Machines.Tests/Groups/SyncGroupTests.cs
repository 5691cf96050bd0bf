using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>SyncGroup, Heartbeat and LeaveGroup, row by row.</summary>
public class SyncGroupTests
{
    readonly TestGroups _groups = new();

    SyncGroup SyncOf(JoinReply joined) => new() { GroupId = new("g"), Generation = joined.Generation, MemberId = joined.MemberId };

    [Fact]
    public void Who_is_not_of_the_generation_gets_no_assignment()
    {
        Assert.Equal(ErrorCode.InvalidGroupId, _groups.Ask(new SyncGroup { GroupId = new(""), Generation = 1, MemberId = "m" }).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Ask(new SyncGroup { GroupId = new("g"), Generation = 1, MemberId = "m" }).Error);
        var member = _groups.Stable("g", 1)[0];
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Ask(SyncOf(member) with { MemberId = "other" }).Error);
        Assert.Equal(ErrorCode.IllegalGeneration, _groups.Ask(SyncOf(member) with { Generation = 99 }).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Ask(SyncOf(member) with { InstanceId = "i" }).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _groups.Ask(SyncOf(member) with { ProtocolType = "connect" }).Error);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _groups.Ask(SyncOf(member) with { ProtocolName = "sticky" }).Error);
        Assert.Equal(ErrorCode.None, _groups.Ask(SyncOf(member)).Error);
        _groups.Leave("g", member.MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Ask(SyncOf(member)).Error);
    }

    [Fact]
    public void In_a_rebalance_it_is_told_so()
    {
        var members = _groups.Stable("g", 2);
        _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Ask(SyncOf(members[1])).Error);
    }

    [Fact]
    public void A_retry_is_given_the_same_and_members_that_were_left_out_get_nothing()
    {
        var members = _groups.Stable("g", 2);
        foreach (var member in members)
        {
            var again = _groups.Sync("g", member).Synced;
            Assert.Equal(($"for {member.MemberId}", "consumer", "range"), (TestGroups.Text(again.Assignment), again.ProtocolType, again.ProtocolName));
        }
        var joined = members.Select(member => _groups.Join("g", member.MemberId, metadata: TestGroups.Subscription("u"))).ToArray();
        var leader = joined.Single(one => one.Joined.Members.Count > 0).Joined;
        Assert.Equal(ErrorCode.None, _groups.Sync("g", leader, (leader.MemberId, "all")).Error);
        Assert.Empty(_groups.Sync("g", joined.Single(one => one.Joined != leader).Joined).Synced.Assignment);
    }

    [Fact]
    public void G7_an_assignment_that_was_not_durable_was_never_there()
    {
        var members = _groups.Stable("g", 1);
        var second = _groups.Join("g");
        var leader = _groups.Join("g", members[0].MemberId).Joined;
        var batches = _groups.Log.Count;
        _groups.Sync("g", second.Joined);
        _groups.Sync("g", leader, (leader.MemberId, "x"), (second.Joined.MemberId, "y"));
        // The append failed: the machine is dropped, with whatever waited.
        _groups.CrashAndLose(_groups.Log.Count - batches);
        Assert.Equal(("Stable", 1), (_groups.Describe("g").State, _groups.Describe("g").Members.Count));
        Assert.Equal(ErrorCode.IllegalGeneration, _groups.Beat("g", leader));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Sync("g", second.Joined).Error);
        Assert.Equal(ErrorCode.None, _groups.Join("g", leader.MemberId).Error);
    }

    [Fact]
    public void G11_after_a_restart_members_go_on_where_they_were_with_sessions_anew()
    {
        _groups.Topics.Create("t");
        var members = _groups.Stable("g", 2);
        _groups.Commit("g", 5, by: members[0]);
        _groups.Pass(TimeSpan.FromSeconds(9));
        foreach (var restart in new Action[] { _groups.Restart, _groups.RestartFromSnapshot })
        {
            restart();
            _groups.Pass(TimeSpan.FromSeconds(9));
            foreach (var member in members)
            {
                Assert.Equal(ErrorCode.None, _groups.Beat("g", member));
                Assert.Equal($"for {member.MemberId}", TestGroups.Text(_groups.Sync("g", member).Synced.Assignment));
            }
            Assert.Equal(5, _groups.Fetch("g").Offset);
        }
        _groups.Restart();
        _groups.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal("Empty", _groups.Describe("g").State);
    }

    [Fact]
    public void A_group_in_the_middle_of_a_rebalance_is_loaded_as_it_was_before()
    {
        var members = _groups.Stable("g", 2);
        _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        _groups.Restart();
        Assert.Equal("Stable", _groups.Describe("g").State);
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[1]));
        // Between the choice of a generation and its assignment as well.
        foreach (var member in members) _groups.Join("g", member.MemberId, metadata: TestGroups.Subscription("u"));
        Assert.Equal("CompletingRebalance", _groups.Describe("g").State);
        _groups.RestartFromSnapshot();
        Assert.Equal("Stable", _groups.Describe("g").State);
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[1]));
    }

    [Fact]
    public void Heartbeats_by_phase()
    {
        Assert.Equal(ErrorCode.InvalidGroupId, _groups.Ask(new Heartbeat(new(""), 1, "m", null)).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Ask(new Heartbeat(new("g"), 1, "m", null)).Error);
        var members = _groups.Stable("g", 2);
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[0]));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Beat("g", members[0] with { MemberId = "other" }));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Beat("g", members[0], "i"));
        Assert.Equal(ErrorCode.IllegalGeneration, _groups.Beat("g", members[0] with { Generation = 1 }));
        var one = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", members[1]));
        var two = _groups.Join("g", members[1].MemberId).Joined;
        Assert.Equal(ErrorCode.None, _groups.Beat("g", two));
        Assert.Equal(ErrorCode.None, _groups.Beat("g", one.Joined));
        foreach (var member in members) _groups.Leave("g", member.MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Beat("g", two));
    }

    [Fact]
    public void Leaving_is_answered_for_each_member()
    {
        Assert.Equal(ErrorCode.InvalidGroupId, _groups.Ask(new LeaveGroup(new(""), [])).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Ask(new LeaveGroup(new("g"), [new("m", null)])).Error);
        var members = _groups.Stable("g", 3);
        var pending = _groups.Ask(_groups.JoinOf("g") with { RequiresMemberId = true }).Joined.MemberId;
        var reply = _groups.Ask<LeaveReply>(new LeaveGroup(new("g"), [new(members[0].MemberId, null), new("unknown", null), new(pending, null), new(members[1].MemberId, null)]));
        Assert.Equal((ErrorCode.None, "None UnknownMemberId None None"), (reply.Error, string.Join(' ', reply.Members)));
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", members[2]));
        Assert.Equal(members[2].MemberId, Assert.Single(_groups.Describe("g").Members).MemberId);
    }

    [Fact]
    public void All_that_leave_at_once_leave_an_empty_group_in_one_record()
    {
        var members = _groups.Stable("g", 3);
        var batches = _groups.Log.Count;
        _groups.Ask(new LeaveGroup(new("g"), [.. members.Select(member => new LeavingMember(member.MemberId, null))]));
        Assert.Equal(("Empty", batches + 1), (_groups.Describe("g").State, _groups.Log.Count));
    }

    [Fact]
    public void Who_leaves_while_others_are_waited_for_is_waited_for_no_longer()
    {
        var members = _groups.Stable("g", 2);
        var joined = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        _groups.Leave("g", members[1].MemberId);
        Assert.Equal((ErrorCode.None, 1), (joined.Error, joined.Joined.Members.Count));
    }

    [Fact]
    public void Whoever_waits_and_is_removed_is_told()
    {
        var members = _groups.Stable("g", 2);
        var joined = _groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u"));
        _groups.Leave("g", members[0].MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, joined.Error);
    }
}
