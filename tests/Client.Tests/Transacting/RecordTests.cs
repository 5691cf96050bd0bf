using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>Records of a transaction: when they may be written, and what follows when one of them fails.</summary>
public class RecordTests
{
    [Fact]
    public void With_the_first_protocol_a_partition_is_written_to_when_its_coordinator_has_confirmed_it()
    {
        var script = new TransactionScript(version: 1).Open();
        script.Add(partition: 0);
        Assert.Empty(script.Sent);
        script.Add(partition: 1);
        // One request at a time: what came meanwhile is asked for together, next.
        Assert.Equal([new TopicPartition(TransactionScript.Topic, 0)], script.Request<AddPartitionsRequest>().Partitions);
        Assert.Single(script.Asked);
        script.Confirm();
        Assert.Single(script.Sent);
        Assert.Equal([new TopicPartition(TransactionScript.Topic, 1)], script.Request<AddPartitionsRequest>().Partitions);
        script.Confirm();
        Assert.Equal(2, script.Sent.Count);
    }

    [Fact]
    public void With_the_second_protocol_a_partition_is_added_by_the_write()
    {
        var script = new TransactionScript(version: 2).Open();
        script.Add();
        Assert.Single(script.Sent);
        Assert.DoesNotContain(script.AllAsked, static ask => ask.Request is AddPartitionsRequest);
    }

