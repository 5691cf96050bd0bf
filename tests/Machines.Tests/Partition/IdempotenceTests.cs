using Semel.Machines.Partition;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Tests.Partition;

/// <summary>The ways in which brokers get idempotence wrong, I1 to I25, as far as one partition can show them.</summary>
public class IdempotenceTests
{
    const long Producer = 4711;
    readonly TestPartition _partition = new();

    static void Refused(ErrorCode error, PartitionReply reply)
    {
        Assert.Equal(error, reply.Error);
        Assert.Equal(-1, reply.BaseOffset);
        Assert.Equal(-1, reply.LogAppendTime);
    }

    static void Accepted(long offset, PartitionReply reply)
    {
        Assert.Equal(ErrorCode.None, reply.Error);
        Assert.Equal(offset, reply.BaseOffset);
        Assert.NotEqual(SequenceDecision.Duplicate, reply.Decision);
    }

    static void Duplicate(long offset, PartitionReply reply)
    {
        Assert.Equal(ErrorCode.None, reply.Error);
        Assert.Equal(offset, reply.BaseOffset);
        Assert.Equal(SequenceDecision.Duplicate, reply.Decision);
    }

    void AppendOneByOne(int count, short epoch = 0)
    {
        for (var sequence = 0; sequence < count; sequence++) Accepted(_partition.EndOffset, _partition.Append(Producer, epoch, sequence));
    }

    [Fact]
    public void I1_a_repeated_batch_is_answered_with_its_first_offset_and_appends_nothing()
    {
        AppendOneByOne(5);
        for (var sequence = 0; sequence < 5; sequence++) Duplicate(sequence, _partition.Append(Producer, 0, sequence));
        Assert.Equal(5, _partition.EndOffset);
    }

