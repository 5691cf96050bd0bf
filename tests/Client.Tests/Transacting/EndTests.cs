using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>How transactions end: the lost answer, the delayed request, the refused end, and what is certain after each.</summary>
public class EndTests
{
    static int Ends(TransactionScript script) => script.AllAsked.Count(static ask => ask.Request is EndTransactionRequest);

    /// <summary>Scenario 15.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Empty_transactions_end_without_a_request(short version)
    {
        var script = new TransactionScript(version).Ready();
        for (var at = 0; at < 1000; at++)
        {
            script.Begin();
            Assert.IsType<CallDone>(script.Ends[at % 2 == 0 ? script.Commit() : script.Abort()]);
            Assert.Equal(TransactionState.Ready, script.State);
        }
        Assert.Single(script.AllAsked);
    }

    /// <summary>Scenario 15, the second part: the coordinator has the partition before it is known that the record is refused.</summary>
    [Fact]
    public void A_transaction_of_the_second_protocol_of_which_all_was_refused_is_aborted_by_one_request()
    {
        var script = new TransactionScript(version: 2).Open();
        script.Add();
        script.Produced(ErrorCode.TopicAuthorizationFailed);
        Assert.Equal(ErrorClass.Abortable, script.Failure(script.Commit()).Class);
        script.Abort();
        Assert.False(script.Request<EndTransactionRequest>().IsCommit);
        script.EndDone(nextEpoch: 1);
        Assert.Equal((1, TransactionState.Ready), (Ends(script), script.State));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_commit_waits_until_every_record_has_its_end(short version)
    {
        var script = new TransactionScript(version).Written();
        script.Add();
        script.SealsAtOnce = false;
        script.Commit();
        script.Produced(PartitionAnswer.Appended(1));
        Assert.Equal(0, Ends(script));
        script.Seal();
        Assert.True(script.Request<EndTransactionRequest>().IsCommit);
    }

    /// <summary>Scenario 3.</summary>
    [Fact]
    public void A_lost_answer_is_repeated_under_the_same_identity_and_the_next_transaction_has_a_higher_epoch_with_the_first_protocol()
    {
        var script = new TransactionScript(version: 1).Written();
        var commit = script.Commit();
        script.Lose<EndTransactionRequest>();
        Assert.False(script.Ends.ContainsKey(commit));
        Assert.DoesNotContain(script.Asked, static ask => ask.Request is InitProducerRequest);
        script.WaitFor<EndTransactionRequest>();
        Assert.Equal((TransactionScript.Identity(7, 0), true), (script.Request<EndTransactionRequest>().Identity, script.Request<EndTransactionRequest>().IsCommit));
        script.EndDone();
        Assert.IsType<CallDone>(script.Ends[commit]);
        Assert.Equal(TransactionState.Rebumping, script.State);
        var begin = script.Begin();
        Assert.False(script.Ends.ContainsKey(begin));
        script.Grant(7, 1);
        Assert.IsType<CallDone>(script.Ends[begin]);
        script.Deliver();
        Assert.Equal("1:0", script.Stamps(1));
    }

    /// <summary>Scenario 5: the answer that is given again has the next identity.</summary>
    [Fact]
    public void A_lost_answer_needs_nothing_more_with_the_second_protocol()
    {
        var script = new TransactionScript(version: 2).Written();
        var commit = script.Commit();
        script.Lose<EndTransactionRequest>();
        script.WaitFor<EndTransactionRequest>();
        Assert.Equal(TransactionScript.Identity(7, 0), script.Request<EndTransactionRequest>().Identity);
        script.EndDone(nextEpoch: 1);
        Assert.IsType<CallDone>(script.Ends[commit]);
        Assert.Equal(TransactionState.Ready, script.State);
        Assert.Single(script.AllAsked, static ask => ask.Request is InitProducerRequest);
        Assert.Equal(TransactionScript.Identity(7, 1), script.Machine.Identity);
    }

    /// <summary>Each of these may arrive late, and under the same epoch it would be taken for a part of the next transaction.</summary>
    [Theory]
    [InlineData("produce")]
    [InlineData("partitions")]
    [InlineData("group")]
    [InlineData("offsets")]
    public void Whatever_was_written_and_not_answered_raises_the_epoch_with_the_first_protocol(string lost)
    {
        var script = new TransactionScript(version: 1).Open();
        script.Add();
        if (lost == "partitions")
        {
            script.Lose<AddPartitionsRequest>();
            script.WaitFor<AddPartitionsRequest>();
        }
        script.Confirm();
        if (lost == "produce")
        {
            script.ProduceLost();
            script.WaitThrough(1000);
        }
        script.Produced(PartitionAnswer.Appended(0));
        script.SendOffsets(("in", 0, 5));
        if (lost == "group")
        {
            script.Lose<AddOffsetsRequest>();
            script.WaitFor<AddOffsetsRequest>();
        }
        script.Answer<AddOffsetsRequest>(ErrorCode.None);
        if (lost == "offsets")
        {
            script.Lose<CommitOffsetsRequest>();
            script.WaitFor<CommitOffsetsRequest>();
        }
        script.Answer<CommitOffsetsRequest>(ErrorCode.None);
        var commit = script.Commit();
        script.EndDone();
        Assert.IsType<CallDone>(script.Ends[commit]);
        Assert.Equal(TransactionState.Rebumping, script.State);
    }

    [Fact]
    public void What_was_never_written_makes_nothing_dirty()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Commit();
        script.Lose<EndTransactionRequest>(wasWritten: false);
        script.WaitFor<EndTransactionRequest>();
        script.EndDone();
        Assert.Equal(TransactionState.Ready, script.State);
    }

