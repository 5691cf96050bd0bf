using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Classic;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>JoinGroup: the checks in their order, and what a known member is told in which phase.</summary>
public class JoinGroupTests
{
    readonly TestGroups _groups = new();

    ErrorCode Error(JoinGroup join) => _groups.Ask(join).Error;

    [Fact]
    public void What_needs_no_group_is_refused_first()
    {
        Assert.Equal(ErrorCode.InvalidGroupId, Error(_groups.JoinOf("") with { SessionTimeoutMs = 1 }));
        Assert.Equal(ErrorCode.InvalidSessionTimeout, Error(_groups.JoinOf("g", "unknown") with { SessionTimeoutMs = 5_999 }));
        Assert.Equal(ErrorCode.InvalidSessionTimeout, Error(_groups.JoinOf("g") with { SessionTimeoutMs = 1_800_001 }));
        Assert.Equal(ErrorCode.None, Error(_groups.JoinOf("g") with { SessionTimeoutMs = 6_000 }));
        Assert.Equal(ErrorCode.None, Error(_groups.JoinOf("h") with { SessionTimeoutMs = 1_800_000 }));
    }

    [Fact]
    public void An_unknown_member_is_told_so_and_no_group_is_made_for_it()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, Error(_groups.JoinOf("g", "nobody")));
        Assert.Equal(ErrorCode.GroupIdNotFound, _groups.Describe("g").Error);
        _groups.Stable("g", 1);
        Assert.Equal(ErrorCode.UnknownMemberId, Error(_groups.JoinOf("g", "nobody")));
        Assert.Equal(ErrorCode.UnknownMemberId, Error(_groups.JoinOf("g", "nobody", "no instance")));
    }

    [Fact]
    public void A_group_has_one_type_and_its_members_a_common_protocol()
    {
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(_groups.JoinOf("g") with { ProtocolType = "" }));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(_groups.JoinOf("g") with { Protocols = [] }));
        Assert.Equal(ErrorCode.GroupIdNotFound, _groups.Describe("g").Error);
        var member = _groups.Ask(_groups.JoinOf("g") with { Protocols = [new("range", []), new("sticky", [])] }).Joined;
        _groups.Sync("g", member, (member.MemberId, "x"));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(_groups.JoinOf("g") with { ProtocolType = "connect" }));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(_groups.JoinOf("g") with { Protocols = [new("other", [])] }));
        Assert.False(_groups.Ask(_groups.JoinOf("g") with { Protocols = [new("other", []), new("sticky", [])] }).IsAnswered);
        Assert.Equal("sticky", _groups.Ask(_groups.JoinOf("g", member.MemberId) with { Protocols = [new("range", []), new("sticky", [])] }).Joined.ProtocolName);
    }

    [Fact]
    public void A_full_group_takes_nobody_else()
    {
        var groups = new TestGroups(TestGroups.Quick with { MaxSize = 2 });
        var members = groups.Stable("g", 2);
        Assert.Equal((ErrorCode.GroupMaxSizeReached, ""), (groups.Join("g").Error, groups.Join("g").Joined.MemberId));
        // Ids that were given out and not used do not count.
        Assert.Equal(ErrorCode.GroupMaxSizeReached, groups.Ask(groups.JoinOf("g") with { RequiresMemberId = true }).Error);
        Assert.Equal(ErrorCode.None, groups.Beat("g", members[0]));
        var again = members.Select(member => groups.Join("g", member.MemberId)).ToArray();
        Assert.All(again, asked => Assert.Equal(ErrorCode.None, asked.Error));
    }

    [Fact]
    public void KIP394_a_newcomer_is_given_an_id_and_joins_with_it()
    {
        var asked = _groups.Ask(_groups.JoinOf("g") with { RequiresMemberId = true, FreshId = "f" }).Joined;
        Assert.Equal((ErrorCode.MemberIdRequired, "client-f"), (asked.Error, asked.MemberId));
        var joined = _groups.Join("g", asked.MemberId).Joined;
        Assert.Equal((ErrorCode.None, 1, "client-f", "client-f"), (joined.Error, joined.Generation, joined.MemberId, joined.Leader));
        Assert.Equal("client-f", Assert.Single(joined.Members).MemberId);
    }

    [Fact]
    public void Old_clients_join_at_once()
    {
        var joined = _groups.Ask(_groups.JoinOf("g") with { FreshId = "f", RebalanceTimeoutMs = -1 }).Joined;
        Assert.Equal((ErrorCode.None, "client-f"), (joined.Error, joined.MemberId));
    }

    [Fact]
    public void G4_ids_that_nobody_comes_with_are_forgotten_after_a_session()
    {
        for (var i = 0; i < 1000; i++) Assert.Equal(ErrorCode.MemberIdRequired, Error(_groups.JoinOf("g") with { RequiresMemberId = true }));
        Assert.Empty(_groups.Log);
        Assert.Equal(("Empty", 0), (_groups.Describe("g").State, _groups.Describe("g").Members.Count));
        // Another one joins meanwhile and has to wait for them no longer than their session.
        var member = _groups.Join("g").Joined;
        _groups.Sync("g", member, (member.MemberId, "x"));
        var again = _groups.Join("g", member.MemberId, metadata: TestGroups.Subscription("u"));
        Assert.False(again.IsAnswered);
        _groups.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(ErrorCode.None, again.Error);
        Assert.Equal(ErrorCode.UnknownMemberId, Error(_groups.JoinOf("g", "client-uuid1")));
    }

    [Fact]
    public void A_group_of_forgotten_ids_is_forgotten()
    {
        Error(_groups.JoinOf("g") with { RequiresMemberId = true });
        _groups.Pass(TimeSpan.FromSeconds(11));
        Assert.Empty(_groups.Ask<ListedGroups>(new ListGroups([], [])).Groups);
    }

    [Fact]
    public void G5_a_member_that_lost_its_answer_is_told_the_same_generation_again()
    {
        var members = _groups.Stable("g", 2);
        var waiting = _groups.Join("g", members[0].MemberId);
        var second = _groups.Join("g", members[1].MemberId).Joined;
        Assert.Equal("CompletingRebalance", _groups.Describe("g").State);
        foreach (var member in new[] { waiting.Joined, second })
        {
            var again = _groups.Join("g", member.MemberId).Joined;
            Assert.Equal((ErrorCode.None, member.Generation, member.Leader, member.Members.Count), (again.Error, again.Generation, again.Leader, again.Members.Count));
        }
        Assert.Equal("CompletingRebalance", _groups.Describe("g").State);
    }

    [Fact]
    public void Other_metadata_while_the_leader_assigns_begin_anew()
    {
        var members = _groups.Stable("g", 2);
        _groups.Join("g", members[0].MemberId);
        var second = _groups.Join("g", members[1].MemberId).Joined;
        var follower = _groups.Sync("g", second);
        Assert.False(follower.IsAnswered && second.Leader != second.MemberId);
        Assert.False(_groups.Join("g", members[0].MemberId, metadata: TestGroups.Subscription("u")).IsAnswered);
        Assert.Equal("PreparingRebalance", _groups.Describe("g").State);
        Assert.Equal(ErrorCode.RebalanceInProgress, follower.Error);
    }

    [Fact]
    public void In_a_stable_group_a_follower_is_told_what_it_has_and_a_leader_wants_a_rebalance()
    {
        var members = _groups.Stable("g", 2);
        var leader = members.Single(member => member.MemberId == member.Leader);
        var follower = members.Single(member => member.MemberId != member.Leader);
        var told = _groups.Join("g", follower.MemberId).Joined;
        Assert.Equal((ErrorCode.None, follower.Generation, 0), (told.Error, told.Generation, told.Members.Count));
        Assert.Equal("Stable", _groups.Describe("g").State);
        Assert.False(_groups.Join("g", leader.MemberId).IsAnswered);
        Assert.Equal("PreparingRebalance", _groups.Describe("g").State);
    }

    [Fact]
    public void A_follower_with_other_metadata_begins_a_rebalance()
    {
        var members = _groups.Stable("g", 2);
        var follower = members.Single(member => member.MemberId != member.Leader);
        Assert.False(_groups.Join("g", follower.MemberId, metadata: TestGroups.Subscription("u")).IsAnswered);
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Beat("g", members.Single(member => member != follower)));
    }

    [Fact]
    public void A_member_that_asks_twice_is_answered_once_by_its_last_request()
    {
        var members = _groups.Stable("g", 2);
        var first = _groups.Join("g", members[0].MemberId);
        var second = _groups.Join("g", members[0].MemberId);
        Assert.Equal(ErrorCode.RebalanceInProgress, first.Error);
        Assert.False(second.IsAnswered);
        _groups.Join("g", members[1].MemberId);
        Assert.Equal((ErrorCode.None, 3), (second.Error, second.Joined.Generation));
    }

    [Fact]
    public void Metadata_may_be_anything()
    {
        var bytes = new byte[] { 0xff, 0xfe, 0x00, 0x80 };
        var joined = _groups.Join("g", metadata: bytes).Joined;
        Assert.Equal(bytes, Assert.Single(joined.Members).Metadata);
        Assert.Equal(ErrorCode.None, _groups.Sync("g", joined, (joined.MemberId, "x")).Error);
        _groups.RestartFromSnapshot();
        Assert.Equal(bytes, _groups.Describe("g").Members[0].Metadata);
    }

    [Fact]
    public void A_protocol_that_is_named_twice_is_one()
    {
        var joined = _groups.Ask(_groups.JoinOf("g") with { Protocols = [new("a", []), new("a", [1])] }).Joined;
        Assert.Equal((ErrorCode.None, "a"), (joined.Error, joined.ProtocolName));
        _groups.Leave("g", joined.MemberId);
        Assert.Equal(ErrorCode.None, _groups.Join("g").Error);
    }
}
