using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>When the producer asks for another id, and what becomes of what was on its way under the old one.</summary>
public class MachineRenewalTests
{
    static readonly TopicId Anew = new(Guid.Parse("22222222-2222-2222-2222-222222222222"));

    static MachineScript Begun(int partitions = 1, params (string Key, string Value)[] config)
    {
        var script = new MachineScript(partitions, config: config);
        script.See("A");
        script.PassProbe();
        return script;
    }

    static string LastId(MachineScript script) => $"{script.Sent[^1].Batches[0].Identity}";

    [Fact]
    public void The_same_cluster_seen_again_changes_nothing()
    {
        var script = Begun();
        script.See("A");
        script.Add();
        Assert.Equal(("7/0", "0:1+1", 1), (LastId(script), script.LastStamps, script.IdentityRequests));
        Assert.Empty(script.Events);
    }

    [Fact]
    public void A_cluster_that_is_named_for_the_first_time_changes_nothing()
    {
        var script = new MachineScript();
        script.PassProbe();
        script.See("A");
        script.Add();
        Assert.Equal(("0:1+1", 1), (script.LastStamps, script.IdentityRequests));
        Assert.Equal("A", script.Sent[^1].ClusterId);
    }

    [Fact]
    public void Another_cluster_is_written_to_under_an_id_of_its_own_from_sequence_0_on()
    {
        var script = Begun();
        script.See("B");
        Assert.Equal(new ClusterReplaced("A", "B"), Assert.Single(script.Events));
        var batch = script.Add();
        Assert.Equal(("8/0", "0:0+1", "B"), (LastId(script), script.LastStamps, script.Sent[^1].ClusterId));
        script.Answer(PartitionAnswer.Appended(0));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[batch].Status);
    }

    [Fact]
    public void A_new_cluster_may_give_the_very_id_that_the_old_one_gave()
    {
        var script = Begun();
        script.NextProducerId = 7;
        script.See("B");
        script.Add();
        Assert.Equal(("7/0", "0:0+1", 2), (LastId(script), script.LastStamps, script.IdentityRequests));
    }

    [Fact]
    public void What_may_be_in_the_old_clusters_log_is_told_so_and_never_sent_to_the_new_one()
    {
        var script = Begun();
        var (unknown, unsent) = (script.Add(), script.Add());
        Assert.Equal(2, script.Unanswered.Count);
        script.See("B");
        Assert.Empty(script.Ended.Keys.Intersect([unknown, unsent]));
        script.Lose();
        script.Lose(wasWritten: false);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[unknown].Status);
        Assert.Contains("another cluster (B)", script.Ended[unknown].Error!.Reason);
        script.WaitThrough(2000);
        Assert.Equal(("8/0", "0:0+1"), (LastId(script), script.LastStamps));
        Assert.Same(unsent, script.Sent[^1].Batches[0].Batch);
        script.Answer(PartitionAnswer.Appended(0));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[unsent].Status);
        Assert.Single(script.Sent, send => send.Batches[0].Batch == unknown);
    }

    [Fact]
    public void What_the_old_cluster_acknowledges_meanwhile_is_not_sent_again()
    {
        var script = Begun();
        var (first, second) = (script.Add(), script.Add());
        script.See("B");
        script.Answer(PartitionAnswer.Appended(1));
        script.Answer(PartitionAnswer.Appended(2));
        script.WaitThrough(2000);
        Assert.Equal((PersistenceStatus.Persisted, PersistenceStatus.Persisted), (script.Ended[first].Status, script.Ended[second].Status));
        Assert.Empty(script.Unanswered);
    }

    [Fact]
    public void Records_that_were_never_sent_go_to_the_new_cluster()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.See("A");
        var waiting = script.Add(records: 3);
        script.See("B");
        script.GrantsIdentity = true;
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(1), new ProducerEpoch(0))));
        Assert.Equal("7/0", LastId(script));
        Assert.Same(waiting, script.Sent[^1].Batches[0].Batch);
    }

    [Fact]
    public void An_id_that_was_asked_for_before_is_thrown_away_when_it_comes()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.See("A");
        script.Add();
        script.See("B");
        Assert.Equal(1, script.IdentityRequests);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(1), new ProducerEpoch(0))));
        Assert.Empty(script.Sent);
        Assert.Equal(2, script.IdentityRequests);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(2), new ProducerEpoch(0))));
        Assert.Equal("2/0", LastId(script));
    }

    [Fact]
    public void A_refusal_that_was_on_its_way_does_not_void_the_id_that_comes_after_it()
    {
        var script = new MachineScript(grantsIdentity: false);
        script.See("A");
        script.Add();
        script.See("B");
        script.Take(new ProducerIdRefused(ErrorCode.NetworkException, "cut"));
        script.WaitThrough(1000);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(2), new ProducerEpoch(0))));
        Assert.Equal("2/0", LastId(script));
    }

    [Fact]
    public void A_lower_leader_epoch_counts_in_another_cluster()
    {
        var script = Begun();
        script.Lead(MachineScript.Broker1, leaderEpoch: 9);
        script.See("B");
        script.Lead(MachineScript.Broker2, leaderEpoch: 0);
        script.Add();
        Assert.Equal(MachineScript.Broker2, script.Sent[^1].Node);
    }

    [Fact]
    public void A_topic_made_anew_is_written_to_under_a_new_id_and_other_topics_end_what_they_began_under_the_old_one()
    {
        var script = Begun();
        TopicPartition other = new("other", 0);
        script.Take(new TopicSeen("other", new TopicId(Guid.NewGuid()), ErrorCode.None, [new PartitionLeader(0, MachineScript.Broker2, 0)]));
        ProducerBatch Other()
        {
            var batch = new ProducerBatch(other, script.Now);
            script.Take(new BatchOpened(batch));
            script.Take(new BatchSealed(batch, 1, 100));
            return batch;
        }
        var begun = Other();
        script.Lead(MachineScript.Broker1, id: Anew);
        script.Add();
        Assert.Equal(("8/0", "0:0+1"), (LastId(script), script.LastStamps));
        script.Answer(script.Unanswered.Single(send => send.Batches[0].Batch == begun), PartitionAnswer.Refused(ErrorCode.NotEnoughReplicas));
        script.WaitThrough(2000);
        script.Answer(script.Unanswered.Single(send => send.Node == MachineScript.Broker2), PartitionAnswer.Appended(0));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[begun].Status);
        Other();
        Assert.Equal("8/0", LastId(script));
    }

    [Fact]
    public void What_may_be_in_the_old_topic_is_told_so_and_not_sent_to_the_new_one()
    {
        var script = Begun(config: ("allow.topic.recreation", "true"));
        var unknown = script.Add();
        script.Lose();
        script.Lead(MachineScript.Broker1, id: Anew);
        script.WaitThrough(5000);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[unknown].Status);
        script.Add();
        Assert.Equal(("8/0", "0:0+1"), (LastId(script), script.LastStamps));
    }

    [Fact]
    public void A_topic_made_anew_that_is_not_written_to_needs_no_new_id()
    {
        var script = Begun();
        script.Take(new TopicSeen("read-only", new TopicId(Guid.NewGuid()), ErrorCode.None, []));
        script.Take(new TopicSeen("read-only", new TopicId(Guid.NewGuid()), ErrorCode.None, []));
        script.Add();
        Assert.Equal(("7/0", 1), (LastId(script), script.IdentityRequests));
    }

    [Fact]
    public void Without_idempotence_nothing_is_asked_for_and_what_is_unknown_is_tried_again()
    {
        var script = Begun(config: ("enable.idempotence", "false"));
        var unknown = script.Add();
        script.See("B");
        script.Lose();
        script.WaitThrough(2000);
        script.Answer(PartitionAnswer.Appended(0));
        Assert.Equal(PersistenceStatus.Persisted, script.Ended[unknown].Status);
        Assert.Equal(0, script.IdentityRequests);
    }
}
