using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>What keeps a producer from going on is told while it goes on trying, once, and not when it passes.</summary>
public class MachineTroubleTests
{
    static IEnumerable<PartitionUnavailable> Told(MachineScript script) => script.Events.OfType<PartitionUnavailable>();

    /// <summary>Every attempt of the given time is answered so.</summary>
    static void AnswerFor(MachineScript script, double milliseconds, PartitionAnswer answer)
    {
        for (var end = script.Now + TimeSpan.FromMilliseconds(milliseconds); script.Now < end; script.WaitThrough(50))
            while (script.Unanswered.Count > 0) script.Answer(answer);
    }

    [Fact]
    public void A_storage_error_is_told_at_once_with_the_brokers_own_words_and_once()
    {
        var script = new MachineScript();
        var batch = script.Add();
        var refused = PartitionAnswer.Refused(ErrorCode.KafkaStorageError, "segment 0.log is gone; see the broker's log");
        script.Answer(refused);
        Assert.Single(Told(script));
        AnswerFor(script, 10_000, refused);
        var told = Assert.Single(Told(script));
        Assert.Equal((MachineScript.Partition(), ErrorCode.KafkaStorageError, "segment 0.log is gone; see the broker's log"), (told.TopicPartition, told.Code, told.Reason));
        Assert.False(script.Ended.ContainsKey(batch));
        Assert.True(script.Sent.Count > 5);
    }

    [Fact]
    public void A_broker_that_finds_out_more_is_told_again_but_not_one_that_says_a_new_number_each_time()
    {
        var script = new MachineScript();
        script.Add();
        AnswerFor(script, 2000, PartitionAnswer.Refused(ErrorCode.KafkaStorageError, "a write failed"));
        AnswerFor(script, 4000, PartitionAnswer.Refused(ErrorCode.KafkaStorageError, "the disk is full"));
        Assert.Equal(["a write failed", "the disk is full"], Told(script).Select(static told => told.Reason));
        for (var number = 0; number < 20; number++) AnswerFor(script, 2000, PartitionAnswer.Refused(ErrorCode.KafkaStorageError, $"failed at {number}"));
        Assert.Equal(5, Told(script).Count());
    }

    [Fact]
    public void An_error_that_passes_within_two_seconds_is_not_told()
    {
        var script = new MachineScript();
        var batch = script.Add();
        AnswerFor(script, 1500, PartitionAnswer.Refused(ErrorCode.NotLeaderOrFollower));
        script.WaitThrough(2000);
        script.Answer(PartitionAnswer.Appended(0));
        Assert.True(script.Ended[batch].Status == PersistenceStatus.Persisted);
        Assert.Empty(Told(script));
    }

    [Fact]
    public void An_error_that_lasts_is_told_after_two_seconds_and_anew_after_an_acknowledgement()
    {
        var script = new MachineScript();
        script.Add();
        AnswerFor(script, 1900, PartitionAnswer.Refused(ErrorCode.NotEnoughReplicas));
        Assert.Empty(Told(script));
        AnswerFor(script, 4000, PartitionAnswer.Refused(ErrorCode.NotEnoughReplicas));
        Assert.Equal(ErrorCode.NotEnoughReplicas, Assert.Single(Told(script)).Code);
        AnswerFor(script, 4000, PartitionAnswer.Appended(0));
        script.Add();
        AnswerFor(script, 8000, PartitionAnswer.Refused(ErrorCode.NotEnoughReplicas));
        Assert.Equal(2, Told(script).Count());
    }

    [Fact]
    public void A_partition_without_a_leader_is_told_and_delivered_when_there_is_one()
    {
        var script = new MachineScript();
        script.Lead(NodeId.None, leaderEpoch: 1);
        var batch = script.Add();
        script.WaitThrough(1900);
        Assert.Empty(Told(script));
        script.WaitThrough(10_000);
        Assert.Equal(ErrorCode.LeaderNotAvailable, Assert.Single(Told(script)).Code);
        script.Lead(MachineScript.Broker1, leaderEpoch: 2);
        script.Answer(PartitionAnswer.Appended(0));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[batch].Status);
    }

    [Fact]
    public void A_connection_that_is_lost_again_and_again_is_no_trouble_of_the_partition()
    {
        var script = new MachineScript();
        script.Add();
        for (var end = script.Now + TimeSpan.FromSeconds(10); script.Now < end; script.WaitThrough(50))
            while (script.Unanswered.Count > 0) script.Lose();
        Assert.Empty(Told(script));
    }

    [Fact]
    public void That_no_producer_id_is_given_is_told_once_when_it_lasts()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.Add();
        script.Take(new ProducerIdRefused(ErrorCode.CoordinatorLoadInProgress, "the broker at b:1 refused"));
        Assert.Empty(script.Events);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            script.WaitThrough(1500);
            script.Take(new ProducerIdRefused(ErrorCode.CoordinatorLoadInProgress, "the broker at b:1 refused"));
        }
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, Assert.IsType<ProducerIdUnavailable>(Assert.Single(script.Events)).Code);
    }

    [Fact]
    public void That_nobody_can_be_asked_for_a_producer_id_is_told_where_the_connection_fails_and_not_here()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.Add();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            script.Take(new ProducerIdRefused(ErrorCode.NetworkException, "b:1: Connection refused"));
            script.WaitThrough(1500);
        }
        Assert.Empty(script.Events);
    }
}
