using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

public class PartitionMachineTests
{
    readonly TestPartition _partition = new();

    [Fact]
    public void Offset_and_leader_epoch_are_stamped_and_the_senders_checksum_stays()
    {
        _partition.Append(TestBatch.Plain(5));
        var sent = TestBatch.Of(1, 0, 0, 2);
        var crc = TestBatch.Header(sent).Crc;
        _partition.Append(sent);
        var stored = _partition.Log[1].Bytes;
        var header = TestBatch.Header(stored);
        Assert.Equal((5L, 0, crc), (header.BaseOffset, header.LeaderEpoch, header.Crc));
        Assert.True(RecordBatch.HasValidCrc(stored));
    }

    [Fact]
    public void Append_time_replaces_the_senders_timestamps_where_the_topic_says_so()
    {
        var partition = new TestPartition(new PartitionOptions { TimestampType = TimestampType.LogAppendTime });
        var reply = partition.Append(TestBatch.Plain(2, timestamp: 5));
        Assert.Equal(partition.Now.UnixMilliseconds, reply.LogAppendTime);
        var stored = partition.Log[0].Bytes;
        var header = TestBatch.Header(stored);
        Assert.Equal((TimestampType.LogAppendTime, partition.Now.UnixMilliseconds), (header.Attributes.TimestampType, header.MaxTimestamp));
        Assert.True(RecordBatch.HasValidCrc(stored));
    }

    [Fact]
    public void A_sender_cannot_claim_append_time_on_a_topic_with_create_time()
    {
        var claimed = TestBatch.With(TestBatch.Plain(timestamp: 5), header => header with { Attributes = header.Attributes.With(TimestampType.LogAppendTime) });
        Assert.Equal(-1, _partition.Append(claimed).LogAppendTime);
        var stored = _partition.Log[0].Bytes;
        var header = TestBatch.Header(stored);
        Assert.Equal((TimestampType.CreateTime, 5L), (header.Attributes.TimestampType, header.MaxTimestamp));
        Assert.True(RecordBatch.HasValidCrc(stored));
    }

    [Fact]
    public void Commands_of_one_turn_see_what_those_before_them_did()
    {
        var replies = _partition.Turn(
            TestPartition.Command(TestBatch.Of(1, 0, 0, 3)),
            TestPartition.Command(TestBatch.Of(1, 0, 3)),
            TestPartition.Command(TestBatch.Of(1, 0, 9)),
            PartitionCommand.DeleteRecords(3, default),
            TestPartition.Command(TestBatch.Plain()));
        Assert.Equal([0L, 3, -1, -1, 4], replies.Select(reply => reply.BaseOffset));
        Assert.Equal([0L, 0, 0, 3, 3], replies.Select(reply => reply.LogStartOffset));
        Assert.Equal(new PartitionView(3, 5, 5), _partition.Machine.View);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(5)]
    public void Records_outside_the_log_cannot_be_deleted(long before)
    {
        _partition.Append(TestBatch.Plain(4));
        Assert.Equal(ErrorCode.OffsetOutOfRange, _partition.Delete(before).Error);
        Assert.Equal(0, _partition.Machine.View.LogStartOffset);
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(4, 4)]
    [InlineData(2, 2)]
    [InlineData(0, 1)]
    public void Records_are_deleted_up_to_the_high_watermark_and_a_start_never_moves_back(long before, long start)
    {
        _partition.Append(TestBatch.Plain(4));
        Assert.Equal(1, _partition.Delete(1).LogStartOffset);
        var reply = _partition.Delete(before);
        Assert.Equal((ErrorCode.None, start), (reply.Error, reply.LogStartOffset));
        Assert.Equal(start, _partition.Machine.View.LogStartOffset);
        Assert.Equal(4, _partition.EndOffset);
    }

    [Fact]
    public void A_view_never_changes_after_it_was_handed_out()
    {
        var empty = _partition.Machine.View;
        _partition.Append(TestBatch.Plain());
        var one = _partition.Machine.View;
        _partition.Append(TestBatch.Plain());
        Assert.Equal((PartitionView.Empty, new PartitionView(0, 1, 1)), (empty, one));
        Assert.Same(_partition.Machine.View, _partition.Machine.View);
    }

    [Fact]
    public void The_last_stable_offset_is_where_the_oldest_open_transaction_begins()
    {
        _partition.Append(TestBatch.Plain(2));
        _partition.ReplayTransactional(1, 0, 0);
        _partition.ReplayTransactional(2, 0, 0);
        _partition.ReplayTransactional(1, 0, 1);
        Assert.Equal((2L, 5L), (_partition.Lso, _partition.EndOffset));
        _partition.ReplayMarker(2, 0, commit: false);
        Assert.Equal(2, _partition.Lso);
        _partition.ReplayMarker(1, 0);
        Assert.Equal((7L, 7L), (_partition.Lso, _partition.EndOffset));
    }

