using Semel.Machines.Groups.Consumer;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>groups.md 5.1: each fault of a request that needs no member.</summary>
public class HeartbeatCheckTests
{
    readonly ConsumerWorld _world = new();

    ErrorCode Join(Func<ConsumerHeartbeat, ConsumerHeartbeat> change)
    {
        var reply = _world.Groups.Ask<ConsumerHeartbeatReply>(change(_world.Member("m").JoinOf()));
        Assert.Equal(reply.Error == ErrorCode.None, reply.Message is null);
        return reply.Error;
    }

    [Fact] public void A_whole_join_is_taken() => Assert.Equal(ErrorCode.None, Join(join => join));
    [Fact] public void The_group_has_an_id() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { GroupId = new("") }));
    [Fact] public void The_member_has_an_id() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { MemberId = "" }));
    [Fact] public void An_instance_id_is_not_empty() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { InstanceId = "" }));
    [Fact] public void A_rack_id_is_not_empty() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { RackId = "" }));
    [Fact] public void Whoever_joins_says_its_rebalance_timeout() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { RebalanceTimeoutMs = -1 }));
    [Fact] public void Whoever_joins_owns_nothing() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { Owned = _world.Set(1) }));
    [Fact] public void Whoever_joins_says_that_it_owns_nothing() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { Owned = null }));
    [Fact] public void Whoever_joins_asks_for_topics() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { Topics = null }));
    [Fact] public void Whoever_joins_may_ask_for_none() => Assert.Equal(ErrorCode.None, Join(join => join with { Topics = [] }));
    [Fact] public void Whoever_joins_may_ask_for_none_by_an_empty_expression() => Assert.Equal(ErrorCode.None, Join(join => join with { Topics = null, Pattern = "" }));
    [Fact] public void There_is_no_epoch_below_minus_two() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { MemberEpoch = -3 }));
    [Fact] public void Only_a_static_member_leaves_for_a_while() => Assert.Equal(ErrorCode.InvalidRequest, Join(join => join with { MemberEpoch = -2 }));
    [Fact] public void An_assignor_is_one_that_the_broker_has() => Assert.Equal(ErrorCode.UnsupportedAssignor, Join(join => join with { Assignor = "nonsense" }));
    [Fact] public void An_assignor_has_a_name() => Assert.Equal(ErrorCode.UnsupportedAssignor, Join(join => join with { Assignor = "" }));
    [Fact] public void A_regular_expression_is_one() => Assert.Equal(ErrorCode.InvalidRegularExpression, Join(join => join with { Pattern = "(" }));
    [Fact] public void A_group_that_is_not_there_has_no_members() => Assert.Equal(ErrorCode.GroupIdNotFound, Join(join => join with { MemberEpoch = 5 }));
    [Fact] public void Nobody_leaves_a_group_that_is_not_there() => Assert.Equal(ErrorCode.GroupIdNotFound, Join(join => join with { MemberEpoch = -1 }));

    [Fact]
    public void Whoever_is_refused_leaves_no_group_behind()
    {
        Join(join => join with { Pattern = "(" });
        Join(join => join with { MemberEpoch = 5 });
        Assert.Empty(_world.Groups.Log);
        Assert.Equal(ErrorCode.GroupIdNotFound, _world.Describe().Error);
    }

    [Fact(DisplayName = "Version 0: a member without an id is given one")]
    public void OldVersion()
    {
        var reply = _world.Groups.Ask<ConsumerHeartbeatReply>(_world.Member("").JoinOf() with { Version = 0, FreshId = "fresh" });
        Assert.Equal((ErrorCode.None, "fresh"), (reply.Error, reply.MemberId));
        Assert.Equal(ErrorCode.InvalidRequest, _world.Member("").Send(_world.Member("").Of(3) with { Version = 0 }).Error);
    }

    [Fact]
    public void A_full_group_takes_its_own_members_alone()
    {
        var world = new ConsumerWorld(ConsumerWorld.AtOnce with { ConsumerMaxSize = 1 });
        var first = world.Member("first");
        Assert.Equal(ErrorCode.None, first.Join().Error);
        Assert.Equal(ErrorCode.GroupMaxSizeReached, world.Member("second").Join().Error);
        Assert.Equal(ErrorCode.None, first.Join().Error);
    }

    [Fact]
    public void An_expression_that_takes_too_much_work_is_refused()
    {
        var world = new ConsumerWorld();
        var random = new Random(5);
        for (var number = 0; number < 1000; number++) world.Groups.Topics.Create(string.Concat(Enumerable.Range(0, 240).Select(_ => random.Next(2) == 0 ? 'a' : 'b')), 1);
        var member = world.Member("m");
        member.Pattern = "(.*a.{30}){7}|(.*b.{30}){7}";
        var reply = member.Join();
        Assert.Equal(ErrorCode.InvalidRegularExpression, reply.Error);
        Assert.Contains("too much work", reply.Message, StringComparison.Ordinal);
    }
}
