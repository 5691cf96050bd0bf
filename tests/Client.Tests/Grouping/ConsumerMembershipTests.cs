using Semel.Client.Grouping;
using Semel.Client.Grouping.Membership;
using Semel.Protocol;

namespace Semel.Client.Tests.Grouping;

/// <summary>The protocol of KIP-848, rule by rule and row by row of its error table.</summary>
public sealed class ConsumerMembershipTests
{
    static GroupOptions Options => new MemberScript().Options with { Protocol = GroupProtocol.Consumer };

    static MemberScript Script(PlantedFault fault = PlantedFault.None) => new(Options, fault);

    // Identity and content (C-16 to C-18)

    [Fact]
    public void A_member_joins_with_an_id_of_its_own_epoch_zero_and_everything_said()
    {
        var join = Script().Subscribe().Next<SendConsumerHeartbeat>();
        Assert.Equal(("made-1", 0, true, ""), (join.MemberId, join.Epoch, join.SaysAll, join.Regex));
        Assert.Equal(["t"], join.Names);
        Assert.Empty(join.Owned!);
    }

    [Fact]
    public void The_id_is_kept_through_leaving_and_replaced_only_when_it_is_unknown()
    {
        var script = Script().Has(0).Take(new Unsubscribed());
        Assert.Equal(("made-1", -1), (script.Next<SendConsumerHeartbeat>().MemberId, script.Next<SendConsumerHeartbeat>().Epoch));
        script.Hear(-1, null).Subscribe();
        Assert.Equal(("made-1", 0), (script.Next<SendConsumerHeartbeat>().MemberId, script.Next<SendConsumerHeartbeat>().Epoch));
        script.Refuse<SendConsumerHeartbeat>(ErrorCode.UnknownMemberId).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("made-2", script.Next<SendConsumerHeartbeat>().MemberId);
    }

    [Fact]
    public void A_static_member_says_that_it_comes_back()
    {
        var script = new MemberScript(Options with { InstanceId = "i" }).Has(0).Take(new CloseAsked(TimeSpan.FromSeconds(10)));
        Assert.Equal(-2, script.Next<SendConsumerHeartbeat>().Epoch);
    }