    [Fact]
    public void What_was_not_attempted_because_another_partition_was_refused_is_asked_for_again_after_that_one()
    {
        var script = new TransactionScript(version: 1, config: ("topic.metadata.propagation.max.ms", "30000")).Open();
        script.Add(partition: 0);
        script.Add(partition: 1);
        script.Confirm();
        var ask = script.Question<AddPartitionsRequest>();
        script.Add(partition: 0);
        script.Answer(ask, CoordinatorAnswer.Of(ErrorCode.None) with { Partitions = [new(new(TransactionScript.Topic, 1), ErrorCode.OperationNotAttempted)] });
        script.WaitFor<AddPartitionsRequest>();
        Assert.Equal(TransactionState.InTransaction, script.State);
        script.Confirm();
        Assert.Equal(2, script.Sent.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_first_request_of_a_transaction_waits_for_the_end_of_the_one_before(short version)
    {
        var script = new TransactionScript(version).Open();
        var batch = script.Add();
        for (var at = 0; at < 5; at++)
        {
            if (version == 1)
            {
                script.WaitFor<AddPartitionsRequest>();
                script.Answer<AddPartitionsRequest>(ErrorCode.ConcurrentTransactions);
            }
            else
            {
                script.WaitThrough(1000);
                script.Produced(ErrorCode.ConcurrentTransactions);
            }
        }
        Assert.Equal(TransactionState.InTransaction, script.State);
        if (version == 1)
        {
            script.WaitFor<AddPartitionsRequest>();
            script.Confirm();
        }
        else script.WaitThrough(1000);
        script.Produced(PartitionAnswer.Appended(0));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[batch].Status);
    }

    /// <summary>Scenario 2: nobody awaits the records, and one of them is refused.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_failed_record_makes_the_transaction_abortable_and_the_commit_refuses(short version)
    {
        var script = new TransactionScript(version).Written();
        script.Add();
        script.Produced(ErrorCode.MessageTooLarge);
        Assert.Equal(TransactionState.Abortable, script.State);
        var failure = script.Failure(script.Commit());
        Assert.Equal((ErrorClass.Abortable, ErrorCode.MessageTooLarge, ErrorClass.Record), (failure.Class, failure.Error.Code, failure.CauseClass));
        Assert.DoesNotContain(script.AllAsked, static ask => ask.Request is EndTransactionRequest);
        script.Abort();
        Assert.False(script.Request<EndTransactionRequest>().IsCommit);
    }

    [Fact]
    public void A_record_that_fails_while_the_commit_waits_for_it_fails_the_commit()
    {
        var script = new TransactionScript().Written();
        script.Add();
        var commit = script.Commit();
        script.Produced(ErrorCode.TopicAuthorizationFailed);
        Assert.Equal((TransactionState.Abortable, ErrorClass.Abortable), (script.State, script.Failure(commit).Class));
        Assert.DoesNotContain(script.AllAsked, static ask => ask.Request is EndTransactionRequest);
    }

    /// <summary>The column of transactional producers.</summary>
    [Theory]
    [InlineData(ErrorCode.InvalidTopicException, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.TopicAuthorizationFailed, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.InvalidRecord, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.UnknownProducerId, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.InvalidProducerEpoch, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.InvalidProducerIdMapping, TransactionState.Abortable, TransactionState.Fatal)]
    [InlineData(ErrorCode.InvalidTxnState, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.TransactionAbortable, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData((ErrorCode)9999, TransactionState.Abortable, TransactionState.Abortable)]
    [InlineData(ErrorCode.InvalidRequiredAcks, TransactionState.Fatal, TransactionState.Fatal)]
    [InlineData(ErrorCode.UnsupportedVersion, TransactionState.Fatal, TransactionState.Fatal)]
    [InlineData(ErrorCode.ClusterAuthorizationFailed, TransactionState.Fatal, TransactionState.Fatal)]
    [InlineData(ErrorCode.TransactionalIdAuthorizationFailed, TransactionState.Fatal, TransactionState.Fatal)]
    [InlineData(ErrorCode.ProducerFenced, TransactionState.Fenced, TransactionState.Fenced)]
    [InlineData(ErrorCode.NotLeaderOrFollower, TransactionState.InTransaction, TransactionState.InTransaction)]
    [InlineData(ErrorCode.UnknownTopicOrPartition, TransactionState.InTransaction, TransactionState.InTransaction)]
    [InlineData(ErrorCode.RequestTimedOut, TransactionState.InTransaction, TransactionState.InTransaction)]
    public void A_code_of_Produce_leads_to_a_state(ErrorCode code, TransactionState first, TransactionState second)
    {
        foreach (short version in (short[])[1, 2])
        {
            var script = new TransactionScript(version).Written();
            script.Add();
            script.Produced(code);
            Assert.Equal((version, version == 1 ? first : second), (version, script.State));
            // The epoch is its coordinator's: no answer makes the producer count one up by itself.
            Assert.Equal(TransactionScript.Identity(7, 0), script.Machine.Identity);
        }
    }

    [Fact]
    public void What_was_not_sent_fails_at_once_when_the_transaction_can_only_be_aborted_and_nothing_more_goes_out()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Add(partition: 0);
        script.Produced(ErrorCode.InvalidTopicException);
        var late = script.Add(partition: 1);
        Assert.Equal((PersistenceStatus.NotPersisted, LocalErrorCode.TransactionAborted), (script.Ended[late].Status, script.Ended[late].Error!.LocalCode));
        script.WaitThrough(60_000);
        Assert.Equal(2, script.Sent.Count);
    }

    /// <summary>A record whose fate is open may be in the log, and is told so; of an aborted transaction nobody sees it.</summary>
    [Fact]
    public void An_abort_waits_for_what_is_on_its_way_and_tries_nothing_again()
    {
        var script = new TransactionScript(version: 1).Written();
        var flying = script.Add();
        var abort = script.Abort();
        Assert.DoesNotContain(script.Asked, static ask => ask.Request is EndTransactionRequest);
        script.ProduceLost();
        script.WaitFor<EndTransactionRequest>();
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[flying].Status);
        Assert.Equal(2, script.Sent.Count);
        script.EndDone();
        Assert.IsType<CallDone>(script.Ends[abort]);
        // Its batch may come late: nothing begins under its epoch.
        Assert.Equal(TransactionState.Rebumping, script.State);
    }