    [Fact]
    public void I2_the_sixth_last_batch_is_out_of_order_and_harms_nothing()
    {
        AppendOneByOne(6);
        var before = _partition.Save();
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 0));
        Assert.Equal(before, _partition.Save());
        Accepted(6, _partition.Append(Producer, 0, 6));
    }

    [Fact]
    public void I3_a_batch_that_overlaps_another_is_out_of_order_and_harms_nothing()
    {
        Accepted(0, _partition.Append(Producer, 0, 0, records: 10));
        var before = _partition.Save();
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 0, records: 5));
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 5, records: 10));
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 0, records: 11));
        Assert.Equal(before, _partition.Save());
        Accepted(10, _partition.Append(Producer, 0, 10, records: 10));
    }

    [Fact]
    public void I4_a_duplicate_in_the_turn_of_its_original_is_answered_with_that_turn_and_not_before()
    {
        var replies = _partition.Turn(TestPartition.Command(TestBatch.Of(Producer, 0, 0, 3)), TestPartition.Command(TestBatch.Of(Producer, 0, 0, 3)));
        Accepted(0, replies[0]);
        Duplicate(0, replies[1]);
        Assert.Single(_partition.Log);
        Assert.Equal(3, _partition.Machine.View.HighWatermark);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void I5_after_a_crash_before_the_answer_the_retry_leaves_the_batch_in_the_log_once(bool survived)
    {
        AppendOneByOne(3);
        if (survived) _partition.RestartWithoutSnapshot();
        else _partition.CrashAndLose(1);
        var reply = _partition.Append(Producer, 0, 2);
        if (survived) Duplicate(2, reply);
        else Accepted(2, reply);
        Assert.Equal(3, _partition.EndOffset);
        Assert.Equal(3, _partition.Log.Count);
    }

    [Fact]
    public void I6_after_a_clean_restart_all_five_last_batches_are_still_recognised()
    {
        AppendOneByOne(7);
        _partition.RestartCleanly();
        for (var sequence = 2; sequence < 7; sequence++) Duplicate(sequence, _partition.Append(Producer, 0, sequence));
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 1));
        Accepted(7, _partition.Append(Producer, 0, 7));
    }

    [Fact]
    public void I7_an_older_snapshot_or_none_gives_the_same_state_as_the_newest()
    {
        AppendOneByOne(3);
        var older = _partition.Save();
        for (var sequence = 3; sequence < 9; sequence++) _partition.Append(Producer, 0, sequence);
        Assert.Equal(_partition.Save(), _partition.SaveOf(_partition.Rebuilt(older)));
        Assert.Equal(_partition.Save(), _partition.SaveOf(_partition.Rebuilt(null)));
    }

    [Fact]
    public void I8_state_of_batches_beyond_a_tear_is_not_kept()
    {
        AppendOneByOne(6);
        _partition.CrashAndLose(4);
        Assert.Equal(2, _partition.EndOffset);
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 5));
        Accepted(2, _partition.Append(Producer, 0, 2));
    }

    [Fact]
    public void I9_an_older_epoch_is_fenced_even_when_its_batch_is_in_the_log()
    {
        Accepted(0, _partition.Append(Producer, 2, 0));
        Accepted(1, _partition.Append(Producer, 3, 0));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Append(Producer, 2, 0));
    }

    [Fact]
    public void I10_a_higher_epoch_that_does_not_begin_with_0_is_refused_and_fences_nobody()
    {
        Accepted(0, _partition.Append(Producer, 3, 0));
        var reply = _partition.Append(Producer, 4, 7);
        Refused(ErrorCode.OutOfOrderSequenceNumber, reply);
        Assert.Equal(SequenceDecision.NewEpochNotFromZero, reply.Decision);
        Assert.Equal(3, _partition.Producers()[0].Epoch.Value);
        Accepted(1, _partition.Append(Producer, 3, 1));
    }

    [Fact]
    public void I11_an_epoch_may_jump_and_the_old_one_is_fenced_from_then_on()
    {
        Accepted(0, _partition.Append(Producer, 3, 0, records: 11));
        Accepted(11, _partition.Append(Producer, 5, 0));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Append(Producer, 3, 11));
        Accepted(12, _partition.Append(Producer, 5, 1));
    }

    [Fact]
    public void I12_after_the_last_sequence_comes_0_and_its_retry_is_a_duplicate()
    {
        EndAt(int.MaxValue);
        var end = _partition.EndOffset;
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 1, records: 3));
        Accepted(end, _partition.Append(Producer, 0, 0, records: 3));
        Duplicate(end, _partition.Append(Producer, 0, 0, records: 3));
        Accepted(end + 3, _partition.Append(Producer, 0, 3));
    }

    [Fact]
    public void I13_a_batch_across_the_wrap_is_recognised_after_a_restart()
    {
        EndAt(2147483645);
        var end = _partition.EndOffset;
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 0));
        Accepted(end, _partition.Append(Producer, 0, 2147483646, records: 4));
        _partition.RestartCleanly();
        Duplicate(end, _partition.Append(Producer, 0, 2147483646, records: 4));
        _partition.RestartWithoutSnapshot();
        Duplicate(end, _partition.Append(Producer, 0, 2147483646, records: 4));
        Accepted(end + 4, _partition.Append(Producer, 0, 2));
    }

    /// <summary>Puts batches into the log that end at a sequence, without two thousand million records before them.</summary>
    void EndAt(int lastSequence)
    {
        _partition.Replay(TestBatch.Of(Producer, 0, lastSequence - 1, records: 1));
        Accepted(_partition.EndOffset, _partition.Append(Producer, 0, lastSequence));
    }

    [Fact]
    public void I14_a_producer_that_a_partition_never_saw_has_to_begin_with_0()
    {
        var reply = _partition.Append(Producer, 0, 5);
        Refused(ErrorCode.OutOfOrderSequenceNumber, reply);
        Assert.Equal(SequenceDecision.UnknownProducer, reply.Decision);
        Accepted(0, _partition.Append(Producer, 0, 0));
    }

    [Fact]
    public void I15_after_a_marker_of_the_same_epoch_the_sequences_go_on()
    {
        _partition.ReplayTransactional(Producer, 0, 0, records: 10);
        _partition.ReplayMarker(Producer, 0);
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(Producer, 0, 0));
        Accepted(11, _partition.Append(Producer, 0, 10));
    }

    [Fact]
    public void I16_a_marker_of_the_next_epoch_begins_the_sequences_anew()
    {
        _partition.ReplayTransactional(Producer, 0, 0, records: 10);
        _partition.ReplayMarker(Producer, 1);
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Append(Producer, 0, 0, records: 10));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Append(Producer, 0, 10));
        var reply = _partition.Append(Producer, 1, 10);
        Refused(ErrorCode.OutOfOrderSequenceNumber, reply);
        Assert.Equal(SequenceDecision.AfterMarkerNotFromZero, reply.Decision);
        reply = _partition.Append(Producer, 1, 0);
        Accepted(11, reply);
        Assert.Equal(SequenceDecision.FirstAfterMarker, reply.Decision);
    }

    [Fact]
    public void I17_old_record_timestamps_do_not_make_a_producer_forgotten()
    {
        _partition.Now = new Instant(0) + TimeSpan.FromDays(20_000);
        var threeDaysOld = (_partition.Now + TimeSpan.FromDays(-3)).UnixMilliseconds;
        Accepted(0, _partition.Append(TestBatch.Of(Producer, 0, 0, timestamp: threeDaysOld)));
        _partition.Now += TimeSpan.FromHours(23);
        _partition.Expire();
        Duplicate(0, _partition.Append(TestBatch.Of(Producer, 0, 0, timestamp: threeDaysOld)));
        _partition.RestartCleanly();
        _partition.Expire();
        Duplicate(0, _partition.Append(TestBatch.Of(Producer, 0, 0, timestamp: threeDaysOld)));
    }

    [Fact]
    public void I18_deleting_all_records_deletes_no_producer()
    {
        AppendOneByOne(4);
        Assert.Equal(4, _partition.Delete(-1).LogStartOffset);
        _partition.RestartCleanly();
        Duplicate(3, _partition.Append(Producer, 0, 3));
        Accepted(4, _partition.Append(Producer, 0, 4));
    }

    [Fact]
    public void I19_a_batch_that_compaction_left_without_records_still_counts()
    {
        AppendOneByOne(2);
        var remnant = TestBatch.With(TestBatch.Of(Producer, 0, 2, records: 3), header => header with { RecordCount = 0 });
        _partition.Replay(remnant);
        Duplicate(2, _partition.Append(Producer, 0, 2, records: 3));
        Accepted(5, _partition.Append(Producer, 0, 5));
    }

    [Fact]
    public void I20_when_the_first_of_five_is_refused_the_others_leave_no_trace_and_all_succeed_in_order()
    {
        var full = new TestPartition(new PartitionOptions { MaxProducers = 1 });
        full.Append(1, 0, 0);
        var before = full.Save();
        Refused(ErrorCode.NotEnoughReplicas, full.Append(Producer, 0, 0));
        for (var sequence = 1; sequence < 5; sequence++) Refused(ErrorCode.OutOfOrderSequenceNumber, full.Append(Producer, 0, sequence));
        Assert.Equal(before, full.Save());
        full.Machine.Options = PartitionOptions.Default;
        for (var sequence = 0; sequence < 5; sequence++) Accepted(1 + sequence, full.Append(Producer, 0, sequence));
    }

    [Fact]
    public void I21_partitions_are_independent_of_each_other()
    {
        var other = new TestPartition();
        AppendOneByOne(1);
        Refused(ErrorCode.OutOfOrderSequenceNumber, other.Append(Producer, 0, 1));
        Accepted(1, _partition.Append(Producer, 0, 1));
    }

    [Fact]
    public void I23_a_hundred_times_the_same_batch_in_one_turn_is_one_append_and_ninety_nine_duplicates()
    {
        var commands = Enumerable.Range(0, 100).Select(_ => TestPartition.Command(TestBatch.Of(Producer, 0, 0, 2))).ToArray();
        var replies = _partition.Turn(commands);
        Assert.Single(replies, reply => reply.Decision == SequenceDecision.FirstOfProducer);
        Assert.Equal(99, replies.Count(reply => reply.Decision == SequenceDecision.Duplicate));
        Assert.All(replies, reply => Assert.Equal((ErrorCode.None, 0L), (reply.Error, reply.BaseOffset)));
        Assert.Equal(2, _partition.EndOffset);
    }

    [Fact]
    public void I24_a_plain_batch_does_not_join_the_open_transaction_of_its_producer()
    {
        _partition.ReplayTransactional(Producer, 0, 0);
        var reply = _partition.Append(Producer, 0, 1);
        Refused(ErrorCode.InvalidTxnState, reply);
        Assert.Equal(SequenceDecision.PlainBatchInTransaction, reply.Decision);
        Assert.Equal((0L, 1L), (_partition.Lso, _partition.EndOffset));
        _partition.ReplayMarker(Producer, 0);
        Assert.Equal(2, _partition.Lso);
        Accepted(2, _partition.Append(Producer, 0, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void I25_a_writer_that_takes_over_knows_exactly_what_is_in_the_log(bool replicated)
    {
        AppendOneByOne(2);
        var next = TestBatch.Of(Producer, 0, 2);
        _partition.Append(next);
        if (!replicated) _partition.CrashAndLose(1);
        var successor = _partition.Rebuilt(null);
        _partition.GoOnWith(successor);
        var reply = _partition.Append(Producer, 0, 2);
        if (replicated) Duplicate(2, reply);
        else Accepted(2, reply);
        Assert.Equal(3, _partition.EndOffset);
    }

    [Fact]
    public void A_duplicate_carries_no_append_time_on_a_topic_with_create_time()
    {
        AppendOneByOne(1);
        Assert.Equal(-1, _partition.Append(Producer, 0, 0).LogAppendTime);
    }

    [Fact]
    public void A_duplicate_carries_the_originals_append_time_on_a_topic_with_append_time()
    {
        var partition = new TestPartition(new PartitionOptions { TimestampType = TimestampType.LogAppendTime });
        for (var sequence = 0; sequence < 3; sequence++)
        {
            Assert.Equal(partition.Now.UnixMilliseconds, partition.Append(Producer, 0, sequence).LogAppendTime);
            partition.Now += TimeSpan.FromSeconds(10);
        }
        Assert.Equal(1_010_000, partition.Append(Producer, 0, 1).LogAppendTime);
        partition.RestartCleanly();
        Assert.Equal(1_000_000, partition.Append(Producer, 0, 0).LogAppendTime);
        partition.RestartWithoutSnapshot();
        Assert.Equal(1_020_000, partition.Append(Producer, 0, 2).LogAppendTime);
    }

    [Fact]
    public void A_transactional_batch_is_refused_while_nobody_announced_its_transaction_but_a_late_duplicate_is_acknowledged()
    {
        var reply = _partition.Append(Producer, 0, 0, transactional: true);
        Refused(ErrorCode.InvalidTxnState, reply);
        Assert.Equal(SequenceDecision.TransactionRefused, reply.Decision);
        _partition.ReplayTransactional(Producer, 0, 0);
        _partition.ReplayMarker(Producer, 0);
        Duplicate(0, _partition.Append(Producer, 0, 0, transactional: true));
        Refused(ErrorCode.InvalidTxnState, _partition.Append(Producer, 0, 1, transactional: true));
    }

    [Fact]
    public void A_batch_without_a_producer_id_is_appended_as_often_as_it_comes()
    {
        for (var i = 0; i < 3; i++) Accepted(i, _partition.Append(TestBatch.Plain()));
        Assert.Empty(_partition.Producers());
    }
}
