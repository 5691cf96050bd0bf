using Semel.Machines.Partition;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>R-4.1: who has to begin with sequence 0, and who is taken as Kafka takes everybody.</summary>
public class YoungerProducerTests
{
    const long Since = 5_000, Next = 6_000;
    readonly TestPartition _partition = new(new PartitionOptions { ProducersSince = new(Since) }) { GivenOut = new(new(4_000), new(Next)) };

    SequenceDecision Begin(long producer, int sequence) => _partition.Append(producer, 0, sequence).Decision;

    [Theory]
    [InlineData(Since, "the first one after the partition came to be")]
    [InlineData(Next - 1, "the last one that was given out")]
    public void A_gap_before_the_first_batch_of_a_producer_that_came_later_is_refused(long producer, string who)
    {
        Assert.Equal((SequenceDecision.UnknownProducer, who), (Begin(producer, 1), who));
        Assert.Equal(SequenceDecision.FirstOfProducer, Begin(producer, 0));
        Assert.Equal(SequenceDecision.InOrder, Begin(producer, 1));
    }

    [Theory]
    [InlineData(Since - 1, "it had its id when the partition came to be: a topic that was made anew")]
    [InlineData(Next, "nobody gave it out here yet: another broker's")]
    [InlineData(3_999, "from below all that was given out here: another broker's")]
    public void A_producer_from_before_or_from_elsewhere_goes_on_where_it_is(long producer, string who)
    {
        Assert.Equal((SequenceDecision.FirstOfProducer, who), (Begin(producer, 20), who));
        Assert.Equal(SequenceDecision.InOrder, Begin(producer, 21));
        Assert.Equal(SequenceDecision.OutOfOrder, Begin(producer, 23));
        Assert.Equal(SequenceDecision.Duplicate, Begin(producer, 20));
    }

    [Fact]
    public void Deleting_records_is_a_beginning_as_well_for_those_that_had_their_id_by_then()
    {
        _partition.Append(Since, 0, 0);
        _partition.Delete(-1);
        _partition.GivenOut = new(new(4_000), new(Next + 2));
        Assert.Equal(SequenceDecision.FirstOfProducer, Begin(Since + 1, 7));
        Assert.Equal(SequenceDecision.UnknownProducer, Begin(Next, 7));
        // Whoever is known stays known: nothing can be forgotten twice.
        Assert.Equal(SequenceDecision.Duplicate, Begin(Since, 0));
        _partition.RestartCleanly();
        Assert.Equal(SequenceDecision.UnknownProducer, Begin(Next, 7));
        Assert.Equal(SequenceDecision.FirstOfProducer, Begin(Since + 2, 7));
    }

    [Fact]
    public void A_deletion_that_deletes_nothing_changes_nothing()
    {
        _partition.Append(Since, 0, 0);
        _partition.Delete(0);
        Assert.Equal(SequenceDecision.UnknownProducer, Begin(Since + 1, 7));
    }

    /// <summary>What Kafka does to everybody, this broker does to nobody that came later: one lost batch is a silent gap.</summary>
    [Fact]
    public void The_gap_of_a_lost_first_batch_is_open_for_an_older_producer_and_closed_for_a_younger_one()
    {
        Assert.Equal(ErrorCode.None, _partition.Append(Since - 1, 0, 1).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Since - 1, 0, 0).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Since, 0, 1).Error);
        Assert.Equal(ErrorCode.None, _partition.Append(Since, 0, 0).Error);
    }
}
