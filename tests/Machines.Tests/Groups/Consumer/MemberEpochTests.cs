using Semel.Machines.Groups.Consumer;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>groups.md 5.2: what a member's epoch says, row by row.</summary>
public class MemberEpochTests
{
    readonly ConsumerWorld _world = new();

    [Fact]
    public void A_new_member_is_told_what_it_has()
    {
        var member = _world.Member("m");
        var reply = member.Join();
        Assert.Equal((ErrorCode.None, "m"), (reply.Error, reply.MemberId));
        Assert.True(reply.MemberEpoch > 0);
        Assert.Equal(_world.Set(0, 1, 2, 3), reply.Assignment);
        Assert.Equal("Stable", _world.State);
    }

    [Fact(DisplayName = "G22: nothing changed: the assignment is null, not empty")]
    public void NullIsAsBefore()
    {
        var member = _world.Member("m");
        member.Join();
        Assert.Null(member.Beat().Assignment);
        Assert.Null(member.BeatOwning().Assignment);
        var before = _world.Groups.Log.Count;
        member.Beat();
        Assert.Equal(before, _world.Groups.Log.Count);
    }

    [Fact(DisplayName = "G22: whoever has nothing is told an empty assignment when it joins, and null afterwards")]
    public void EmptyIsNothing()
    {
        var member = _world.Member("m");
        member.Topics = ["nowhere"];
        Assert.Empty(member.Join().Assignment!);
        Assert.Null(member.Beat().Assignment);
    }

    [Fact]
    public void A_full_heartbeat_is_told_everything()
    {
        var member = _world.Member("m");
        member.Join();
        var full = member.Of(member.Epoch) with { RebalanceTimeoutMs = 30_000, Topics = ["t"], Owned = member.Owned };
        Assert.Equal(_world.Set(0, 1, 2, 3), member.Send(full).Assignment);
        Assert.Null(member.Send(full with { Owned = null }).Assignment);
    }

    [Fact]
    public void Whoever_lost_the_answer_to_its_join_joins_again_under_its_id()
    {
        var member = _world.Member("m");
        var epoch = member.Join().MemberEpoch;
        var reply = member.Join();
        Assert.Equal((ErrorCode.None, epoch), (reply.Error, reply.MemberEpoch));
        Assert.Equal(_world.Set(0, 1, 2, 3), reply.Assignment);
        Assert.Single(_world.Describe().Members);
    }