    [Fact]
    public void A_deleted_beginning_takes_the_last_stable_offset_with_it()
    {
        _partition.ReplayTransactional(1, 0, 0);
        _partition.Append(TestBatch.Plain(3));
        _partition.Delete(2);
        var view = _partition.Machine.View;
        Assert.Equal((2L, 2L, 4L), (view.LogStartOffset, view.LastStableOffset, view.HighWatermark));
    }

    [Fact]
    public void A_marker_of_a_producer_that_has_nothing_open_fences_and_moves_no_bound()
    {
        _partition.ReplayMarker(9, 4, coordinatorEpoch: 12);
        var described = Assert.Single(_partition.Producers());
        Assert.Equal(new ProducerDescription(new ProducerId(9), new ProducerEpoch(4), -1, _partition.Now.UnixMilliseconds, 12, -1), described);
        Assert.Equal((1L, 1L), (_partition.Lso, _partition.EndOffset));
    }

    [Fact]
    public void Producers_are_described_in_the_order_of_their_ids()
    {
        foreach (var id in new long[] { 30, 10, 20 }) _partition.Append(id, 1, 0, records: 2);
        var described = _partition.Producers();
        Assert.Equal([10L, 20, 30], described.Select(producer => producer.ProducerId.Value));
        Assert.All(described, producer => Assert.Equal((1, 1, 1_001L, -1, -1L), (producer.Epoch.Value, producer.LastSequence, producer.LastTimestamp, producer.CoordinatorEpoch, producer.CurrentTransactionStartOffset)));
        _partition.ReplayTransactional(5, 0, 0);
        Assert.Equal(6, _partition.Producers()[0].CurrentTransactionStartOffset);
    }

    [Fact]
    public void A_batch_of_an_older_epoch_in_a_replayed_log_lowers_nothing()
    {
        _partition.Append(1, 2, 0);
        _partition.Replay(TestBatch.Of(1, 1, 7));
        _partition.ReplayMarker(1, 1);
        var described = Assert.Single(_partition.Producers());
        Assert.Equal((2, 0), (described.Epoch.Value, described.LastSequence));
    }

    [Fact]
    public void Control_batches_that_are_no_markers_only_take_their_offset()
    {
        var leaderChange = ControlRecord.EndTransactionMarker(true, ProducerId.None, ProducerEpoch.None, 0, 0);
        leaderChange[RecordBatchHeader.Size + 8] = (byte)ControlRecordType.LeaderChange;
        _partition.Replay(leaderChange);
        Assert.Empty(_partition.Producers());
        Assert.Equal(1, _partition.EndOffset);
    }

    [Fact]
    public void A_replay_may_begin_with_a_batch_that_begins_below_the_logs_start()
    {
        _partition.Append(1, 0, 0, records: 10);
        _partition.Delete(4);
        _partition.RestartWithoutSnapshot();
        Assert.Equal(new PartitionView(4, 10, 10), _partition.Machine.View);
        Assert.Equal(SequenceDecision.Duplicate, _partition.Append(1, 0, 0, records: 10).Decision);
    }

    [Fact]
    public void A_batch_that_is_not_as_long_as_it_says_breaks_an_invariant()
    {
        var batch = TestBatch.Plain();
        Assert.Throws<InvariantBrokenException>(() => _partition.Turn(PartitionCommand.Append(TestBatch.Header(batch), batch.AsMemory(0, batch.Length - 1), default)));
    }

    [Fact]
    public void Offsets_that_do_not_rise_break_an_invariant()
    {
        _partition.Append(TestBatch.Plain(3));
        var batch = TestBatch.Plain();
        Assert.Throws<InvariantBrokenException>(() => _partition.Machine.Evolve(TestBatch.Header(batch), batch, default));
    }

    [Fact]
    public void An_unknown_command_breaks_an_invariant() =>
        Assert.Throws<InvariantBrokenException>(() => _partition.Turn(new PartitionCommand { Kind = (PartitionCommandKind)99 }));

    [Fact]
    public void Deciding_and_evolving_a_batch_of_a_known_producer_allocates_nothing()
    {
        var machine = new PartitionMachine(PartitionOptions.Default);
        var turns = new TurnRunner<PartitionCommand, PartitionReply, PartitionView>(machine);
        var batch = TestBatch.Of(1, 0, 0);
        var commands = new PartitionCommand[1];
        long Allocated(int from, int count)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var sequence = from; sequence < from + count; sequence++)
            {
                var header = TestBatch.Header(batch) with { BaseSequence = sequence };
                header.Write(batch);
                commands[0] = PartitionCommand.Append(header, batch, default);
                turns.Decide(commands, new Moment(new Instant(sequence), TimeSpan.FromMilliseconds(sequence)));
                Invariant.Check(turns.Output.Replies[0].Error == ErrorCode.None, "accepted");
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Allocated(0, 100);
        Assert.Equal(0, Allocated(100, 1_000));
    }
}