    [Fact]
    public void An_abort_takes_back_what_still_waits_for_a_connection()
    {
        var script = new TransactionScript(version: 2).Written();
        script.IsDialling = true;
        var waiting = script.Add();
        script.Abort();
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[waiting].Status);
        Assert.False(script.Request<EndTransactionRequest>().IsCommit);
    }

    [Fact]
    public void Sequences_go_on_over_transactions_of_the_first_protocol()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Commit();
        script.EndDone();
        script.Begin();
        script.Deliver();
        Assert.Equal(["0:0", "0:1"], [script.Stamps(0), script.Stamps(1)]);
    }

    [Fact]
    public void Sequences_begin_anew_after_each_transaction_of_the_second_protocol()
    {
        var script = new TransactionScript(version: 2).Written();
        script.Commit();
        script.EndDone(nextEpoch: 1);
        script.Begin();
        script.Deliver();
        Assert.Equal(["0:0", "1:0"], [script.Stamps(0), script.Stamps(1)]);
    }

    /// <summary>A batch that was certainly refused burns no sequence, also when its transaction is aborted.</summary>
    [Fact]
    public void A_refused_record_leaves_no_hole_for_the_next_transaction()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Add();
        script.Produced(ErrorCode.InvalidTopicException);
        script.Abort();
        script.EndDone();
        Assert.Equal(TransactionState.Ready, script.State);
        script.Begin();
        script.Deliver();
        Assert.Equal("0:1", script.Stamps(2));
    }

    /// <summary>Scenario 17.</summary>
    [Fact]
    public void After_80_percent_of_its_time_a_transaction_takes_no_more_records_and_can_be_ended()
    {
        var script = new TransactionScript(config: [("transaction.timeout.ms", "5000"), ("request.timeout.ms", "1000")]).Written();
        script.WaitThrough(3900);
        Assert.Empty(script.Refusals);
        script.WaitThrough(200);
        var refusal = Assert.Single(script.Refusals);
        Assert.Equal((1, ErrorClass.Abortable, LocalErrorCode.TransactionTooLong), (refusal.Transaction, refusal.Reason.Class, refusal.Reason.Error.LocalCode));
        Assert.Equal(TransactionState.InTransaction, script.State);
        // Whoever brings a record all the same is refused, and then the transaction is not what was wanted.
        script.Take(new TransactionDoomed(1, refusal.Reason));
        Assert.Equal(LocalErrorCode.TransactionTooLong, script.Failure(script.Commit()).Error.LocalCode);
        script.Abort();
        script.EndDone(nextEpoch: 1);
        Assert.Equal(TransactionState.Ready, script.State);
    }

    /// <summary>The clock is the transaction's, not the producer's.</summary>
    [Fact]
    public void A_transaction_without_records_has_no_clock()
    {
        var script = new TransactionScript(config: [("transaction.timeout.ms", "5000"), ("request.timeout.ms", "1000")]).Open();
        script.WaitThrough(60_000);
        Assert.Empty(script.Refusals);
    }

    [Fact]
    public void A_topic_that_was_made_anew_makes_the_transaction_abortable_and_the_epoch_is_raised_by_the_coordinator()
    {
        var script = new TransactionScript(version: 1).Written();
        script.Add();
        script.Take(new TopicSeen(TransactionScript.Topic, new TopicId(Guid.NewGuid()), ErrorCode.None, [new(0, new NodeId(1), 0), new(1, new NodeId(1), 0)]));
        script.Produced(ErrorCode.UnknownTopicId);
        Assert.Equal(TransactionState.Abortable, script.State);
        script.Abort();
        script.EndDone();
        Assert.Equal(TransactionScript.Identity(7, 0), script.Request<InitProducerRequest>().Identity);
    }

    [Fact]
    public void Another_cluster_is_the_end_of_the_producer()
    {
        var script = new TransactionScript();
        script.Take(new ClusterSeen("a"));
        script.Written();
        script.Take(new ClusterSeen("b"));
        Assert.Equal(TransactionState.Fatal, script.State);
        Assert.Equal(LocalErrorCode.ClusterReplaced, script.Failure(script.Commit()).Error.LocalCode);
    }
}
