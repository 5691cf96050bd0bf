using Semel.Client.Grouping;
using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>Offsets that are committed with a transaction, and what they tell afterwards.</summary>
public class OffsetTests
{
    sealed class Standing : IMembershipStanding
    {
        public ValueTask<ConsumerGroupMetadata?> ConfirmAsync(ConsumerGroupMetadata since, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation) => default;
    }

    static ConsumerGroupMetadata Member(int generation) => new("g", generation, "m-1", null, new Standing());

    [Fact]
    public void With_the_first_protocol_a_group_is_added_once_before_its_offsets()
    {
        var script = new TransactionScript(version: 1).Open();
        var first = script.SendOffsets(("in", 0, 5));
        Assert.Equal("g", script.Request<AddOffsetsRequest>().GroupId);
        script.Answer<AddOffsetsRequest>(ErrorCode.None);
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        var second = script.SendOffsets(("in", 1, 7));
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        Assert.All((long[])[first, second], call => Assert.IsType<CallDone>(script.Ends[call]));
        Assert.Single(script.AllAsked, static ask => ask.Request is AddOffsetsRequest);
    }

    [Fact]
    public void With_the_second_protocol_the_commit_of_offsets_adds_the_group()
    {
        var script = new TransactionScript(version: 2).Open();
        var call = script.SendOffsets(("in", 0, 5));
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        Assert.IsType<CallDone>(script.Ends[call]);
        Assert.DoesNotContain(script.AllAsked, static ask => ask.Request is AddOffsetsRequest);
        script.Commit();
        // Offsets alone are something to commit.
        Assert.True(script.Request<EndTransactionRequest>().IsCommit);
    }

    [Fact]
    public void Calls_are_sent_one_after_the_other_and_a_lower_offset_is_refused()
    {
        var script = new TransactionScript().Open();
        script.SendOffsets(("in", 0, 5));
        var second = script.SendOffsets(("in", 0, 9));
        Assert.Single(script.Asked);
        var back = Assert.IsType<CallGoesBack>(script.Ends[script.SendOffsets(("in", 1, 3), ("in", 0, 8))]);
        Assert.Equal((9L, 8L), (back.Was, back.Is));
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        Assert.IsType<CallDone>(script.Ends[second]);
        Assert.Equal(TransactionState.InTransaction, script.State);
        // Nothing of the refused call was taken over.
        Assert.Single(script.Machine.Transaction!.Open!.Offsets);
    }

    [Fact]
    public void Only_the_partitions_that_failed_are_sent_again_after_a_pause()
    {
        var script = new TransactionScript().Open();
        var call = script.SendOffsets(("in", 0, 5), ("in", 1, 7));
        script.Answer<CommitOffsetsRequest>(CoordinatorAnswer.Of(ErrorCode.None) with
        {
            Partitions = [new(new("in", 0), ErrorCode.None), new(new("in", 1), ErrorCode.CoordinatorLoadInProgress)],
        });
        Assert.Empty(script.Asked);
        script.WaitFor<CommitOffsetsRequest>();
        Assert.Equal([1], script.Request<CommitOffsetsRequest>().Offsets.Select(static offset => offset.Partition.Partition));
        Assert.True(script.Question<CommitOffsetsRequest>().LooksUp);
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        Assert.IsType<CallDone>(script.Ends[call]);
    }

