using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>Requests that wait for a connection while their records' time runs out.</summary>
public class MachineWithdrawalTests
{
    static readonly Error ByCaller = new(LocalErrorCode.Closed, "closed");

    static MachineScript Script(int partitions = 1) => new(partitions, config: [("delivery.timeout.ms", "40000")]);

    [Fact]
    public void A_batch_of_which_nothing_was_ever_written_expires_as_not_persisted_and_leaves_no_hole()
    {
        var script = Script();
        script.PassProbe();
        script.IsDialling = true;
        var batch = script.Add(records: 2);
        script.WaitThrough(40_000);
        Assert.Equal((PersistenceStatus.NotPersisted, LocalErrorCode.DeliveryTimeout), (script.Ended[batch].Status, script.Ended[batch].Error!.LocalCode));
        Assert.Contains("no connection", script.Ended[batch].Error!.Reason);
        Assert.Contains(batch, script.Released);
        script.Connect();
        script.Add();
        Assert.Equal("0:1+1", script.LastStamps);
        Assert.DoesNotContain(script.Events, happened => happened is EpochBumped);
    }

    [Fact]
    public void As_soon_as_writing_may_have_begun_the_batch_is_possibly_persisted()
    {
        var script = Script();
        script.PassProbe();
        script.IsDialling = true;
        var batch = script.Add(records: 2);
        script.Wait(39_999);
        script.Connect();
        script.Wait(1);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        Assert.Equal(1, script.WithdrawalsAsked);
    }

    [Fact]
    public void An_unwritten_attempt_takes_nothing_from_the_doubt_that_an_earlier_one_left()
    {
        var script = Script();
        script.PassProbe();
        var batch = script.Add();
        script.Lose();
        script.IsDialling = true;
        script.WaitThrough(2000);
        script.WaitThrough(38_000);
        Assert.Equal(PersistenceStatus.PossiblyPersisted, script.Ended[batch].Status);
        Assert.Equal(0, script.WithdrawalsAsked);
    }

    [Fact]
    public void Followers_that_are_not_too_old_yet_take_over_the_sequence_of_a_withdrawn_head()
    {
        var script = Script();
        script.PassProbe();
        script.IsDialling = true;
        var head = script.Add(records: 3);
        script.Wait(1000);
        var follower = script.Add(records: 2);
        script.Wait(39_000);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[head].Status);
        Assert.DoesNotContain(follower, script.Ended.Keys);
        script.Connect();
        script.Answer(ErrorCode.OutOfOrderSequenceNumber);
        script.WaitThrough(500);
        Assert.Equal("0:1+2", script.LastStamps);
        Assert.DoesNotContain(script.Events, happened => happened is EpochBumped or DataLossSuspected);
    }

    [Fact]
    public void What_shares_the_request_and_is_not_too_old_goes_out_again_at_once()
    {
        var script = new MachineScript(partitions: 2, grantsIdentity: false, config: [("delivery.timeout.ms", "40000")]) { IsDialling = true };
        var old = script.Add(partition: 0);
        script.Wait(1000);
        var young = script.Add(partition: 1);
        script.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(7), new ProducerEpoch(0))));
        Assert.Equal([old, young], Assert.Single(script.Sent).Batches.Select(batch => batch.Batch));
        script.Wait(39_000);
        Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[old].Status);
        Assert.DoesNotContain(young, script.Ended.Keys);
        Assert.Same(young, Assert.Single(script.Sent[^1].Batches).Batch);
        Assert.Equal(2, script.Sent.Count);
    }

    [Fact]
    public void Reports_of_a_partition_stay_in_order_while_it_is_asked_what_was_written()
    {
        var script = Script();
        script.PassProbe();
        script.IsDialling = true;
        var batches = Enumerable.Range(0, 8).Select(_ => script.Add()).ToArray();
        script.WaitThrough(40_000);
        Assert.Equal(batches, script.EndOrder.Skip(1));
        Assert.All(batches, batch => Assert.Equal(PersistenceStatus.NotPersisted, script.Ended[batch].Status));
    }

    [Fact]
    public void Closing_tells_the_unwritten_from_the_written()
    {
        var script = Script(partitions: 2);
        script.PassProbe(0);
        script.PassProbe(1);
        var written = script.Add(partition: 0);
        script.IsDialling = true;
        var unwritten = script.Add(partition: 1);
        script.Take(new Closed(ByCaller));
        Assert.Equal((PersistenceStatus.PossiblyPersisted, PersistenceStatus.NotPersisted), (script.Ended[written].Status, script.Ended[unwritten].Status));
        Assert.False(script.Machine.HasWork);
    }

    [Fact]
    public void Closing_ends_although_the_request_it_asked_for_was_lost_before_the_answer()
    {
        var machine = new ProducerMachine(Client.Configuration.ProducerConfigRules.Apply([new("bootstrap.servers", "b:1")]));
        var batch = new ProducerBatch(MachineScript.Partition(), TimeSpan.Zero);
        machine.Take(new TopicSeen(MachineScript.Topic, TopicId.None, ErrorCode.None, [new PartitionLeader(0, MachineScript.Broker1, 0)]), TimeSpan.Zero);
        machine.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(1), new ProducerEpoch(0))), TimeSpan.Zero);
        machine.Take(new BatchOpened(batch), TimeSpan.Zero);
        machine.Take(new BatchSealed(batch, 1, 100), TimeSpan.Zero);
        machine.Advance(TimeSpan.Zero);
        var sent = Assert.Single(machine.TakeEffects().OfType<SendProduce>());
        machine.Take(new Closed(ByCaller), TimeSpan.Zero);
        machine.Advance(TimeSpan.Zero);
        Assert.Equal(sent.RequestId, Assert.Single(machine.TakeEffects().OfType<WithdrawRequest>()).RequestId);
        Assert.True(machine.HasWork);
        machine.Take(new RequestLost(sent.RequestId, WasWritten: false, "cut"), TimeSpan.Zero);
        machine.Advance(TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(machine.TakeEffects(), effect => effect is SendProduce);
        machine.Take(new RequestBegun(sent.RequestId), TimeSpan.FromSeconds(10));
        Assert.Equal(PersistenceStatus.NotPersisted, Assert.Single(machine.TakeEffects().OfType<CompleteBatch>()).Verdict.Status);
        Assert.False(machine.HasWork);
    }
}
