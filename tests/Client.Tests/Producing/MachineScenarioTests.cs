using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>The scenarios of the specification that need no bytes: what is sent, under which sequence, and what is certain in the end.</summary>
public class MachineScenarioTests
{
    static void AssertPersisted(MachineScript script, ProducerBatch batch, long offset)
    {
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[batch].Status);
        Assert.Equal(offset, script.Ended[batch].BaseOffset);
    }

    [Fact]
    public void A_lost_acknowledgement_is_met_with_the_same_stamp_and_the_original_offset_is_reported()
    {
        var script = new MachineScript();
        var batch = script.Add(records: 3);
        Assert.Equal("0:0+3", script.LastStamps);
        script.Lose(wasWritten: true);
        script.WaitThrough(2000);
        Assert.Equal("0:0+3", script.LastStamps);
        Assert.Equal(2, script.Sent.Count);
        script.Answer(PartitionAnswer.Appended(40));
        AssertPersisted(script, batch, 40);
    }

    [Fact]
    public void Five_in_flight_with_a_refused_head_are_sent_again_in_order_with_unchanged_sequences()
    {
        var script = new MachineScript();
        script.PassProbe();
        var batches = Enumerable.Range(0, 5).Select(_ => script.Add(records: 2)).ToArray();
        Assert.Equal(5, script.Unanswered.Count);
        var before = script.Unanswered.Select(MachineScript.Stamps).ToArray();
        script.Answer(ErrorCode.NotLeaderOrFollower);
        for (var follower = 0; follower < 4; follower++) script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Empty(script.Unanswered);
        script.Lead(MachineScript.Broker2, leaderEpoch: 1);
        List<string> after = [];
        for (var offset = 1; script.Unanswered.Count > 0; offset += 2)
        {
            after.AddRange(script.Unanswered.Select(MachineScript.Stamps).Where(stamps => !after.Contains(stamps)));
            Assert.All(script.Unanswered, request => Assert.Equal(MachineScript.Broker2, request.Node));
            script.Answer(PartitionAnswer.Appended(offset));
        }
        Assert.Equal(before, after);
        Assert.All(batches, batch => Assert.Equal(PersistenceStatus.Persisted, script.Ended[batch].Status));
        Assert.Equal(batches, script.EndOrder.Skip(1));
        Assert.DoesNotContain(script.Events, happened => happened is EpochBumped);
    }

    [Fact]
    public void Followers_refused_only_because_the_head_was_use_up_no_attempt()
    {
        var script = new MachineScript(config: [("enable.idempotence", "true"), ("retries", "1")]);
        script.PassProbe();
        script.Add();
        var follower = script.Add();
        script.Answer(ErrorCode.NotEnoughReplicas);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        script.WaitThrough(2000);
        script.Answer(PartitionAnswer.Appended(1));
        script.Answer(ErrorCode.NotEnoughReplicas);
        script.WaitThrough(2000);
        script.Answer(PartitionAnswer.Appended(2));
        AssertPersisted(script, follower, 2);
    }

    [Fact]
    public void Before_the_first_success_only_one_request_of_a_partition_is_in_flight()
    {
        var script = new MachineScript();
        for (var record = 0; record < 100; record++) script.Add();
        Assert.Single(script.Unanswered);
        script.Answer(ErrorCode.NotEnoughReplicas);
        script.WaitThrough(2000);
        Assert.Single(script.Unanswered);
        script.Answer(PartitionAnswer.Appended(0));
        Assert.Equal(5, script.Unanswered.Count);
    }

    [Fact]
    public void A_batch_that_expires_before_it_was_drained_leaves_no_hole()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000")]);
        script.Take(new TopicSeen(MachineScript.Topic, TopicId.None, ErrorCode.None, [new PartitionLeader(0, NodeId.None, 1)]));
        var old = script.Add(records: 4);
        script.WaitThrough(40_000);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[old].Status);
        Assert.Equal(LocalErrorCode.DeliveryTimeout, script.Ended[old].Error!.LocalCode);
        Assert.Empty(script.Sent);
        script.Lead(MachineScript.Broker1, leaderEpoch: 2);
        script.Add(records: 1);
        Assert.Equal("0:0+1", script.LastStamps);
    }

    [Fact]
    public void A_batch_that_expires_in_flight_and_was_appended_is_a_late_acknowledgement_and_nothing_else()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000")]);
        script.PassProbe();
        var batch = script.Add(records: 2);
        script.WaitThrough(40_000);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        script.Add();
        Assert.Single(script.Unanswered);
        script.Answer(PartitionAnswer.Appended(1));
        Assert.Equal(2, Assert.Single(script.Events.OfType<LateAcknowledgement>()).RecordCount);
        Assert.DoesNotContain(script.Events, happened => happened is EpochBumped);
        Assert.Equal("0:3+1", script.LastStamps);
    }

    [Fact]
    public void A_batch_that_expires_in_flight_and_was_lost_bumps_the_epoch_and_is_never_sent_again()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000")]);
        script.PassProbe();
        var batch = script.Add(records: 2);
        script.WaitThrough(40_000);
        script.Lose();
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        Assert.Single(script.Events.OfType<EpochBumped>());
        script.Add(records: 5);
        Assert.Equal("1:0+5", script.LastStamps);
        Assert.Equal(3, script.Sent.Count);
        Assert.Contains(batch, script.Released);
    }

    [Fact]
    public void A_later_success_proves_that_a_ghost_was_appended()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000")]);
        script.PassProbe();
        var ghost = script.Add();
        script.Wait(1000);
        var follower = script.Add();
        script.Wait(39_000);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[ghost].Status);
        script.Answer(ErrorCode.RequestTimedOut);
        script.Answer(PartitionAnswer.Appended(2));
        AssertPersisted(script, follower, 2);
        Assert.Single(script.Events.OfType<LateAcknowledgement>());
        Assert.DoesNotContain(script.Events, happened => happened is EpochBumped);
        script.Add();
        Assert.Equal("0:3+1", script.LastStamps);
    }

    [Fact]
    public void A_ghost_that_was_refused_gives_its_sequences_to_those_behind_it()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000")]);
        script.PassProbe();
        script.Add(records: 3);
        script.Wait(1000);
        script.Add(records: 2);
        script.Wait(39_000);
        script.Answer(ErrorCode.NotEnoughReplicas);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        script.WaitThrough(500);
        Assert.Equal("0:1+2", script.LastStamps);
        Assert.DoesNotContain(script.Events, happened => happened is EpochBumped);
    }

    [Fact]
    public void A_definite_head_that_expires_gives_its_sequences_to_those_behind_it()
    {
        var script = new MachineScript(config: [("delivery.timeout.ms", "40000"), ("retry.backoff.ms", "60000"), ("retry.backoff.max.ms", "60000")]);
        script.PassProbe();
        var head = script.Add(records: 3);
        script.Wait(1000);
        script.Add(records: 2);
        script.Answer(ErrorCode.NotEnoughReplicas);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        script.Wait(39_000);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[head].Status);
        script.Lead(MachineScript.Broker2, leaderEpoch: 1);
        Assert.Equal("0:1+2", script.LastStamps);
    }

    [Fact]
    public void An_ambiguous_batch_is_not_sent_under_a_new_epoch()
    {
        var script = new MachineScript();
        script.PassProbe();
        var ambiguous = script.Add(records: 2);
        var definite = script.Add(records: 4);
        script.Lose();
        script.Lose(wasWritten: false);
        script.WaitThrough(2000);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[ambiguous].Status);
        script.WaitThrough(2000);
        Assert.Equal("1:0+4", script.LastStamps);
        Assert.DoesNotContain(script.Sent, request => request.Batches.Any(batch => batch.Batch == ambiguous && batch.Identity.Epoch.Value == 1));
        script.Answer(PartitionAnswer.Appended(9));
        AssertPersisted(script, definite, 9);
        Assert.Single(script.Events.OfType<DataLossSuspected>());
    }

    [Fact]
    public void A_batch_that_is_too_large_is_split_until_it_fits_and_the_parts_take_over_its_sequences()
    {
        var script = new MachineScript();
        script.PassProbe();
        var batch = script.Add(records: 8, size: 800);
        script.Add(records: 1, size: 100);
        script.Answer(ErrorCode.MessageTooLarge);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal("0:1+4", script.LastStamps);
        script.Answer(PartitionAnswer.Appended(1));
        Assert.Equal(["0:5+4", "0:9+1"], script.Unanswered.Select(MachineScript.Stamps));
        Assert.Contains(batch, script.Released);
        script.Answer(PartitionAnswer.Appended(5));
        Assert.All(script.Fragments[batch], part => Assert.Equal(PersistenceStatus.Persisted, script.Ended[part].Status));
    }

    [Fact]
    public void A_single_record_that_is_too_large_fails_alone()
    {
        var script = new MachineScript();
        script.PassProbe();
        var batch = script.Add(records: 1);
        script.Add(records: 2);
        script.Answer(ErrorCode.MessageTooLarge);
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal((PersistenceStatus.NotPersisted, ErrorClass.Record), (script.Ended[batch].Status, script.Ended[batch].Class));
        Assert.Equal("0:1+2", script.LastStamps);
    }

    [Fact]
    public void A_batch_that_may_be_in_the_log_is_not_split()
    {
        var script = new MachineScript();
        script.PassProbe();
        var batch = script.Add(records: 8);
        script.Lose();
        script.WaitThrough(2000);
        script.Answer(ErrorCode.MessageTooLarge);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        Assert.Empty(script.Replacements);
        script.Add(records: 2);
        script.WaitThrough(2000);
        Assert.Equal("1:0+2", script.LastStamps);
    }

    [Fact]
    public void A_refused_record_is_taken_out_and_the_others_are_sent_from_the_same_sequence()
    {
        var script = new MachineScript();
        script.PassProbe();
        script.Add(records: 10);
        script.Add(records: 1);
        script.Answer(new PartitionAnswer(AnswerKind.Answered, ErrorCode.InvalidRecord) { Refusals = [new RecordRefusal(4, "no")] });
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(ErrorClass.Record, script.Replacements.Single().RefusedVerdict.Class);
        Assert.Equal("0:1+9", script.LastStamps);
        script.Answer(PartitionAnswer.Appended(1));
        Assert.Equal("0:10+1", script.LastStamps);
    }

    [Fact]
    public void A_refusal_that_names_no_record_fails_the_batch()
    {
        var script = new MachineScript();
        script.PassProbe();
        var batch = script.Add(records: 10);
        script.Answer(ErrorCode.InvalidRecord);
        Assert.Equal((PersistenceStatus.NotPersisted, ErrorClass.Record), (script.Ended[batch].Status, script.Ended[batch].Class));
    }

    [Fact]
    public void A_topic_that_is_missing_for_a_moment_keeps_its_sequences()
    {
        var script = new MachineScript();
        script.PassProbe();
        script.Take(new TopicSeen(MachineScript.Topic, TopicId.None, ErrorCode.UnknownTopicOrPartition, []));
        script.Add(records: 2);
        Assert.Equal("0:1+2", script.LastStamps);
        script.Answer(ErrorCode.UnknownTopicOrPartition);
        script.Lead(MachineScript.Broker1, leaderEpoch: 1);
        script.WaitThrough(2000);
        Assert.Equal("0:1+2", script.LastStamps);
    }

    [Fact]
    public void A_topic_that_stays_unknown_fails_its_records_after_the_propagation_time()
    {
        var script = new MachineScript();
        var batch = script.Add();
        for (var answers = 0; script.Unanswered.Count > 0; answers++)
        {
            Assert.True(answers < 100);
            script.Answer(ErrorCode.UnknownTopicOrPartition);
            script.WaitThrough(1200);
        }
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batch].Status);
        Assert.InRange(script.Now.TotalSeconds, 30, 40);
    }

    [Fact]
    public void Closing_reports_everything_by_its_true_state()
    {
        var script = new MachineScript();
        script.PassProbe();
        var inFlight = Enumerable.Range(0, 5).Select(_ => script.Add()).ToArray();
        var queued = script.Add();
        var open = script.Open();
        script.Take(new Closed(new Error(LocalErrorCode.Closed, "closed")));
        Assert.All(inFlight, batch => Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status));
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[queued].Status);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[open].Status);
        Assert.False(script.Machine.HasWork);
        script.Answer(PartitionAnswer.Appended(1));
        var late = script.Add();
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[late].Status);
    }

    [Fact]
    public void Nothing_goes_to_a_new_leader_before_the_old_one_has_answered()
    {
        var script = new MachineScript();
        script.PassProbe();
        script.Add();
        script.Add();
        script.Lead(MachineScript.Broker2, leaderEpoch: 1);
        script.Add();
        Assert.DoesNotContain(script.Sent, request => request.Node == MachineScript.Broker2);
        script.Answer(PartitionAnswer.Appended(1));
        Assert.DoesNotContain(script.Sent, request => request.Node == MachineScript.Broker2);
        script.Answer(PartitionAnswer.Appended(2));
        Assert.Equal(MachineScript.Broker2, script.Sent[^1].Node);
    }

    [Fact]
    public void An_older_leader_epoch_is_no_news()
    {
        var script = new MachineScript();
        script.Lead(MachineScript.Broker2, leaderEpoch: 5);
        script.Lead(MachineScript.Broker1, leaderEpoch: 4);
        script.Add();
        Assert.Equal(MachineScript.Broker2, script.Sent[^1].Node);
    }

    [Fact]
    public void A_leader_named_in_an_answer_is_used_at_once()
    {
        var script = new MachineScript();
        script.Add();
        script.Answer(new PartitionAnswer(AnswerKind.Answered, ErrorCode.NotLeaderOrFollower) { LeaderHint = new PartitionLeader(0, MachineScript.Broker2, 1) });
        Assert.Equal(MachineScript.Broker2, Assert.Single(script.Unanswered).Node);
    }

    [Fact]
    public void A_broker_that_forgot_the_producer_because_retention_removed_its_records_has_lost_nothing()
    {
        var script = new MachineScript();
        script.PassProbe(offset: 10);
        var batch = script.Add();
        script.Answer(new PartitionAnswer(AnswerKind.Answered, ErrorCode.UnknownProducerId) { LogStartOffset = 11 });
        Assert.DoesNotContain(script.Events, happened => happened is DataLossSuspected);
        Assert.Equal("1:0+1", script.LastStamps);
        script.Answer(PartitionAnswer.Appended(11));
        AssertPersisted(script, batch, 11);
    }

    [Fact]
    public void A_broker_that_lost_acknowledged_records_is_suspected_and_a_definite_batch_goes_on_under_a_new_epoch()
    {
        var script = new MachineScript();
        script.PassProbe(offset: 10);
        script.Add();
        script.Answer(new PartitionAnswer(AnswerKind.Answered, ErrorCode.OutOfOrderSequenceNumber) { LogStartOffset = 0 });
        Assert.Equal(10, Assert.Single(script.Events.OfType<DataLossSuspected>()).LastAcknowledgedOffset);
        Assert.Equal("1:0+1", script.LastStamps);
    }

    [Fact]
    public void A_suspected_loss_stops_a_producer_that_asks_for_it()
    {
        var script = new MachineScript(config: [("on.data.loss", "stop")]);
        script.PassProbe(offset: 10);
        script.Add();
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(LocalErrorCode.DataLossSuspected, script.Failure!.LocalCode);
    }

    [Fact]
    public void Sequences_wrap_to_zero()
    {
        var script = new MachineScript(firstSequence: 2147483645);
        script.Add(records: 5);
        script.Answer(PartitionAnswer.Appended(0));
        script.Add(records: 1);
        Assert.Equal("0:2+1", script.LastStamps);
    }

    [Fact]
    public void One_bump_is_one_for_all_partitions_and_healthy_ones_finish_their_window_first()
    {
        var script = new MachineScript(partitions: 50);
        for (var partition = 0; partition < 50; partition++) script.PassProbe(partition);
        script.Add(partition: 0);
        var trouble = script.Unanswered[^1];
        for (var partition = 1; partition < 50; partition++) script.Add(partition: partition);
        script.Answer(trouble, PartitionAnswer.Refused(ErrorCode.OutOfOrderSequenceNumber));
        Assert.Single(script.Events.OfType<EpochBumped>());
        var expected = Enumerable.Range(0, 50).ToDictionary(partition => partition, partition => partition == 0 ? (Epoch: (short)1, Next: 0) : (Epoch: (short)0, Next: 1));
        for (var partition = 1; partition < 50; partition++) script.Add(partition: partition);
        while (script.Unanswered.Count > 0)
        {
            var request = script.Unanswered[0];
            foreach (var batch in request.Batches)
            {
                var (epoch, next) = expected[batch.Batch.Partition.Partition];
                var now = batch.Identity.Epoch.Value;
                Assert.Equal(now == epoch ? next : 0, batch.BaseSequence);
                Assert.True(now >= epoch);
                expected[batch.Batch.Partition.Partition] = (now, batch.BaseSequence + 1);
            }
            script.Answer([.. request.Batches.Select(_ => PartitionAnswer.Appended(1))]);
        }
        Assert.All(script.Ended.Values, verdict => Assert.Equal(PersistenceStatus.Persisted, verdict.Status));
        Assert.Single(script.Events.OfType<EpochBumped>());
    }

    [Fact]
    public void Used_up_epochs_are_followed_by_another_producer_id()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.Add();
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(7), new ProducerEpoch(32766))));
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(2, script.IdentityRequests);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(8), new ProducerEpoch(0))));
        Assert.Equal("0:0+1", script.LastStamps);
        Assert.Equal(8, script.Sent[^1].Batches[0].Identity.Id.Value);
    }
}