    /// <summary>Scenario 12: the group's epoch has moved on, and the partitions are still the member's.</summary>
    [Theory]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.StaleMemberEpoch)]
    public void A_generation_that_has_moved_on_is_taken_from_the_member_while_it_still_owns_the_partitions(ErrorCode code)
    {
        var script = new TransactionScript().Open();
        var call = script.SendOffsets(Member(3), 60_000, ("in", 0, 5));
        script.Answer<CommitOffsetsRequest>(code);
        Assert.Empty(script.Asked);
        var asked = Assert.Single(script.Confirmations);
        Assert.Equal([new TopicPartition("in", 0)], asked.Partitions);
        script.Take(new MembershipConfirmed(asked.RequestId, Member(4)));
        Assert.Equal(4, script.Request<CommitOffsetsRequest>().Group.GenerationId);
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        Assert.IsType<CallDone>(script.Ends[call]);
    }

    /// <summary>Zombie Z1.</summary>
    [Fact]
    public void A_member_that_does_not_own_the_partitions_any_more_aborts()
    {
        var script = new TransactionScript().Open();
        var call = script.SendOffsets(Member(3), 60_000, ("in", 0, 5));
        script.Answer<CommitOffsetsRequest>(ErrorCode.IllegalGeneration);
        script.Take(new MembershipConfirmed(script.Confirmations[0].RequestId, null));
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable), (script.State, script.Failure(call).Class));
        script.Abort();
        script.EndDone(nextEpoch: 1);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.UnknownMemberId)]
    [InlineData(ErrorCode.FencedInstanceId)]
    [InlineData(ErrorCode.RebalanceInProgress)]
    [InlineData(ErrorCode.GroupIdNotFound)]
    [InlineData(ErrorCode.OffsetMetadataTooLarge)]
    [InlineData(ErrorCode.GroupAuthorizationFailed)]
    [InlineData(ErrorCode.UnknownTopicId)]
    public void A_refusal_that_does_not_pass_makes_the_transaction_abortable_and_never_the_producer_fatal(ErrorCode code)
    {
        var script = new TransactionScript().Written();
        var call = script.SendOffsets(("in", 0, 5));
        script.Answer<CommitOffsetsRequest>(code);
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable, code), (script.State, script.Failure(call).Class, script.Failure(call).Error.Code));
        Assert.Contains("in-0", script.Failure(call).Error.Reason);
        Assert.Equal(script.Failure(call), script.Failure(script.Commit()));
    }

    [Fact]
    public void A_topic_that_stays_unknown_makes_the_transaction_abortable()
    {
        var script = new TransactionScript(config: ("topic.metadata.propagation.max.ms", "2000")).Open();
        var call = script.SendOffsets(("in", 0, 5));
        while (!script.Ends.ContainsKey(call))
        {
            script.WaitFor<CommitOffsetsRequest>();
            script.Answer<CommitOffsetsRequest>(ErrorCode.UnknownTopicOrPartition);
        }
        Assert.InRange(script.Now.TotalMilliseconds, 2000, 10_000);
        Assert.Equal(TransactionState.Abortable, script.State);
    }

    [Fact]
    public void Offsets_that_are_not_confirmed_in_time_make_the_transaction_abortable_and_the_abort_waits_for_the_request()
    {
        var script = new TransactionScript(version: 1).Open();
        var call = script.SendOffsets(TransactionScript.Group, 1000, ("in", 0, 5));
        script.WaitThrough(2000);
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable), (script.State, script.Failure(call).Class));
        script.Abort();
        Assert.DoesNotContain(script.Asked, static ask => ask.Request is EndTransactionRequest);
        script.Answer<AddOffsetsRequest>(ErrorCode.None);
        Assert.False(script.Request<EndTransactionRequest>().IsCommit);
    }

    [Fact]
    public void A_commit_waits_for_offsets_that_are_on_their_way()
    {
        var script = new TransactionScript().Written();
        script.SendOffsets(("in", 0, 5));
        script.Commit();
        Assert.DoesNotContain(script.Asked, static ask => ask.Request is EndTransactionRequest);
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        Assert.True(script.Request<EndTransactionRequest>().IsCommit);
    }

    [Fact]
    public void A_transaction_without_offsets_gets_a_witness_of_its_own_where_that_is_asked_for()
    {
        var script = new TransactionScript(config: ("transaction.witness.group", "w")).Written();
        script.Commit();
        var witness = script.Request<CommitOffsetsRequest>();
        Assert.Equal(("w", 1L, "7/0 orders-1"), (witness.Group.GroupId, witness.Offsets[0].Offset, witness.Offsets[0].Metadata));
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        script.Lose<EndTransactionRequest>();
        script.WaitFor<EndTransactionRequest>();
        script.Answer<EndTransactionRequest>(ErrorCode.ProducerFenced);
        Assert.Equal("w", Assert.Single(Assert.IsType<CallResolved>(script.Ends[script.Resolve()]).Witnesses).GroupId);
    }

    [Fact]
    public void An_empty_transaction_and_one_with_offsets_need_no_witness()
    {
        var script = new TransactionScript(config: ("transaction.witness.group", "w")).Open();
        Assert.IsType<CallDone>(script.Ends[script.Commit()]);
        script.Begin();
        script.SendOffsets(("in", 0, 5));
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        script.Commit();
        Assert.Single(script.AllAsked, static ask => ask.Request is CommitOffsetsRequest);
    }

    static Witness Sent(int partition, long offset) => new("g", new TopicPartition("in", partition), offset, null);

    [Theory]
    [InlineData(5, 7, TransactionOutcome.Committed)]
    [InlineData(6, 9, TransactionOutcome.Committed)]
    [InlineData(5, 6, TransactionOutcome.Aborted)]
    [InlineData(-1, 7, TransactionOutcome.Aborted)]
    public void Committed_offsets_at_or_beyond_what_was_sent_tell_that_it_was_committed(long first, long second, TransactionOutcome expected) =>
        Assert.Equal(expected, WitnessRule.Judge([Sent(0, 5), Sent(1, 7)], [new(first, null), new(second, null)]));

    [Theory]
    [InlineData(3, "7/4 id", TransactionOutcome.Committed)]
    [InlineData(2, "7/4 id", TransactionOutcome.Aborted)]
    [InlineData(9, "7/3 id", TransactionOutcome.Aborted)]
    [InlineData(-1, null, TransactionOutcome.Aborted)]
    [InlineData(9, "7/5 id", TransactionOutcome.Unknown)]
    [InlineData(9, "8/0 id", TransactionOutcome.Unknown)]
    [InlineData(9, "7/3 other", TransactionOutcome.Unknown)]
    [InlineData(3, "somebody", TransactionOutcome.Unknown)]
    [InlineData(3, null, TransactionOutcome.Unknown)]
    public void An_own_witness_tells_nothing_when_somebody_else_may_have_overwritten_it(long offset, string? metadata, TransactionOutcome expected) =>
        Assert.Equal(expected, WitnessRule.Judge([new Witness("w", new TopicPartition("out", 0), 3, "7/4 id")], [new(offset, metadata)]));

    [Fact]
    public void Without_a_witness_nothing_can_be_told() => Assert.Equal(TransactionOutcome.Unknown, WitnessRule.Judge([], []));
}