    [Fact]
    public void What_did_not_change_is_left_out_and_comes_after_the_coordinators_interval()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(4.9));
        Assert.False(script.Asks<SendConsumerHeartbeat>());
        var heartbeat = script.Pass(TimeSpan.FromSeconds(0.2)).Next<SendConsumerHeartbeat>();
        Assert.True(heartbeat is { Epoch: 1, SaysAll: false, Names: null, Regex: null, Owned: null });
    }

    [Fact]
    public void An_interval_of_nothing_keeps_the_one_before()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Answer(script.Next<SendConsumerHeartbeat>(), static id => new ConsumerHeartbeatAnswered(id, ErrorCode.None, 1, TimeSpan.Zero, null));
        Assert.False(script.Pass(TimeSpan.FromSeconds(4.9)).Asks<SendConsumerHeartbeat>());
        Assert.True(script.Pass(TimeSpan.FromSeconds(0.1)).Asks<SendConsumerHeartbeat>());
    }

    [Fact]
    public void Everything_is_said_after_a_heartbeat_that_was_not_answered_and_the_assignment_comes_again()
    {
        var script = Script().Subscribe();
        script.Hear(1).Pass(TimeSpan.FromSeconds(5));
        // The answer that carries the assignment is lost.
        script.Lose<SendConsumerHeartbeat>().Pass(TimeSpan.FromSeconds(1));
        var full = script.Next<SendConsumerHeartbeat>();
        Assert.True(full is { Epoch: 1, SaysAll: true, Names.Count: 1, Anew: true });
        script.Hear(2, 0, 1);
        Assert.Equal("t-0 t-1", script.Owned);
        Assert.True(script.Now < TimeSpan.FromSeconds(10));
    }

    /// <summary>It may arrive behind the one that said everything, and take the answer that tells of a change with it.</summary>
    [Fact]
    public void Everything_is_said_as_long_as_one_that_was_given_up_may_still_arrive()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Lose<SendConsumerHeartbeat>().Pass(TimeSpan.FromSeconds(1)).Hear(1, 0).Pass(TimeSpan.FromSeconds(5));
        Assert.True(script.Next<SendConsumerHeartbeat>().SaysAll);
        script.Hear(1, 0).Pass(TimeSpan.FromSeconds(5)).Hear(1, 0).Pass(TimeSpan.FromSeconds(5));
        Assert.False(script.Next<SendConsumerHeartbeat>().SaysAll);
    }

    [Fact]
    public void Everything_is_said_as_long_as_nothing_is_owned()
    {
        var script = Script().Subscribe().Hear(1);
        var heartbeat = script.Pass(TimeSpan.FromSeconds(5)).Next<SendConsumerHeartbeat>();
        Assert.True(heartbeat is { SaysAll: true, Names.Count: 1, Owned.Count: 0 });
    }

    [Fact]
    public void Another_subscription_is_said_at_once_and_only_that()
    {
        var script = Script().Has(0).Subscribe("t", "u");
        Assert.True(script.Next<SendConsumerHeartbeat>() is { SaysAll: false, Names.Count: 2, Owned: null });
    }

    [Fact]
    public void Patterns_are_sent_to_the_coordinator()
    {
        Assert.Equal("^t.*", Script().Subscribe("^t.*").Next<SendConsumerHeartbeat>().Regex);
        var two = Script().Subscribe("^b", "^a", "u").Next<SendConsumerHeartbeat>();
        Assert.Equal("(?:^a)|(?:^b)", two.Regex);
        Assert.Equal(["u"], two.Names);
    }

    // Reconciliation (C-19)

    [Fact]
    public void What_is_assigned_is_taken_in_and_then_said()
    {
        var script = Script().Subscribe();
        script.OwnerIsQuick = false;
        script.Hear(1, 0, 1);
        Assert.Equal(["Assigned t-0 t-1"], script.Calls);
        Assert.False(script.Asks<SendConsumerHeartbeat>());
        script.OwnerEnds();
        Assert.Equal([0, 1], Assert.Single(script.Next<SendConsumerHeartbeat>().Owned!).Partitions);
    }

    [Fact]
    public void What_is_to_go_goes_first_is_said_and_only_then_is_anything_added()
    {
        var script = Script().Has(0, 1);
        script.Pass(TimeSpan.FromSeconds(5));
        script.OwnerIsQuick = false;
        script.Hear(2, 1, 2);
        Assert.Equal("Revoked t-0", script.Calls[^1]);
        // The heartbeat meanwhile says nothing of partitions.
        Assert.Null(script.Pass(TimeSpan.FromSeconds(5)).Next<SendConsumerHeartbeat>().Owned);
        script.Hear(2, null).OwnerEnds();
        Assert.Equal([1], Assert.Single(script.Next<SendConsumerHeartbeat>().Owned!).Partitions);
        Assert.Equal("Assigned t-2", script.Calls[^1]);
        script.Hear(3, null).OwnerEnds();
        Assert.Equal([1, 2], Assert.Single(script.Next<SendConsumerHeartbeat>().Owned!).Partitions);
    }

    [Fact]
    public void Nothing_is_added_while_the_heartbeat_that_says_what_went_is_still_to_be_sent()
    {
        var script = Script().Has(0, 1);
        script.Pass(TimeSpan.FromSeconds(5));
        script.OwnerIsQuick = false;
        script.Hear(2, 2).Pass(TimeSpan.FromSeconds(5));
        script.OwnerEnds();
        // Another one is on its way, which says nothing of it.
        Assert.Equal("Revoked t-0 t-1", script.Calls[^1]);
        script.Hear(2, null);
        Assert.Equal("Assigned t-2", script.Calls[^1]);
    }

    [Fact]
    public void A_newer_target_replaces_the_one_before_after_the_step_that_runs()
    {
        var script = Script().Has(0, 1);
        script.Pass(TimeSpan.FromSeconds(5));
        script.OwnerIsQuick = false;
        script.Hear(2, 1, 2).Pass(TimeSpan.FromSeconds(5));
        script.Hear(3, 1, 3).OwnerEnds();
        Assert.Equal("Assigned t-3", script.Calls[^1]);
        Assert.DoesNotContain(script.Calls, static call => call.Contains("t-2"));
    }

    [Fact]
    public void Topics_without_a_name_are_asked_for_and_hold_up_nothing_else()
    {
        var script = Script().Subscribe();
        var unknown = MemberScript.IdOf("u");
        script.Answer(script.Next<SendConsumerHeartbeat>(), id => new ConsumerHeartbeatAnswered(id, ErrorCode.None, 1, TimeSpan.FromSeconds(5), [new AssignedTopic(unknown, [0]), new AssignedTopic(MemberScript.TopicId, [3])]));
        Assert.Equal("t-3", script.Owned);
        Assert.Equal([unknown], script.Wish.Ids);
        script.Hear(1, null);
        script.TellTopics(("t", 6), ("u", 1));
        Assert.Equal("t-3 u-0", script.Run().Owned);
    }

    [Fact]
    public void A_topic_that_was_made_anew_is_given_back_before_it_is_taken_in()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5));
        var anew = new TopicId(new Guid("22222222-2222-2222-2222-222222222222"));
        script.Answer(script.Next<SendConsumerHeartbeat>(), id => new ConsumerHeartbeatAnswered(id, ErrorCode.None, 2, TimeSpan.FromSeconds(5), [new AssignedTopic(anew, [0])]));
        Assert.Equal(("Revoked t-0", ""), (script.Calls[^1], script.Owned));
        script.Machine.Take(new TopicsSeen(new TopicPicture(script.Wish, [new TopicFacts("t", anew, 1)])), script.Now);
        Assert.Equal(("Assigned t-0", "t-0"), (script.Run().Calls[^1], script.Owned));
        Assert.Equal(anew, script.State.Ownership.Owned[new TopicPartition("t", 0)].Id);
    }

    [Fact]
    public void An_unchanged_answer_changes_nothing_and_an_empty_assignment_takes_everything()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Hear(1, null);
        Assert.Equal("t-0", script.Owned);
        script.Pass(TimeSpan.FromSeconds(5)).Answer(script.Next<SendConsumerHeartbeat>(), static id => new ConsumerHeartbeatAnswered(id, ErrorCode.None, 2, TimeSpan.FromSeconds(5), []));
        Assert.Equal(("Revoked t-0", ""), (script.Calls[^1], script.Owned));
    }

    // C-20

    [Fact]
    public void A_member_that_nobody_pulls_from_leaves_loses_everything_and_joins_at_the_next_pull()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromMinutes(5), () => { if (script.Asks<SendConsumerHeartbeat>() && script.Next<SendConsumerHeartbeat>().Epoch > 0) script.Hear(1, null); });
        Assert.Equal(("Lost t-0", -1), (script.Calls[^1], script.Next<SendConsumerHeartbeat>().Epoch));
        script.Hear(-1, null).Pass(TimeSpan.FromMinutes(10));
        Assert.False(script.Asks<SendConsumerHeartbeat>());
        Assert.Equal(("made-1", 0), (script.Take(new Pulled(true)).Next<SendConsumerHeartbeat>().MemberId, script.Next<SendConsumerHeartbeat>().Epoch));
    }

    // The error table

    [Theory]
    [InlineData(ErrorCode.FencedMemberEpoch, "made-1")]
    [InlineData(ErrorCode.UnknownMemberId, "made-2")]
    public void A_refused_epoch_or_member_loses_everything_and_joins_again(ErrorCode error, string joinsAs)
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Refuse<SendConsumerHeartbeat>(error).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(("Lost t-0", joinsAs, 0), (script.Calls[^1], script.Next<SendConsumerHeartbeat>().MemberId, script.Next<SendConsumerHeartbeat>().Epoch));
        Assert.True(script.Next<SendConsumerHeartbeat>() is { SaysAll: true, Owned.Count: 0 });
    }

    [Fact]
    public void It_is_joined_again_only_when_the_owner_has_taken_in_the_loss()
    {
        var script = Script().Has(0);
        script.OwnerIsQuick = false;
        script.Pass(TimeSpan.FromSeconds(5)).Refuse<SendConsumerHeartbeat>(ErrorCode.FencedMemberEpoch).Pass(TimeSpan.FromSeconds(5));
        Assert.False(script.Asks<SendConsumerHeartbeat>());
        Assert.True(script.OwnerEnds().Asks<SendConsumerHeartbeat>());
    }

    [Fact]
    public void A_group_that_is_gone_is_joined_again()
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Refuse<SendConsumerHeartbeat>(ErrorCode.GroupIdNotFound).Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(("Lost t-0", 0), (script.Calls[^1], script.Next<SendConsumerHeartbeat>().Epoch));
    }

    [Fact]
    public void A_commit_that_was_refused_asks_for_a_heartbeat_at_once_that_says_everything()
    {
        var script = Script().Has(0).Take(new CommitRefused(ErrorCode.StaleMemberEpoch, 1, "made-1"));
        Assert.True(script.Next<SendConsumerHeartbeat>().SaysAll);
        Assert.Equal("t-0", script.Hear(2, 0).Owned);
    }

    [Fact]
    public void An_instance_that_is_not_released_is_asked_for_three_more_times()
    {
        var script = new MemberScript(Options with { InstanceId = "i" }).Subscribe();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            script.Refuse<SendConsumerHeartbeat>(ErrorCode.UnreleasedInstanceId);
            Assert.Null(script.Failure);
            script.Pass(TimeSpan.FromSeconds(1));
        }
        script.Refuse<SendConsumerHeartbeat>(ErrorCode.UnreleasedInstanceId);
        Assert.Equal((ErrorCode.UnreleasedInstanceId, ErrorClass.Fenced), (script.Failure!.Error.Code, script.Failure.Class));
    }

    [Fact]
    public void An_instance_that_is_released_meanwhile_is_joined()
    {
        var script = new MemberScript(Options with { InstanceId = "i" }).Subscribe();
        script.Refuse<SendConsumerHeartbeat>(ErrorCode.UnreleasedInstanceId).Pass(TimeSpan.FromSeconds(1)).Hear(1, 0);
        Assert.Equal("t-0", script.Owned);
    }

    [Theory]
    [InlineData(ErrorCode.UnsupportedAssignor, ErrorClass.Config)]
    [InlineData(ErrorCode.InvalidRequest, ErrorClass.Application)]
    [InlineData(ErrorCode.InvalidRegularExpression, ErrorClass.Config)]
    [InlineData(ErrorCode.GroupAuthorizationFailed, ErrorClass.Config)]
    [InlineData(ErrorCode.GroupMaxSizeReached, ErrorClass.Config)]
    [InlineData(ErrorCode.FencedInstanceId, ErrorClass.Fenced)]
    public void What_trying_again_does_not_mend_is_told(ErrorCode error, ErrorClass errorClass)
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Refuse<SendConsumerHeartbeat>(error);
        Assert.Equal(("Lost t-0", error, errorClass), (script.Calls[^1], script.Failure!.Error.Code, script.Failure.Class));
        Assert.False(script.Pass(TimeSpan.FromMinutes(5)).Asks<SendConsumerHeartbeat>());
    }

    [Theory]
    [InlineData(ErrorCode.CoordinatorNotAvailable, true)]
    [InlineData(ErrorCode.NotCoordinator, true)]
    [InlineData(ErrorCode.NetworkException, true)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, false)]
    public void A_coordinator_that_does_not_serve_is_told_everything_again(ErrorCode error, bool looksAnew)
    {
        var script = Script().Has(0);
        script.Pass(TimeSpan.FromSeconds(5)).Refuse<SendConsumerHeartbeat>(error).Pass(TimeSpan.FromSeconds(1));
        Assert.True(script.Next<SendConsumerHeartbeat>() is { Epoch: 1, SaysAll: true, Owned.Count: 1 } heartbeat && heartbeat.Anew == looksAnew);
        Assert.Equal("t-0", script.Owned);
    }

    [Fact]
    public void Without_an_answer_everything_is_lost_after_the_session_that_brokers_have_by_default()
    {
        var script = Script().Has(0);
        var began = script.Now;
        script.Pass(TimeSpan.FromSeconds(44.9), LoseHeartbeats);
        Assert.Equal("t-0", script.Owned);
        script.Pass(TimeSpan.FromSeconds(0.2), LoseHeartbeats);
        Assert.Equal("Lost t-0", script.Calls[^1]);

        void LoseHeartbeats()
        {
            while (script.Asks<SendConsumerHeartbeat>()) script.Lose<SendConsumerHeartbeat>();
        }
    }

    /// <summary>What it is to give back it may not have heard of, and the coordinator waits for that no longer.</summary>
    [Fact]
    public void Or_after_max_poll_interval_ms_where_that_is_less()
    {
        var script = new MemberScript(Options with { MaxPollInterval = TimeSpan.FromSeconds(20) }).Take(new Pulled(true)).Has(0);
        script.StandStill(TimeSpan.FromSeconds(19)).Run();
        Assert.Equal("t-0", script.Owned);
        script.StandStill(TimeSpan.FromSeconds(2)).Run();
        Assert.Equal("Lost t-0", script.Calls[^1]);
    }

    /// <summary>The coordinator has waited for it since it asked, however late a handler begins with it.</summary>
    [Fact]
    public void A_revocation_that_had_to_wait_for_another_handler_has_that_much_less_time()
    {
        var script = new MemberScript(Options with { MaxPollInterval = TimeSpan.FromSeconds(20) }).Take(new Pulled(true)).Has(0, 1);
        script.OwnerIsQuick = false;
        script.Pass(TimeSpan.FromSeconds(5)).Hear(2, 0, 1, 2).Pass(TimeSpan.FromSeconds(5)).Hear(2, 0);
        script.Pass(TimeSpan.FromSeconds(5)).Hear(2, null).Pass(TimeSpan.FromSeconds(5)).Hear(2, null).OwnerEnds();
        Assert.Equal("Revoked t-1 t-2", script.Calls[^1]);
        script.Pass(TimeSpan.FromSeconds(5), () => { if (script.Asks<SendConsumerHeartbeat>()) script.Hear(2, null); });
        Assert.Equal((1, false), (script.Hurries, script.MayDeliver));
    }

    // The choice of the protocol

    static GroupOptions Auto => Options with { Protocol = GroupProtocol.Auto };

    [Fact]
    public void Auto_takes_the_newer_protocol_when_the_coordinator_offers_it_and_says_so()
    {
        var script = new MemberScript(Auto).Subscribe();
        script.Answer(script.Next<AskProtocol>(), static id => new ProtocolTold(id, true));
        script.Hear(1);
        Assert.Single(script.Notices.OfType<JoinsConsumerGroup>());
    }

    [Fact]
    public void And_the_classic_one_when_it_does_not()
    {
        var script = new MemberScript(Auto).Subscribe();
        script.Answer(script.Next<AskProtocol>(), static id => new ProtocolTold(id, false));
        Assert.True(script.Asks<SendJoin>());
    }

    [Theory]
    [InlineData(ErrorCode.UnsupportedVersion)]
    [InlineData(ErrorCode.GroupIdNotFound)]
    [InlineData(ErrorCode.InconsistentGroupProtocol)]
    public void Auto_falls_back_when_the_coordinator_will_not_have_it_after_all(ErrorCode error)
    {
        var script = new MemberScript(Auto).Subscribe();
        script.Answer(script.Next<AskProtocol>(), static id => new ProtocolTold(id, true)).Refuse<SendConsumerHeartbeat>(error);
        Assert.Equal("", script.Next<SendJoin>().MemberId);
        Assert.Single(script.Notices.OfType<FallsBackToClassic>());
    }

    [Theory]
    [InlineData(ErrorCode.UnsupportedVersion, "group.protocol=classic")]
    [InlineData(ErrorCode.GroupIdNotFound, "group.protocol=classic")]
    public void Asked_for_by_name_it_fails_with_that_advice(ErrorCode error, string advice)
    {
        var script = Script().Subscribe().Refuse<SendConsumerHeartbeat>(error);
        Assert.Contains(advice, script.Failure!.Message);
        Assert.Equal(ErrorClass.Config, script.Failure.Class);
    }

    [Fact]
    public void It_is_decided_anew_each_time_that_a_group_is_joined_and_not_in_between()
    {
        var script = new MemberScript(Auto).Subscribe();
        script.Answer(script.Next<AskProtocol>(), static id => new ProtocolTold(id, true));
        script.Hear(1, 0).Hear(1, null).Pass(TimeSpan.FromSeconds(5)).Refuse<SendConsumerHeartbeat>(ErrorCode.FencedMemberEpoch).Pass(TimeSpan.FromSeconds(1));
        Assert.False(script.Asks<AskProtocol>());
        script.Hear(2, 0).Hear(2, null).Take(new Unsubscribed()).Hear(-1, null).Subscribe();
        Assert.True(script.Asks<AskProtocol>());
    }

    [Fact]
    public void A_question_that_is_not_answered_is_asked_again_and_one_that_is_refused_fails()
    {
        var script = new MemberScript(Auto).Subscribe().Lose<AskProtocol>();
        Assert.True(script.Pass(TimeSpan.FromSeconds(1)).Next<AskProtocol>().Anew);
        script.Refuse<AskProtocol>(ErrorCode.GroupAuthorizationFailed);
        Assert.Equal(ErrorCode.GroupAuthorizationFailed, script.Failure!.Error.Code);
    }
}
