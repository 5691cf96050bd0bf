using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Client.Tests.Grouping;

/// <summary>The classic protocol, rule by rule and row by row of its error table.</summary>
public sealed class ClassicMembershipTests
{
    static GroupOptions Cooperative => new MemberScript().Options with { Strategies = [PartitionAssignmentStrategy.CooperativeSticky] };

    static TopicPartition P(int partition) => new("t", partition);

    // Joining

    [Fact]
    public void A_member_joins_with_its_subscription_and_has_what_the_leader_gives()
    {
        var script = new MemberScript().Subscribe();
        var join = script.Next<SendJoin>();
        Assert.Equal(("", "range"), (join.MemberId, Assert.Single(join.Protocols).Name));
        Assert.Equal(("t", -1), (Assert.Single(script.Offered().Topics), script.Offered().GenerationId));
        script.Join(leader: "other");
        var sync = script.Next<SendSync>();
        Assert.Equal((1, "m", "range", 0), (sync.Generation, sync.MemberId, sync.Protocol, sync.Assignments.Count));
        script.Sync(0, 2);
        Assert.Equal("t-0 t-2", script.Owned);
        Assert.Equal(["Assigned t-0 t-2"], script.Calls);
        Assert.True(script.State.IsMember);
    }

    [Fact]
    public void Member_id_required_joins_again_with_the_id_at_once()
    {
        var script = new MemberScript().Subscribe().Join(ErrorCode.MemberIdRequired, member: "given");
        Assert.Equal("given", script.Next<SendJoin>().MemberId);
    }

    [Fact]
    public void A_coordinator_that_asks_for_the_id_for_ever_is_not_asked_without_a_pause()
    {
        var script = new MemberScript().Subscribe().Join(ErrorCode.MemberIdRequired, member: "given").Join(ErrorCode.MemberIdRequired, member: "given");
        Assert.False(script.Asks<SendJoin>());
        Assert.True(script.Pass(TimeSpan.FromSeconds(1)).Asks<SendJoin>());
    }

    [Fact]
    public void The_leader_shares_out_for_all()
    {
        var script = new MemberScript().Subscribe();
        script.Join(members: [MemberScript.Member("m"), MemberScript.Member("n")]);
        var sync = script.Next<SendSync>();
        Assert.Equal([0, 1, 2], Read(sync.Assignments["m"]));
        Assert.Equal([3, 4, 5], Read(sync.Assignments["n"]));
    }

    static IEnumerable<int> Read(byte[] assignment)
    {
        Assert.True(ConsumerProtocol.TryReadAssignment(assignment, out var read, out _));
        return read.AssignedPartitions.SelectMany(static topic => topic.Partitions);
    }

    [Fact]
    public void The_leader_waits_until_it_knows_the_topics_of_all()
    {
        var script = new MemberScript().Subscribe();
        script.Partitions = null;
        script.Join(members: [MemberScript.Member("m"), MemberScript.Member("n", topics: ["u"])]);
        Assert.False(script.Asks<SendSync>());
        Assert.Equal(["t", "u"], script.Wish.Names);
        script.TellTopics(("t", 2), ("u", 1));
        Assert.Equal([0, 1], Read(script.Run().Next<SendSync>().Assignments["m"]));
    }

    [Fact]
    public void A_member_that_the_leader_cannot_read_gets_nothing()
    {
        var script = new MemberScript().Subscribe();
        script.Join(members: [MemberScript.Member("m"), new JoinedMember("n", null, new byte[] { 0, 1, 2 })]);
        Assert.Equal((6, 0), (Read(script.Next<SendSync>().Assignments["m"]).Count(), Read(script.Next<SendSync>().Assignments["n"]).Count()));
    }