    [Fact(DisplayName = "A known member begins anew with epoch 0: id kept, what it had to give up is free, all that it has is told (4.3.1)")]
    public void JoinsAgain()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        // It has been told to give up two, and has not yet.
        var shrunk = first.Beat();
        Assert.Equal(2, shrunk.Assignment!.Count);
        Assert.Empty(second.Beat().Assignment ?? PartitionSet.Empty);
        var again = first.Join();
        Assert.Equal(ErrorCode.None, again.Error);
        Assert.Equal(2, again.Assignment!.Count);
        Assert.Equal(2, second.Beat().Assignment!.Count);
        Assert.Equal(2, _world.Describe().Members.Count);
    }

    [Fact(DisplayName = "G19: the answer with the new epoch was lost: the one before is taken with what is assigned, and fenced with more")]
    public void PreviousEpoch()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        var before = first.Epoch;
        first.Beat();
        // It gives up what it shall not have; the answer, with the new epoch, is lost.
        var lost = first.Send(first.Of(first.Epoch) with { Owned = first.Owned });
        Assert.True(lost.MemberEpoch > before);
        Assert.Equal(ErrorCode.None, first.Send(first.Of(before) with { Owned = first.Owned }).Error);
        Assert.Equal(ErrorCode.FencedMemberEpoch, first.Send(first.Of(before) with { Owned = _world.Set(0, 1, 2, 3) }).Error);
        Assert.Equal(ErrorCode.FencedMemberEpoch, first.Send(first.Of(before)).Error);
    }

    [Fact]
    public void Another_epoch_is_fenced()
    {
        var member = _world.Member("m");
        member.Join();
        Assert.Equal(ErrorCode.FencedMemberEpoch, member.Send(member.Of(member.Epoch + 1)).Error);
        member.Subscribe("t", "u");
        member.Subscribe("t", "u", "v");
        Assert.Equal(ErrorCode.FencedMemberEpoch, member.Send(member.Of(1) with { Owned = PartitionSet.Empty }).Error);
        Assert.Equal(ErrorCode.None, member.Beat().Error);
    }

    [Fact]
    public void An_unknown_member_is_told_so()
    {
        _world.Member("m").Join();
        foreach (var epoch in new[] { 1, 7, -1 }) Assert.Equal(ErrorCode.UnknownMemberId, _world.Member("stranger").Send(_world.Member("stranger").Of(epoch)).Error);
    }

    [Fact]
    public void Whoever_leaves_is_gone_and_its_partitions_are_free()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        _world.Settle(first, second);
        var epoch = _world.Describe().Epoch;
        Assert.Equal((ErrorCode.None, -1), (first.Leave() is var left ? left.Error : default, left.MemberEpoch));
        Assert.Equal(epoch + 1, _world.Describe().Epoch);
        Assert.Equal(4, second.Beat().Assignment!.Count);
        Assert.Equal(ErrorCode.UnknownMemberId, first.Send(first.Of(3)).Error);
    }

    // ---- Static members

    [Fact(DisplayName = "G21: a static member that leaves for a while has its partitions when it is back, and nobody notices")]
    public void BackAgain()
    {
        var (first, second) = (_world.Member("a", "one"), _world.Member("b", "two"));
        first.Join();
        second.Join();
        _world.Settle(first, second);
        var (had, epoch) = (first.Owned, _world.Describe().Epoch);
        var left = first.Leave(-2);
        Assert.Equal((ErrorCode.None, -2), (left.Error, left.MemberEpoch));
        Assert.Equal(ErrorCode.None, first.Leave(-2).Error);
        Assert.Null(second.Beat().Assignment);
        _world.Groups.Pass(TimeSpan.FromSeconds(30));
        second.Beat();
        var back = _world.Member("c", "one");
        var reply = back.Join();
        Assert.Equal(had, reply.Assignment);
        Assert.Equal(epoch, _world.Describe().Epoch);
        Assert.Equal(["b", "c"], _world.Describe().Members.Select(member => member.MemberId));
        Assert.Equal("Stable", _world.State);
    }

    [Fact]
    public void A_static_member_that_does_not_come_back_is_gone_when_its_session_ends()
    {
        var member = _world.Member("a", "one");
        member.Join();
        member.Leave(-2);
        _world.Groups.Pass(ConsumerWorld.Session + TimeSpan.FromSeconds(1));
        Assert.Empty(_world.Describe().Members);
        Assert.Equal("Empty", _world.State);
    }

    [Fact]
    public void The_place_of_a_static_member_is_its_own_until_it_leaves()
    {
        _world.Member("a", "one").Join();
        Assert.Equal(ErrorCode.UnreleasedInstanceId, _world.Member("b", "one").Join().Error);
        Assert.Equal(ErrorCode.UnreleasedInstanceId, _world.Member("a", "one").Join().Error);
        Assert.Equal(["a"], _world.Describe().Members.Select(member => member.MemberId));
    }

    [Fact]
    public void A_static_member_comes_back_under_the_same_id()
    {
        var member = _world.Member("a", "one");
        member.Join();
        member.Leave(-2);
        Assert.Equal(4, member.Join().Assignment!.Count);
        Assert.Null(member.Beat().Assignment);
    }

    [Fact]
    public void Who_lost_its_place_is_fenced_whatever_it_says()
    {
        var (former, member) = (_world.Member("a", "one"), _world.Member("b", "one"));
        former.Join();
        var epoch = former.Epoch;
        former.Leave(-2);
        member.Join();
        foreach (var said in new[] { epoch, -1, -2 }) Assert.Equal(ErrorCode.FencedInstanceId, former.Send(former.Of(said)).Error);
        Assert.Equal(ErrorCode.None, member.Beat().Error);
    }

    [Fact]
    public void An_instance_that_nobody_is_is_unknown()
    {
        _world.Member("a", "one").Join();
        foreach (var said in new[] { 1, -1, -2 }) Assert.Equal(ErrorCode.UnknownMemberId, _world.Member("a", "other").Send(_world.Member("a", "other").Of(said)).Error);
    }

    [Fact]
    public void A_static_member_that_left_while_it_had_to_give_up_gives_up()
    {
        var (first, second) = (_world.Member("a", "one"), _world.Member("b"));
        first.Join();
        second.Join();
        first.Beat();
        first.Leave(-2);
        Assert.Equal(2, second.Beat().Assignment!.Count);
        var back = _world.Member("c", "one");
        Assert.Equal(2, back.Join().Assignment!.Count);
        _world.Settle(back, second);
    }
}
