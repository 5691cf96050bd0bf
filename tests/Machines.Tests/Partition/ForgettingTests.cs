using Semel.Machines.Partition;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>When producers are forgotten, and what that allows: only what may have been forgotten may begin in the middle.</summary>
public class ForgettingTests
{
    readonly TestPartition _partition = new();
    static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void A_silent_producer_is_forgotten_after_the_configured_time_and_not_before()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += Day + TimeSpan.FromMilliseconds(-1);
        _partition.Expire();
        Assert.Single(_partition.Producers());
        _partition.Now += TimeSpan.FromMilliseconds(1) + TimeSpan.FromMinutes(10);
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void An_append_makes_the_time_begin_anew()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += TimeSpan.FromHours(20);
        _partition.Append(5, 0, 1);
        _partition.Now += TimeSpan.FromHours(20);
        _partition.Expire();
        Assert.Equal(1, _partition.Producers()[0].LastSequence);
    }

    [Fact]
    public void A_producer_with_an_open_transaction_is_never_forgotten()
    {
        _partition.ReplayTransactional(5, 0, 0);
        _partition.Now += TimeSpan.FromDays(100);
        _partition.Expire();
        Assert.Single(_partition.Producers());
        _partition.ReplayMarker(5, 0);
        _partition.Now += TimeSpan.FromDays(2);
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void A_forgotten_producer_may_go_on_where_it_was_and_a_newer_one_may_not_begin_in_the_middle()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += Day;
        _partition.Expire();
        Assert.Equal(SequenceDecision.UnknownProducer, _partition.Append(6, 0, 1).Decision);
        Assert.Equal(SequenceDecision.FirstOfProducer, _partition.Append(5, 0, 1).Decision);
    }

    [Fact]
    public void That_a_producer_was_forgotten_is_not_forgotten_by_a_restart()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += Day;
        _partition.Expire();
        _partition.RestartCleanly();
        Assert.Equal(ErrorCode.None, _partition.Append(5, 0, 1).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(6, 0, 1).Error);
    }

    [Fact]
    public void A_log_whose_beginning_is_gone_and_no_snapshot_may_have_forgotten_anybody()
    {
        for (var sequence = 0; sequence < 4; sequence++) _partition.Append(5, 0, sequence);
        _partition.Delete(4);
        _partition.RestartWithoutSnapshot();
        Assert.Equal((4L, 4L), (_partition.Machine.View.LogStartOffset, _partition.EndOffset));
        Assert.Equal(SequenceDecision.FirstOfProducer, _partition.Append(5, 0, 4).Decision);
        Assert.Equal(SequenceDecision.FirstOfProducer, _partition.Append(123_456, 0, 9).Decision);
    }

    [Fact]
    public void A_snapshot_from_before_the_logs_start_is_not_taken_for_the_whole_truth()
    {
        _partition.Append(5, 0, 0);
        var old = _partition.Save();
        _partition.Append(5, 0, 1);
        _partition.Append(5, 0, 2);
        _partition.Delete(2);
        _partition.GoOnWith(_partition.Rebuilt(old));
        // Only the batch above the start was seen: it is known, and the gap before it is no reason to refuse what follows.
        Assert.Equal(SequenceDecision.Duplicate, _partition.Append(5, 0, 2).Decision);
        Assert.Equal(SequenceDecision.InOrder, _partition.Append(5, 0, 3).Decision);
        Assert.Equal(SequenceDecision.FirstOfProducer, _partition.Append(77, 0, 8).Decision);
    }

    [Fact]
    public void A_rebuild_of_a_log_that_never_lost_anything_forgot_nobody()
    {
        _partition.Append(5, 0, 0);
        _partition.RestartWithoutSnapshot();
        Assert.Equal(SequenceDecision.UnknownProducer, _partition.Append(4, 0, 1).Decision);
    }

    [Fact]
    public void The_deadline_is_when_the_longest_silent_can_expire()
    {
        Assert.Null(_partition.Machine.NextDeadline);
        var (begin, first) = (_partition.Now, _partition.Steady);
        _partition.Append(5, 0, 0);
        _partition.Now += TimeSpan.FromHours(1);
        _partition.Append(6, 0, 0);
        Assert.Equal(first + Day, _partition.Machine.NextDeadline);
        _partition.Now = begin + Day;
        _partition.Expire();
        Assert.Equal(first + Day + TimeSpan.FromHours(1), _partition.Machine.NextDeadline);
        _partition.Now = begin + Day + TimeSpan.FromHours(1);
        _partition.Expire();
        Assert.Null(_partition.Machine.NextDeadline);
    }

    [Fact]
    public void Searches_are_not_closer_together_than_configured()
    {
        _partition.Append(5, 0, 0);
        _partition.Now += TimeSpan.FromSeconds(1);
        _partition.Append(6, 0, 0);
        _partition.Now += Day + TimeSpan.FromMilliseconds(-500);
        var search = _partition.Steady;
        _partition.Expire();
        Assert.Equal(search + TimeSpan.FromMinutes(10), _partition.Machine.NextDeadline);
    }

    [Fact]
    public void After_a_restart_the_first_search_is_due_at_once()
    {
        _partition.Append(5, 0, 0);
        _partition.RestartCleanly();
        Assert.True(_partition.Machine.NextDeadline <= _partition.Steady);
        _partition.Now += Day;
        _partition.Expire();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void A_full_table_refuses_new_producers_with_an_error_that_clients_retry_and_keeps_the_known_ones()
    {
        var partition = new TestPartition(new PartitionOptions { MaxProducers = 2 });
        partition.Append(1, 0, 0);
        partition.Append(2, 0, 0);
        var reply = partition.Append(3, 0, 0);
        Assert.Equal((ErrorCode.NotEnoughReplicas, SequenceDecision.TooManyProducers), (reply.Error, reply.Decision));
        Assert.Equal(ErrorCode.None, partition.Append(1, 0, 1).Error);
        Assert.Equal(ErrorCode.None, partition.Append(TestBatch.Plain()).Error);
        partition.Now += Day;
        partition.Expire();
        Assert.Equal(ErrorCode.None, partition.Append(3, 0, 0).Error);
    }
}