    [Fact]
    public void The_epoch_is_raised_after_each_transaction_where_that_is_asked_for()
    {
        var script = new TransactionScript(version: 1, config: ("transactions.hygiene", "always")).Written();
        script.Commit();
        script.EndDone();
        Assert.Equal(TransactionState.Rebumping, script.State);
    }

    /// <summary>The coordinator may have the transaction open, and would fence the very epoch that asks.</summary>
    [Fact]
    public void The_epoch_is_never_raised_before_the_end_is_definite()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Commit(within: 3000);
        for (var at = 0; at < 5; at++)
        {
            script.WaitFor<EndTransactionRequest>();
            script.Lose<EndTransactionRequest>();
        }
        script.WaitThrough(10_000);
        Assert.Equal(TransactionState.Unresolved, script.State);
        Assert.Single(script.AllAsked, static ask => ask.Request is InitProducerRequest);
        script.AssertIllegal(script.Begin(), TransactionState.Unresolved);
    }

    [Theory]
    [InlineData(ErrorCode.ConcurrentTransactions)]
    [InlineData(ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ErrorCode.UnknownServerError)]
    [InlineData((ErrorCode)9999)]
    public void An_end_is_asked_for_until_it_is_definite(ErrorCode code)
    {
        var script = new TransactionScript(version: 2).Written();
        var commit = script.Commit();
        for (var at = 0; at < 10; at++)
        {
            script.Answer<EndTransactionRequest>(code);
            script.WaitFor<EndTransactionRequest>();
        }
        script.EndDone(nextEpoch: 1);
        Assert.IsType<CallDone>(script.Ends[commit]);
    }

    [Fact]
    public void A_commit_without_an_answer_in_time_is_unknown_and_the_same_call_goes_on()
    {
        var script = new TransactionScript(version: 2).Written();
        var first = script.Commit(within: 1000);
        script.Lose<EndTransactionRequest>();
        script.WaitThrough(2000);
        Assert.Equal((TransactionState.Unresolved, TransactionFailureKind.OutcomeUnknown), (script.State, script.Failure(first).Kind));
        if (script.Asked.Count > 0) script.Lose<EndTransactionRequest>();
        var second = script.Commit();
        script.WaitFor<EndTransactionRequest>();
        script.EndDone(nextEpoch: 1);
        Assert.IsType<CallDone>(script.Ends[second]);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    [Fact]
    public void An_answer_that_comes_when_nobody_waits_any_more_counts()
    {
        var script = new TransactionScript(version: 2).Written();
        script.Commit(within: 1000);
        script.WaitThrough(2000);
        Assert.Equal(TransactionState.Unresolved, script.State);
        script.EndDone(nextEpoch: 1);
        Assert.Equal(TransactionState.Ready, script.State);
        Assert.IsType<CallDone>(script.Ends[script.Commit()]);
        Assert.Equal(TransactionOutcome.Committed, Assert.IsType<CallResolved>(script.Ends[script.Resolve()]).Outcome);
    }

    [Fact]
    public void An_abort_without_an_answer_in_time_is_certain_of_its_outcome_and_can_be_repeated()
    {
        var script = new TransactionScript(version: 1).Written();
        var first = script.Abort(within: 1000);
        script.WaitThrough(2000);
        Assert.Equal((TransactionState.Unresolved, ErrorClass.Retriable), (script.State, script.Failure(first).Class));
        var second = script.Abort();
        script.EndDone();
        Assert.IsType<CallDone>(script.Ends[second]);
    }

    [Fact]
    public void A_commit_whose_records_are_not_delivered_in_time_is_certainly_none()
    {
        var script = new TransactionScript(version: 2).Written();
        script.Add();
        var commit = script.Commit(within: 1000);
        script.WaitThrough(2000);
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable, 0), (script.State, script.Failure(commit).Class, Ends(script)));
    }

    /// <summary>Refused without ever having been in doubt: another instance has it, and nothing of it was committed.</summary>
    [Theory]
    [InlineData(ErrorCode.ProducerFenced)]
    [InlineData(ErrorCode.InvalidProducerEpoch)]
    public void A_fenced_commit_is_told_as_such(ErrorCode code)
    {
        var script = new TransactionScript(version: 2).Written();
        var commit = script.Commit();
        script.Answer<EndTransactionRequest>(code);
        Assert.Equal((TransactionState.Fenced, TransactionFailureKind.Fenced), (script.State, script.Failure(commit).Kind));
        Assert.Equal(TransactionOutcome.Aborted, Assert.IsType<CallResolved>(script.Ends[script.Resolve()]).Outcome);
    }

    [Fact]
    public void A_fence_after_the_transactions_time_is_told_as_that()
    {
        var script = new TransactionScript(version: 1, config: [("transaction.timeout.ms", "5000"), ("request.timeout.ms", "1000")]).Written();
        script.WaitThrough(6000);
        var commit = script.Commit();
        script.Answer<EndTransactionRequest>(ErrorCode.ProducerFenced);
        Assert.Equal((TransactionState.Fenced, TransactionFailureKind.TimedOut), (script.State, script.Failure(commit).Kind));
    }

    /// <summary>A coordinator that answers so may have written the decision: the one who fences later does not say that it was not committed.</summary>
    [Theory]
    [InlineData(ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.ConcurrentTransactions)]
    public void A_commit_that_was_answered_and_asked_again_is_in_doubt_when_it_is_fenced_then(ErrorCode first)
    {
        var script = new TransactionScript(version: 1).Written();
        var commit = script.Commit();
        script.Answer<EndTransactionRequest>(first);
        script.WaitThrough(1000);
        script.Answer<EndTransactionRequest>(ErrorCode.ProducerFenced);
        Assert.Equal((TransactionState.Fenced, TransactionFailureKind.OutcomeUnknown), (script.State, script.Failure(commit).Kind));
    }

    /// <summary>What was written may have been carried out before whoever refuses now came: only a witness tells.</summary>
    [Theory]
    [InlineData(ErrorCode.ProducerFenced, TransactionState.Fenced)]
    [InlineData(ErrorCode.InvalidProducerEpoch, TransactionState.Fenced)]
    [InlineData(ErrorCode.InvalidProducerIdMapping, TransactionState.Fatal)]
    [InlineData(ErrorCode.InvalidTxnState, TransactionState.Fatal)]
    public void A_refused_commit_that_was_sent_before_without_an_answer_is_unknown_and_is_left_to_witnesses(ErrorCode code, TransactionState then)
    {
        foreach (short version in (short[])[1, 2])
        {
            var script = new TransactionScript(version).Written();
            script.SendOffsets(("in", 0, 5), ("in", 1, 7));
            if (version == 1) script.Answer<AddOffsetsRequest>(ErrorCode.None);
            script.Answer<CommitOffsetsRequest>(ErrorCode.None);
            var commit = script.Commit();
            script.Lose<EndTransactionRequest>();
            script.WaitFor<EndTransactionRequest>();
            script.Answer<EndTransactionRequest>(code);
            Assert.Equal((then, TransactionFailureKind.OutcomeUnknown), (script.State, script.Failure(commit).Kind));
            var resolved = Assert.IsType<CallResolved>(script.Ends[script.Resolve()]);
            Assert.Null(resolved.Outcome);
            Assert.Equal([("g", 0, 5L), ("g", 1, 7L)], resolved.Witnesses.Select(static witness => (witness.GroupId, witness.Partition.Partition, witness.Offset)));
        }
    }

    /// <summary>The transaction timed out, and the coordinator says so kindly: nothing was committed, whatever was sent.</summary>
    [Fact]
    public void A_commit_that_the_coordinator_asks_to_abort_was_not_carried_out()
    {
        var script = new TransactionScript(version: 2).Written();
        var commit = script.Commit();
        script.Lose<EndTransactionRequest>();
        script.WaitFor<EndTransactionRequest>();
        script.Answer<EndTransactionRequest>(ErrorCode.TransactionAbortable);
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable), (script.State, script.Failure(commit).Class));
        var abort = script.Abort();
        Assert.False(script.Request<EndTransactionRequest>().IsCommit);
        script.EndDone(nextEpoch: 2);
        Assert.IsType<CallDone>(script.Ends[abort]);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    /// <summary>The first protocol calls the end of what was never added a wrong state.</summary>
    [Fact]
    public void The_end_of_a_transaction_that_never_reached_the_coordinator_succeeds_with_the_first_protocol()
    {
        var script = new TransactionScript(version: 1).Open();
        script.Add();
        script.Lose<AddPartitionsRequest>();
        var abort = script.Abort();
        script.Answer<EndTransactionRequest>(ErrorCode.InvalidTxnState);
        Assert.IsType<CallDone>(script.Ends[abort]);
        Assert.Equal(TransactionState.Rebumping, script.State);
    }

    [Fact]
    public void A_forgotten_id_is_aborted_by_a_new_initialisation_with_the_first_protocol()
    {
        var script = new TransactionScript(version: 1).Written();
        var commit = script.Commit();
        script.Answer<EndTransactionRequest>(ErrorCode.InvalidProducerIdMapping);
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable), (script.State, script.Failure(commit).Class));
        var abort = script.Abort();
        Assert.IsType<CallDone>(script.Ends[abort]);
        Assert.Equal((1, TransactionState.Rebumping), (Ends(script), script.State));
        script.Grant(9, 0);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    [Fact]
    public void An_unresolved_commit_is_resolved_by_asking_until_it_is_definite()
    {
        var script = new TransactionScript(version: 2).Written();
        script.Commit(within: 1000);
        script.Lose<EndTransactionRequest>();
        script.WaitThrough(2000);
        if (script.Asked.Count > 0) script.Lose<EndTransactionRequest>();
        var resolve = script.Resolve();
        script.WaitFor<EndTransactionRequest>();
        Assert.True(script.Request<EndTransactionRequest>().IsCommit);
        script.EndDone(nextEpoch: 1);
        Assert.Equal(TransactionOutcome.Committed, Assert.IsType<CallResolved>(script.Ends[resolve]).Outcome);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    /// <summary>No wait ends later than the coordinator decides by itself.</summary>
    [Fact]
    public void A_call_without_a_limit_of_its_own_ends_with_the_transactions_time()
    {
        var script = new TransactionScript(config: [("transaction.timeout.ms", "5000"), ("request.timeout.ms", "1000")]).Written();
        var commit = script.Commit(within: null);
        script.WaitThrough(4000);
        Assert.False(script.Ends.ContainsKey(commit));
        script.WaitThrough(2000);
        Assert.Equal(TransactionFailureKind.OutcomeUnknown, script.Failure(commit).Kind);
    }

    /// <summary>Closing says what is certain: of a commit that was sent nothing is.</summary>
    [Fact]
    public void A_commit_that_is_under_way_when_the_producer_is_closed_is_unknown()
    {
        var script = new TransactionScript().Written();
        var commit = script.Commit();
        script.Take(new Closed(new Error(LocalErrorCode.Closed, "closed")));
        Assert.Equal(TransactionFailureKind.OutcomeUnknown, script.Failure(commit).Kind);
        Assert.Equal(LocalErrorCode.Closed, script.Failure(script.Begin()).Error.LocalCode);
    }

    [Fact]
    public void The_application_decides_nothing_about_EndTxn_but_commit_or_abort()
    {
        var script = new TransactionScript().Written();
        script.Commit();
        script.Commit();
        script.Resolve();
        Assert.Equal(1, Ends(script));
    }
}
