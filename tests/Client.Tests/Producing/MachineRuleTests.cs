using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>Single rules of the producer's machine, accepted and refused.</summary>
public class MachineRuleTests
{
    [Fact]
    public void A_lingering_batch_is_sent_when_its_time_is_up_and_not_before()
    {
        var script = new MachineScript(config: [("linger.ms", "20")]);
        script.Open();
        script.Wait(19);
        Assert.Empty(script.Sent);
        Assert.Equal(TimeSpan.FromMilliseconds(20), script.Machine.NextDeadline);
        script.Wait(1);
        Assert.Single(script.Sent);
    }

    [Fact]
    public void A_batch_does_not_linger_while_somebody_waits_for_memory()
    {
        var script = new MachineScript(config: [("linger.ms", "1000")]);
        script.Open();
        Assert.Empty(script.Sent);
        script.Take(new MemoryWanted(true));
        Assert.Single(script.Sent);
    }

    [Fact]
    public void Nothing_is_drained_before_there_is_a_producer_id()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.Add();
        Assert.Empty(script.Sent);
        Assert.Equal(1, script.IdentityRequests);
        script.Take(new ProducerIdRefused(ErrorCode.CoordinatorLoadInProgress, "later"));
        script.WaitThrough(1500);
        Assert.Equal(2, script.IdentityRequests);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(1), new ProducerEpoch(0))));
        Assert.Single(script.Sent);
    }

    [Fact]
    public void A_record_that_expires_without_a_producer_id_names_what_kept_it()
    {
        var script = new MachineScript(grantsIdentity: false, config: [("delivery.timeout.ms", "40000")]);
        var batch = script.Add();
        script.Take(new ProducerIdRefused(ErrorCode.CoordinatorNotAvailable, "nobody there"));
        script.Wait(40_000);
        Assert.Contains("nobody there", script.Ended[batch].Error!.Reason);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batch].Status);
    }

    [Fact]
    public void A_refused_cluster_right_fails_what_is_buffered_and_the_next_record_asks_again()
    {
        var script = new MachineScript(grantsIdentity: false);
        var batch = script.Add();
        script.Take(new ProducerIdRefused(ErrorCode.ClusterAuthorizationFailed, "no right"));
        Assert.Equal((PersistenceStatus.NotPersisted, ErrorClass.Config), (script.Ended[batch].Status, script.Ended[batch].Class));
        script.Add();
        script.WaitThrough(1500);
        Assert.Equal(2, script.IdentityRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_broker_without_idempotence_is_refused_only_when_idempotence_was_asked_for(bool asked)
    {
        var script = new MachineScript(grantsIdentity: false, config: asked ? [("enable.idempotence", "true")] : []);
        var batch = script.Add();
        script.Take(new ProducerIdNotOffered());
        if (asked)
        {
            Assert.Equal(LocalErrorCode.NotOffered, script.Ended[batch].Error!.LocalCode);
            Assert.Empty(script.Sent);
            Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[script.Add()].Status);
        }
        else
        {
            Assert.True(script.Sent[^1].Batches[0].Identity.IsNone);
            Assert.Equal(-1, script.Sent[^1].Batches[0].BaseSequence);
            Assert.Single(script.Events.OfType<IdempotenceDisabled>());
        }
    }

    [Fact]
    public void No_more_than_five_batches_of_a_partition_are_unresolved()
    {
        var script = new MachineScript();
        script.PassProbe();
        for (var batch = 0; batch < 8; batch++) script.Add();
        Assert.Equal(5, script.Unanswered.Count);
    }

    [Fact]
    public void A_connection_has_no_more_requests_in_flight_than_it_may()
    {
        var script = new MachineScript(partitions: 3, config: [("max.in.flight.requests.per.connection", "2")]);
        for (var partition = 0; partition < 3; partition++) script.Add(partition: partition);
        Assert.Equal(2, script.Unanswered.Count);
        script.Answer(PartitionAnswer.Appended(0));
        Assert.Equal(2, script.Unanswered.Count);
    }

    [Fact]
    public void A_request_takes_one_batch_of_each_partition_up_to_its_limit()
    {
        var script = new MachineScript(partitions: 3, grantsIdentity: false, config: [("produce.request.max.bytes", "2500")]);
        for (var partition = 0; partition < 3; partition++)
            for (var batch = 0; batch < 2; batch++) script.Add(partition: partition, size: 1000);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(1), new ProducerEpoch(0))));
        Assert.Equal([2, 1], script.Sent.Select(request => request.Batches.Count));
        Assert.All(script.Sent, request => Assert.Equal(request.Batches.Count, request.Batches.Select(batch => batch.Batch.Partition).Distinct().Count()));
    }

    [Fact]
    public void A_request_that_was_never_written_leaves_its_batches_as_never_sent()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000"), ("retry.backoff.ms", "90000"), ("retry.backoff.max.ms", "90000")]);
        var batch = script.Add();
        script.Lose(wasWritten: false);
        script.Wait(40_000);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batch].Status);
    }

    [Fact]
    public void A_request_without_an_answer_leaves_its_batches_possibly_persisted()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000"), ("retry.backoff.ms", "90000"), ("retry.backoff.max.ms", "90000")]);
        var batch = script.Add();
        script.Lose(wasWritten: true);
        script.Wait(40_000);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        Assert.Single(script.Events.OfType<EpochBumped>());
    }

    [Fact]
    public void An_answer_that_explains_nothing_is_met_with_three_more_attempts()
    {
        var script = new MachineScript();
        var batch = script.Add();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            Assert.DoesNotContain(batch, script.Ended.Keys);
            script.Answer(ErrorCode.UnknownServerError);
            script.WaitThrough(2000);
        }
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
    }

    [Fact]
    public void A_code_of_a_newer_broker_is_never_success()
    {
        var script = new MachineScript();
        var batch = script.Add();
        script.Answer((ErrorCode)9999);
        Assert.Equal((PersistenceStatus.PossiblyPersisted, ErrorClass.Application), (script.Ended[batch].Status, script.Ended[batch].Class));
        script.Add();
        script.WaitThrough(2000);
        Assert.Equal("1:0+1", script.LastStamps);
    }

    [Fact]
    public void A_duplicate_without_an_offset_is_persisted()
    {
        var script = new MachineScript();
        var batch = script.Add();
        script.Answer(ErrorCode.DuplicateSequenceNumber);
        Assert.Equal((PersistenceStatus.Persisted, -1), (script.Ended[batch].Status, script.Ended[batch].BaseOffset));
    }

    [Fact]
    public void Retries_come_to_an_end_where_they_are_limited()
    {
        var script = new MachineScript(config: [("enable.idempotence", "false"), ("retries", "2")]);
        var batch = script.Add();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.DoesNotContain(batch, script.Ended.Keys);
            script.Answer(ErrorCode.NotEnoughReplicas);
            script.WaitThrough(2000);
        }
        Assert.Equal((PersistenceStatus.NotPersisted, ErrorClass.Retriable), (script.Ended[batch].Status, script.Ended[batch].Class));
    }

    [Fact]
    public void A_broker_that_throttles_is_left_alone_for_as_long_as_it_asks()
    {
        var script = new MachineScript();
        script.Add();
        var request = script.Unanswered[0];
        script.Unanswered.Clear();
        script.Take(new ProduceAnswered(request.RequestId, [PartitionAnswer.Appended(0)], TimeSpan.FromSeconds(3)));
        script.Add();
        script.Wait(2999);
        Assert.Empty(script.Unanswered);
        script.Wait(1);
        Assert.Single(script.Unanswered);
    }

    [Fact]
    public void Without_acknowledgements_a_written_batch_is_possibly_persisted_without_an_error()
    {
        var script = new MachineScript(config: [("acks", "0")]);
        var batch = script.Add();
        script.Take(new RequestWritten(script.Sent[0].RequestId));
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        Assert.False(script.Ended[batch].IsFailure);
    }

    [Fact]
    public void Gapless_fails_everything_behind_a_failed_record()
    {
        var script = new MachineScript(config: [("enable.gapless.guarantee", "true")]);
        script.PassProbe();
        var bad = script.Add();
        var behind = script.Add();
        for (var more = 0; more < 4; more++) script.Add();
        var queued = script.Add();
        var open = script.Open();
        script.Answer(ErrorCode.InvalidRecord);
        while (script.Unanswered.Count > 0) script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(ErrorCode.InvalidRecord, script.Ended[bad].Error!.Code);
        Assert.All([behind, queued, open], batch =>
        {
            Assert.Equal(LocalErrorCode.PrecedingRecordFailed, script.Ended[batch].Error!.LocalCode);
            Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batch].Status);
        });
        script.Add();
        Assert.Equal("0:1+1", script.LastStamps);
    }

    [Fact]
    public void Without_gapless_only_the_failed_batch_fails()
    {
        var script = new MachineScript();
        script.PassProbe();
        script.Add();
        var behind = script.Add();
        script.Answer(ErrorCode.InvalidRecord);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        script.Answer(PartitionAnswer.Appended(1));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[behind].Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Records_for_a_topic_that_was_made_anew_are_sent_to_it_only_where_that_is_allowed(bool allowed)
    {
        var script = new MachineScript(config: allowed ? [("allow.topic.recreation", "true")] : []);
        script.PassProbe();
        script.Add();
        var queued = script.Open(records: 3);
        script.Lead(MachineScript.Broker1, leaderEpoch: 0, id: new TopicId(Guid.Parse("22222222-2222-2222-2222-222222222222")));
        script.Answer(PartitionAnswer.Appended(1));
        Assert.Single(script.Events.OfType<TopicRecreated>());
        if (allowed)
        {
            script.WaitThrough(100);
            Assert.Equal("0:0+3", script.LastStamps);
        }
        else
        {
            Assert.Equal(LocalErrorCode.TopicRecreated, script.Ended[queued].Error!.LocalCode);
            script.Add();
            Assert.Equal("0:0+1", script.LastStamps);
        }
    }

    [Fact]
    public void A_success_behind_a_lost_head_is_kept_and_not_sent_again()
    {
        var script = new MachineScript();
        script.PassProbe();
        var head = script.Add();
        var behind = script.Add();
        script.Answer(ErrorCode.RequestTimedOut);
        script.Answer(PartitionAnswer.Appended(2));
        script.WaitThrough(2000);
        script.Answer(PartitionAnswer.Appended(1));
        Assert.Equal(4, script.Sent.Count);
        Assert.Equal(1, script.Ended[head].BaseOffset);
        Assert.Equal(2, script.Ended[behind].BaseOffset);
    }

    [Fact]
    public void A_refused_cluster_right_in_an_answer_fails_everything_and_asks_for_another_id()
    {
        var script = new MachineScript();
        script.PassProbe();
        var batches = Enumerable.Range(0, 7).Select(_ => script.Add()).ToArray();
        script.Answer(ErrorCode.ClusterAuthorizationFailed);
        while (script.Unanswered.Count > 0) script.Answer(ErrorCode.ClusterAuthorizationFailed);
        script.WaitThrough(2000);
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, script.Ended[batches[0]].Error!.Code);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batches[6]].Status);
        script.Add();
        script.WaitThrough(2000);
        Assert.Equal(2, script.IdentityRequests);
    }
}