    [Fact]
    public void A_leader_that_is_to_skip_the_assignment_sends_none_and_watches_over_the_topics()
    {
        var script = new MemberScript().Subscribe();
        script.Join(skip: true, members: [MemberScript.Member("m"), MemberScript.Member("n")]);
        Assert.Empty(script.Next<SendSync>().Assignments);
        script.Sync(0);
        script.TellTopics(("t", 8));
        Assert.Contains("topic t has changed", script.Run().Next<SendJoin>().Reason);
    }

    [Fact]
    public void The_leader_joins_again_when_a_topic_grows_and_a_follower_does_not()
    {
        var leader = new MemberScript().Subscribe().Join().Sync(0, 1, 2, 3, 4, 5);
        leader.TellTopics(("t", 7));
        Assert.True(leader.Run().Asks<SendJoin>());
        var follower = new MemberScript().Stable(0);
        follower.TellTopics(("t", 7));
        Assert.False(follower.Run().Asks<SendJoin>());
    }

    [Fact]
    public void Another_subscription_is_joined_with_at_once()
    {
        var script = new MemberScript().Stable(0);
        script.Subscribe("u");
        Assert.Equal("Revoked t-0", script.Calls[^1]);
        Assert.Equal(["u"], script.Offered().Topics);
    }

    [Fact]
    public void A_pattern_is_compared_with_all_topics_as_they_come_and_go()
    {
        var script = new MemberScript { Partitions = null };
        script.Subscribe("^t.*");
        Assert.True(script.Wish.All);
        Assert.False(script.Asks<SendJoin>());
        script.TellTopics(("t", 1), ("other", 1), ("t2", 1));
        script.Run();
        Assert.Equal(["t", "t2"], script.Offered().Topics);
        script.Join(leader: "other").Sync(0);
        script.TellTopics(("t", 1), ("t3", 1));
        script.Run();
        Assert.Equal(["t", "t3"], script.Offered().Topics);
    }

    [Fact]
    public void A_pattern_that_matches_only_the_beginning_of_a_name_is_told_once()
    {
        var script = new MemberScript { Partitions = null };
        script.Subscribe("^orders");
        script.TellTopics(("orders-eu", 1), ("orders-us", 1));
        script.TellTopics(("orders-eu", 1), ("orders-us", 1), ("orders-xx", 1));
        script.Run();
        Assert.Single(script.Notices.OfType<PatternMatchesPrefixOnly>());
        Assert.Empty(script.Offered().Topics);
    }

    // Strategies

