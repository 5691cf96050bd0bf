using Semel.Machines.Partition;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>R-4.2: of a producer that the partition does not know, nothing is taken before what was refused for a passing reason.</summary>
public class AwaitedSequencesTests
{
    // Older than the partition: any first sequence is taken, if none is awaited.
    const long Producer = 7;
    readonly TestPartition _partition = new(new PartitionOptions { ProducersSince = new(100_000), MaxProducers = 2 });

    SequenceDecision Append(int sequence, short epoch = 0) => _partition.Append(Producer, epoch, sequence).Decision;
    void Refuse(int sequence, short epoch = 0) => _partition.RefuseUndecided(TestBatch.Of(Producer, epoch, sequence));

    [Fact]
    public void Later_ones_wait_until_the_refused_one_came()
    {
        Refuse(20);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(21));
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(22));
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(20));
        Assert.Equal(SequenceDecision.InOrder, Append(21));
        Assert.Equal(SequenceDecision.InOrder, Append(22));
        Assert.Equal(0, _partition.Awaited.Count);
    }

    [Fact]
    public void Without_a_refusal_any_first_sequence_is_taken() => Assert.Equal(SequenceDecision.FirstOfProducer, Append(21));

    [Fact]
    public void Of_several_that_were_refused_the_lowest_comes_first_in_whichever_order_they_were_refused()
    {
        Refuse(21);
        Refuse(20);
        Refuse(22);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(21));
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(20));
    }

    [Fact]
    public void One_before_the_refused_one_may_come()
    {
        Refuse(20);
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(19));
        Assert.Equal(SequenceDecision.InOrder, Append(20));
    }

    [Fact]
    public void The_circle_of_sequences_is_kept_to()
    {
        Refuse(int.MaxValue);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(0));
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(5));
        Refuse(int.MaxValue - 1);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(int.MaxValue));
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(int.MaxValue - 1));
    }

    [Fact]
    public void Whoever_gave_the_refused_one_up_begins_a_new_epoch_from_0_and_nowhere_else()
    {
        Refuse(20);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(1, epoch: 1));
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(0, epoch: 1));
        Assert.Equal(SequenceDecision.InOrder, Append(1, epoch: 1));
        Assert.Equal(SequenceDecision.StaleEpoch, Append(20));
    }

    [Fact]
    public void A_refusal_in_a_newer_epoch_takes_the_place_of_an_older_one_and_never_the_other_way_round()
    {
        Refuse(20);
        Refuse(0, epoch: 1);
        Refuse(3);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(1, epoch: 1));
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(0, epoch: 1));
    }

    [Fact]
    public void Other_producers_do_not_wait()
    {
        Refuse(20);
        Assert.Equal(SequenceDecision.FirstOfProducer, _partition.Append(8, 0, 21).Decision);
        Assert.Equal(ErrorCode.None, _partition.Append(TestBatch.Plain()).Error);
    }

    [Fact]
    public void A_known_producer_is_judged_by_what_the_log_has()
    {
        Append(20);
        Refuse(21);
        Assert.Equal(SequenceDecision.OutOfOrder, Append(22));
        Assert.Equal(SequenceDecision.InOrder, Append(21));
        Refuse(3);
        Assert.Equal(SequenceDecision.InOrder, Append(22));
    }

    [Fact]
    public void A_full_partition_awaits_what_it_refuses()
    {
        _partition.Append(1, 0, 0);
        _partition.Append(2, 0, 0);
        Assert.Equal(SequenceDecision.TooManyProducers, Append(20));
        _partition.Machine.Options = _partition.Machine.Options with { MaxProducers = 3 };
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(21));
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(20));
        Assert.Equal(SequenceDecision.InOrder, Append(21));
    }

    [Fact]
    public void What_was_refused_as_out_of_order_is_not_awaited()
    {
        Refuse(20);
        Append(21);
        Append(22, epoch: 0);
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(20));
        _partition.Append(Producer, 1, 7);
        Assert.Equal(SequenceDecision.InOrder, Append(21));
    }

    [Fact]
    public void It_outlives_the_machine_and_not_the_process()
    {
        Refuse(20);
        _partition.RestartWithoutSnapshot();
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(21));
        _partition.Awaited = new();
        _partition.RestartWithoutSnapshot();
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(21));
    }

    [Fact]
    public void Nobody_is_waited_for_longer_than_producers_are_remembered()
    {
        Refuse(20);
        _partition.Now += TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1);
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, Append(21));
        _partition.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(21));
    }

    [Fact]
    public void It_never_has_more_than_its_bound_and_lets_go_of_the_oldest()
    {
        Refuse(20);
        for (var other = 0; other < AwaitedSequences.Most; other++)
        {
            _partition.Now += TimeSpan.FromMilliseconds(1);
            _partition.RefuseUndecided(TestBatch.Of(10_000 + other, 0, 5));
        }
        Assert.Equal(AwaitedSequences.Most, _partition.Awaited.Count);
        Assert.Equal(SequenceDecision.FirstOfProducer, Append(21));
        Assert.Equal(SequenceDecision.LowerSequenceAwaited, _partition.Append(10_000, 0, 6).Decision);
    }

    [Fact]
    public void Batches_without_a_producer_are_not_awaited()
    {
        _partition.RefuseUndecided(TestBatch.Plain());
        Assert.Equal(0, _partition.Awaited.Count);
    }
}