    [Fact]
    public void Eager_members_give_everything_back_before_they_join()
    {
        var script = new MemberScript().Stable(0, 1);
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.RebalanceInProgress);
        Assert.Equal("Revoked t-0 t-1", script.Calls[^1]);
        Assert.False(script.Asks<SendJoin>());
        script.OwnerEnds();
        Assert.True(script.Asks<SendJoin>());
        Assert.Empty(script.Offered().OwnedPartitions);
    }

    [Fact]
    public void Cooperative_members_keep_what_they_have_and_give_up_only_what_is_gone_and_join_again()
    {
        var script = new MemberScript(Cooperative).Stable(0, 1, 2);
        script.Beat(ErrorCode.RebalanceInProgress);
        Assert.Single(script.Calls);
        Assert.Equal("t-0 t-1 t-2", script.Owned);
        Assert.Equal([0, 1, 2], script.Offered().OwnedPartitions.SelectMany(static topic => topic.Partitions));
        Assert.Equal(1, script.Offered().GenerationId);
        script.Join(generation: 2, leader: "other").Sync(0, 1);
        Assert.Equal(["Assigned t-0 t-1 t-2", "Revoked t-2"], script.Calls);
        Assert.True(script.Asks<SendJoin>());
        Assert.Equal(2, script.Offered().GenerationId);
        script.Join(generation: 3, leader: "other").Sync(0, 1);
        Assert.False(script.Asks<SendJoin>());
    }

    [Fact]
    public void Cooperative_members_give_up_topics_that_they_do_not_want_before_they_join()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Subscribe("u");
        Assert.Equal("Revoked t-0", script.Calls[^1]);
        Assert.Empty(script.Offered().OwnedPartitions);
    }

    [Fact]
    public void A_partition_of_a_topic_that_is_not_subscribed_to_any_more_is_not_taken()
    {
        var script = new MemberScript().Subscribe().Join(leader: "other");
        script.Subscribe("u").Sync(0);
        Assert.Empty(script.Calls);
        Assert.True(script.Asks<SendJoin>());
    }

    [Fact]
    public void One_strategy_that_is_not_cooperative_makes_all_eager_and_that_is_told_once()
    {
        var script = new MemberScript(new MemberScript().Options with { Strategies = [PartitionAssignmentStrategy.Range, PartitionAssignmentStrategy.CooperativeSticky] }).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress);
        Assert.Equal("Revoked t-0", script.Calls[^1]);
        script.Join(generation: 2, leader: "other", protocol: "cooperative-sticky").Sync(0);
        Assert.Equal(new EagerBecauseOf("cooperative-sticky", "range"), Assert.Single(script.Notices.OfType<EagerBecauseOf>()));
    }

    [Fact]
    public void Cooperative_strategies_alone_are_no_surprise_to_tell() => Assert.Empty(new MemberScript(Cooperative).Stable(0).Notices.OfType<EagerBecauseOf>());

    [Fact]
    public void A_sticky_member_tells_what_it_had_in_Javas_bytes()
    {
        var script = new MemberScript(new MemberScript().Options with { Strategies = [PartitionAssignmentStrategy.Sticky] }).Subscribe();
        Assert.Null(script.Offered().UserData);
        script.Join(leader: "other").Sync(1, 4).Beat(ErrorCode.RebalanceInProgress);
        Assert.Equal([0, 0, 0, 1, 0, 1, (byte)'t', 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1], script.Offered().UserData!.Value.ToArray());
    }

    // The error table

    [Theory]
    [InlineData(ErrorCode.CoordinatorNotAvailable, true)]
    [InlineData(ErrorCode.NotCoordinator, true)]
    [InlineData(ErrorCode.NetworkException, true)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, false)]
    public void A_coordinator_that_does_not_serve_is_asked_the_same_again(ErrorCode error, bool looksAnew)
    {
        var script = new MemberScript().Subscribe().Join(ErrorCode.MemberIdRequired, member: "given").Refuse<SendJoin>(error);
        Assert.False(script.Asks<SendJoin>());
        script.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(("given", looksAnew), (script.Next<SendJoin>().MemberId, script.Next<SendJoin>().Anew));
        script.Join(leader: "other").Refuse<SendSync>(error).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal((1, looksAnew), (script.Next<SendSync>().Generation, script.Next<SendSync>().Anew));
        script.Sync(0).Beat(error).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(looksAnew, script.Next<SendHeartbeat>().Anew);
        Assert.Equal("t-0", script.Beat().Owned);
        Assert.Null(script.Failure);
    }

    [Fact]
    public void Rebalance_in_progress_in_a_sync_joins_again_and_keeps_the_generation_until_there_is_another()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Join(generation: 2, leader: "other").Refuse<SendSync>(ErrorCode.RebalanceInProgress);
        Assert.Equal(("m", 2, 2, "t-0"), (script.Next<SendJoin>().MemberId, script.State.Epoch, script.Offered().GenerationId, script.Owned));
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration, "m")]
    [InlineData(ErrorCode.UnknownMemberId, "")]
    public void A_refused_generation_or_member_in_a_heartbeat_loses_everything_and_joins_again(ErrorCode error, string joinsAs)
    {
        var script = new MemberScript().Stable(0, 1).Beat(error).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("Lost t-0 t-1", script.Calls[^1]);
        Assert.Equal((joinsAs, ""), (script.Next<SendJoin>().MemberId, script.Owned));
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration, "m")]
    [InlineData(ErrorCode.UnknownMemberId, "")]
    public void And_in_a_sync(ErrorCode error, string joinsAs)
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Join(generation: 2, leader: "other").Refuse<SendSync>(error).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(("Lost t-0", joinsAs), (script.Calls[^1], script.Next<SendJoin>().MemberId));
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration, "m")]
    [InlineData(ErrorCode.UnknownMemberId, "")]
    public void And_in_a_commit(ErrorCode error, string joinsAs)
    {
        var script = new MemberScript().Stable(0).Take(new CommitRefused(error, 1, "m")).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(("Lost t-0", joinsAs), (script.Calls[^1], script.Next<SendJoin>().MemberId));
    }

    [Fact]
    public void A_commit_that_was_refused_under_an_older_generation_says_nothing_of_this_one()
    {
        var script = new MemberScript().Stable(0).Take(new CommitRefused(ErrorCode.IllegalGeneration, 0, "m")).Take(new CommitRefused(ErrorCode.UnknownMemberId, 1, "before"));
        Assert.Equal("t-0", script.Owned);
    }

    [Fact]
    public void A_commit_that_meets_a_rebalance_joins_again()
    {
        var script = new MemberScript().Stable(0).Take(new CommitRefused(ErrorCode.RebalanceInProgress, 1, "m"));
        Assert.True(script.Asks<SendJoin>());
    }

    [Fact]
    public void An_unknown_member_in_a_join_loses_everything_and_joins_as_nobody()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Join(ErrorCode.UnknownMemberId).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(("Lost t-0", ""), (script.Calls[^1], script.Next<SendJoin>().MemberId));
    }

    [Theory]
    [InlineData("join")]
    [InlineData("sync")]
    [InlineData("heartbeat")]
    [InlineData("commit")]
    public void A_fenced_instance_is_fatal_wherever_it_is_met(string where)
    {
        var script = new MemberScript(Cooperative with { InstanceId = "i" }).Stable(0);
        switch (where)
        {
            case "join": script.Beat(ErrorCode.RebalanceInProgress).Join(ErrorCode.FencedInstanceId); break;
            case "sync": script.Beat(ErrorCode.RebalanceInProgress).Join(generation: 2, leader: "other").Refuse<SendSync>(ErrorCode.FencedInstanceId); break;
            case "heartbeat": script.Beat(ErrorCode.FencedInstanceId); break;
            default: script.Take(new CommitRefused(ErrorCode.FencedInstanceId, 1, "m")); break;
        }
        Assert.Equal(("Lost t-0", ErrorClass.Fenced), (script.Calls[^1], script.Failure!.Class));
        Assert.Contains("group.instance.id=i", script.Failure.Message);
        script.Open.Clear();
        Assert.False(script.Pass(TimeSpan.FromMinutes(5)).Asks<SendJoin>());
    }

    [Theory]
    [InlineData(ErrorCode.InconsistentGroupProtocol, "partition.assignment.strategy")]
    [InlineData(ErrorCode.InvalidSessionTimeout, "session.timeout.ms=45000")]
    [InlineData(ErrorCode.InvalidGroupId, "group.id")]
    [InlineData(ErrorCode.GroupAuthorizationFailed, "right")]
    [InlineData(ErrorCode.GroupMaxSizeReached, "group.max.size")]
    public void What_is_configured_wrong_is_told_and_not_tried_again(ErrorCode error, string names)
    {
        var script = new MemberScript().Subscribe().Join(error);
        Assert.Equal((error, ErrorClass.Config), (script.Failure!.Error.Code, script.Failure.Class));
        Assert.Contains(names, script.Failure.Message);
        Assert.False(script.Pass(TimeSpan.FromMinutes(5)).Asks<SendJoin>());
        Assert.True(script.Subscribe().Asks<SendJoin>());
    }

    [Fact]
    public void A_failure_is_told_after_the_owner_has_taken_in_that_everything_is_lost()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.GroupAuthorizationFailed);
        Assert.Equal("Lost t-0", script.Calls[^1]);
        Assert.Null(script.Failure);
        Assert.NotNull(script.OwnerEnds().Failure);
    }

    [Theory]
    [InlineData("unknown", 1, "m")]
    [InlineData("range", -1, "m")]
    [InlineData("range", 1, "")]
    public void A_coordinator_that_answers_a_join_with_nonsense_ends_it_with_a_clear_failure(string protocol, int generation, string member)
    {
        var script = new MemberScript().Subscribe().Join(generation: generation, member: member, leader: "other", protocol: protocol);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, script.Failure!.Error.Code);
    }

    [Fact]
    public void An_assignment_that_cannot_be_read_is_told_and_none_at_all_is_an_empty_one()
    {
        var bad = new MemberScript().Subscribe().Join(leader: "other");
        bad.Answer(bad.Next<SendSync>(), static id => new SyncAnswered(id, ErrorCode.None, null, null, new byte[] { 0, 1, 0, 0 }));
        Assert.Contains("cannot be read", bad.Failure!.Message);
        var none = new MemberScript().Subscribe().Join(leader: "other");
        none.Answer(none.Next<SendSync>(), static id => new SyncAnswered(id, ErrorCode.None, null, null, default));
        Assert.True(none is { Failure: null, Owned: "", State.IsMember: true });
    }

    // The session (C-15)

    [Fact]
    public void What_is_ours_is_lost_a_session_after_the_last_answered_heartbeat_was_sent()
    {
        var script = new MemberScript().Stable(0);
        script.Pass(TimeSpan.FromSeconds(3));
        script.StandStill(TimeSpan.FromSeconds(1)).Refuse<SendHeartbeat>(ErrorCode.None);
        script.Pass(TimeSpan.FromSeconds(2)).Lose<SendHeartbeat>();
        // Sent at 3 s, so it ends at 48.
        script.Pass(TimeSpan.FromSeconds(41.9), LoseBeats);
        Assert.True(script.MayDeliver);
        Assert.Equal("t-0", script.Owned);
        script.Pass(TimeSpan.FromSeconds(0.2), LoseBeats);
        Assert.Equal("Lost t-0", script.Calls[^1]);

        void LoseBeats()
        {
            while (script.Asks<SendHeartbeat>()) script.Lose<SendHeartbeat>();
        }
    }

    [Fact]
    public void After_a_long_pause_everything_is_lost_before_an_answer_that_lay_there_is_believed()
    {
        var script = new MemberScript().Stable(0);
        script.Pass(TimeSpan.FromSeconds(3));
        var beat = script.Next<SendHeartbeat>();
        script.StandStill(TimeSpan.FromSeconds(90));
        Assert.False(script.MayDeliver);
        script.Answer(beat, static id => new HeartbeatAnswered(id, ErrorCode.None));
        Assert.Equal("Lost t-0", script.Calls[^1]);
        Assert.Equal("m", script.Next<SendJoin>().MemberId);
    }

    [Fact]
    public void Nothing_is_delivered_and_nothing_joined_until_the_owner_has_taken_in_the_loss()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.StandStill(TimeSpan.FromSeconds(90)).Run();
        Assert.Equal((false, true, false), (script.MayDeliver, script.IsOwnerBusy, script.Asks<SendJoin>()));
        script.OwnerEnds();
        Assert.Equal((true, true), (script.MayDeliver, script.Asks<SendJoin>()));
    }

    [Fact]
    public void A_handler_that_runs_when_everything_is_lost_is_hurried_and_ends_first()
    {
        var script = new MemberScript().Stable(0, 1);
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.RebalanceInProgress).Beat(ErrorCode.UnknownMemberId);
        Assert.Equal((1, "Revoked t-0 t-1"), (script.Hurries, script.Calls[^1]));
        script.OwnerEnds();
        // What it was told to give back is given back, and there is nothing left to lose.
        Assert.Equal(("Revoked t-0 t-1", ""), (script.Calls[^1], script.Owned));
    }

    [Fact]
    public void Cooperative_members_send_heartbeats_while_they_join_and_eager_ones_have_nothing_to_keep()
    {
        var cooperative = new MemberScript(Cooperative).Stable(0);
        cooperative.Beat(ErrorCode.RebalanceInProgress);
        for (var minutes = 0; minutes < 2; minutes++) cooperative.Pass(TimeSpan.FromMinutes(1), () => { if (cooperative.Asks<SendHeartbeat>()) cooperative.Beat(ErrorCode.RebalanceInProgress); });
        Assert.Equal("t-0", cooperative.Owned);
        Assert.True(cooperative.MayDeliver);
        var eager = new MemberScript().Stable(0);
        eager.Beat(ErrorCode.RebalanceInProgress).Pass(TimeSpan.FromMinutes(2));
        Assert.False(eager.Asks<SendHeartbeat>());
        eager.Join(generation: 2, leader: "other").Sync(1);
        Assert.Equal("t-1", eager.Owned);
    }

    [Fact]
    public void A_cooperative_member_that_hears_nothing_while_it_joins_loses_everything()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Pass(TimeSpan.FromMinutes(1));
        Assert.Equal("Lost t-0", script.Calls[^1]);
    }

    [Fact]
    public void A_heartbeat_of_the_generation_before_the_join_decides_nothing()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Pass(TimeSpan.FromSeconds(3)).Refuse<SendHeartbeat>(ErrorCode.IllegalGeneration);
        Assert.Equal("t-0", script.Owned);
        Assert.True(script.Asks<SendJoin>());
    }

    [Fact]
    public void A_member_that_is_unknown_is_so_while_it_joins()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Pass(TimeSpan.FromSeconds(3)).Refuse<SendHeartbeat>(ErrorCode.UnknownMemberId);
        Assert.Equal("Lost t-0", script.Calls[^1]);
    }

    /// <summary>The leader of the generation after may have passed over what was claimed under the one before.</summary>
    [Theory]
    [InlineData(2, "t-0")]
    [InlineData(3, "")]
    public void After_a_join_without_an_answer_a_generation_that_was_missed_loses_what_we_had(int generation, string owned)
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Lose<SendJoin>().Pass(TimeSpan.FromSeconds(1));
        script.Join(generation: generation, leader: "other");
        Assert.Equal(owned, script.Owned);
        Assert.Equal("t-0", script.Sync(0).Owned);
        Assert.Equal(owned.Length == 0, script.Calls.Contains("Lost t-0"));
    }

    [Fact]
    public void What_comes_while_the_owner_takes_in_a_loss_comes_after_it()
    {
        var script = new MemberScript(Cooperative).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress).Lose<SendJoin>().Pass(TimeSpan.FromSeconds(1));
        script.OwnerIsQuick = false;
        script.Join(generation: 3, leader: "other").Sync(0);
        Assert.Equal((false, "Lost t-0"), (script.MayDeliver, script.Calls[^1]));
        Assert.Equal(("Assigned t-0", "t-0"), (script.OwnerEnds().Calls[^1], script.Owned));
    }

    [Fact]
    public void Heartbeats_go_on_while_a_handler_runs()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.RebalanceInProgress);
        for (var beats = 0; beats < 30; beats++) script.Beat(ErrorCode.RebalanceInProgress);
        Assert.Equal(("t-0", true), (script.Owned, script.MayDeliver));
    }

    [Fact]
    public void A_heartbeat_is_sent_at_once_for_who_wants_to_be_confirmed()
    {
        var script = new MemberScript().Stable(0);
        var asked = script.Machine.LastRequest;
        script.Take(new ConfirmationWanted());
        script.Refuse<SendHeartbeat>(ErrorCode.None);
        Assert.True(script.State.ConfirmedBy > asked);
    }

    // Pulls (max.poll.interval.ms)

    [Fact]
    public void A_member_that_nobody_pulls_from_leaves_loses_everything_and_joins_at_the_next_pull()
    {
        var script = new MemberScript().Stable(0);
        script.Pass(TimeSpan.FromMinutes(4.9), () => { if (script.Asks<SendHeartbeat>()) script.Beat(); });
        Assert.False(script.Asks<SendLeave>());
        script.Pass(TimeSpan.FromMinutes(0.2), () => { if (script.Asks<SendHeartbeat>()) script.Beat(); });
        Assert.Equal(("Lost t-0", "m"), (script.Calls[^1], script.Next<SendLeave>().MemberId));
        Assert.Single(script.Notices.OfType<PollIntervalExceeded>());
        script.Refuse<SendLeave>(ErrorCode.None).Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(0, script.Open.Count(static request => request is SendJoin));
        script.Take(new Pulled(true));
        Assert.Equal("", script.Next<SendJoin>().MemberId);
    }

    [Fact]
    public void Pulls_and_a_pull_that_waits_keep_the_membership()
    {
        var script = new MemberScript().Stable(0);
        script.Pass(TimeSpan.FromMinutes(4), Beat).Take(new Pulled(false)).Pass(TimeSpan.FromMinutes(4), Beat).Take(new Pulled(true)).Pass(TimeSpan.FromMinutes(20), Beat);
        Assert.Equal("t-0", script.Owned);

        void Beat()
        {
            if (script.Asks<SendHeartbeat>()) script.Beat();
        }
    }

    [Fact]
    public void A_handler_that_runs_for_longer_than_a_pull_may_take_costs_the_membership()
    {
        var script = new MemberScript().Stable(0);
        script.Take(new Pulled(true));
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.RebalanceInProgress).Pass(TimeSpan.FromMinutes(5.1), () => { if (script.Asks<SendHeartbeat>()) script.Beat(ErrorCode.RebalanceInProgress); });
        Assert.True(script.Asks<SendLeave>());
        Assert.Equal((1, false), (script.Hurries, script.MayDeliver));
        script.Refuse<SendLeave>(ErrorCode.None).OwnerEnds();
        Assert.True(script.Asks<SendJoin>());
    }

    [Fact]
    public void A_handler_that_ends_after_its_time_has_ended_too_late()
    {
        var script = new MemberScript(Cooperative with { SessionTimeout = TimeSpan.FromMinutes(20) }).Stable(0, 1);
        script.Take(new Pulled(true)).Beat(ErrorCode.RebalanceInProgress).Join(generation: 2, leader: "other");
        script.OwnerIsQuick = false;
        script.Sync(0);
        script.StandStill(TimeSpan.FromMinutes(5));
        Assert.False(script.MayDeliver);
        script.OwnerEnds();
        // What was to be given back is, and what would have stayed is lost.
        Assert.Equal("Lost t-0", script.Calls[^1]);
    }

    [Fact]
    public void Also_on_the_way_out()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.RebalanceInProgress).Pass(TimeSpan.FromMinutes(4.9), () => { if (script.Asks<SendHeartbeat>()) script.Beat(ErrorCode.RebalanceInProgress); });
        script.Take(new CloseAsked(TimeSpan.FromMinutes(1))).Pass(TimeSpan.FromSeconds(20), () => { if (script.Asks<SendHeartbeat>()) script.Beat(ErrorCode.RebalanceInProgress); });
        Assert.Equal((1, false), (script.Hurries, script.MayDeliver));
    }

    // Leaving

    [Fact]
    public void Closing_gives_everything_back_and_then_leaves()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.Take(new CloseAsked(TimeSpan.FromSeconds(30)));
        Assert.Equal(("Revoked t-0", false), (script.Calls[^1], script.Asks<SendLeave>()));
        script.OwnerEnds();
        Assert.Equal("m", script.Next<SendLeave>().MemberId);
        Assert.False(script.Machine.HasEnded);
        Assert.True(script.Refuse<SendLeave>(ErrorCode.None).Machine.HasEnded);
    }

    [Fact]
    public void Closing_while_a_revocation_runs_waits_for_it_and_does_not_revoke_twice()
    {
        var script = new MemberScript().Stable(0, 1);
        script.OwnerIsQuick = false;
        script.Beat(ErrorCode.RebalanceInProgress).Take(new CloseAsked(TimeSpan.FromSeconds(30)));
        script.OwnerIsQuick = true;
        script.OwnerEnds();
        Assert.Equal(["Assigned t-0 t-1", "Revoked t-0 t-1"], script.Calls);
        Assert.True(script.Asks<SendLeave>());
        Assert.False(script.Asks<SendJoin>());
    }

    [Fact]
    public void Heartbeats_go_on_while_everything_is_given_back()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.Take(new CloseAsked(TimeSpan.FromMinutes(5))).Pass(TimeSpan.FromMinutes(2), () => { if (script.Asks<SendHeartbeat>()) script.Beat(); });
        Assert.Equal(("t-0", true), (script.Owned, script.MayDeliver));
    }

    [Fact]
    public void A_handler_that_does_not_end_in_time_ends_the_close_without_a_leave()
    {
        var script = new MemberScript().Stable(0);
        script.OwnerIsQuick = false;
        script.Take(new CloseAsked(TimeSpan.FromSeconds(10))).Pass(TimeSpan.FromSeconds(10));
        Assert.True(script.Machine.HasEnded);
        Assert.Equal((1, false), (script.Hurries, script.Asks<SendLeave>()));
        Assert.Single(script.Notices.OfType<CloseGaveUp>());
    }

    [Fact]
    public void A_static_member_closes_without_leaving()
    {
        var script = new MemberScript(new MemberScript().Options with { InstanceId = "i" }).Stable(0).Take(new CloseAsked(TimeSpan.FromSeconds(10)));
        Assert.Equal("Revoked t-0", script.Calls[^1]);
        Assert.True(script.Machine.HasEnded);
        Assert.False(script.Asks<SendLeave>());
    }

    [Fact]
    public void A_leave_that_is_not_answered_is_repeated_a_few_times()
    {
        var script = new MemberScript().Stable(0).Take(new CloseAsked(TimeSpan.FromSeconds(30)));
        for (var attempt = 0; attempt < 3; attempt++) script.Lose<SendLeave>().Pass(TimeSpan.FromSeconds(1));
        Assert.True(script.Machine.HasEnded);
    }

    [Fact]
    public void Unsubscribing_gives_back_and_leaves_and_a_subscription_joins_again()
    {
        var script = new MemberScript().Stable(0).Take(new Unsubscribed());
        Assert.Equal("Revoked t-0", script.Calls[^1]);
        script.Subscribe("u").Refuse<SendLeave>(ErrorCode.None);
        Assert.Equal(("", "u"), (script.Next<SendJoin>().MemberId, Assert.Single(script.Offered().Topics)));
    }

    [Fact]
    public void Closing_while_a_join_waits_leaves_at_once()
    {
        var script = new MemberScript().Stable(0).Beat(ErrorCode.RebalanceInProgress).Take(new CloseAsked(TimeSpan.FromSeconds(30)));
        Assert.Equal("m", script.Next<SendLeave>().MemberId);
        Assert.True(script.Refuse<SendLeave>(ErrorCode.None).Join(generation: 2, leader: "other").Machine.HasEnded);
    }

    [Fact]
    public void Closing_a_member_that_never_subscribed_or_failed_ends_at_once()
    {
        Assert.True(new MemberScript().Take(new CloseAsked(TimeSpan.FromSeconds(30))).Machine.HasEnded);
        Assert.True(new MemberScript().Subscribe().Join(ErrorCode.GroupAuthorizationFailed).Take(new CloseAsked(TimeSpan.FromSeconds(30))).Machine.HasEnded);
    }
}
