using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

/// <summary>Transactions in one partition: the ways in which implementations get them wrong, T4 to T31, as far as one partition can show them.</summary>
public class TransactionTests
{
    const long Producer = 4711, Other = 4712;
    readonly TestPartition _partition = new();

    static byte[] Batch(short epoch, int sequence, int records = 1, long producer = Producer) => TestBatch.Of(producer, epoch, sequence, records, transactional: true);

    static void Refused(ErrorCode error, PartitionReply reply) => Assert.Equal((error, -1), (reply.Error, reply.BaseOffset));

    static void Accepted(long offset, PartitionReply reply) => Assert.Equal((ErrorCode.None, offset), (reply.Error, reply.BaseOffset));

    static void Duplicate(long offset, PartitionReply reply)
    {
        Accepted(offset, reply);
        Assert.Equal(SequenceDecision.Duplicate, reply.Decision);
    }

    [Fact]
    public void T4_a_batch_that_comes_after_its_transaction_was_aborted_by_the_timeout_is_of_an_old_epoch()
    {
        var late = Batch(3, 1);
        Accepted(0, _partition.Write(Producer, 3, 0));
        Accepted(1, _partition.End(Producer, 4, commit: false));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Begin(late));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Append(late, guard: 0));
        Assert.Equal((2L, 0), (_partition.Lso, _partition.Machine.View.OpenTransactions.Count));
    }

    [Fact]
    public void T4_also_when_it_was_verified_before()
    {
        var late = Batch(3, 0);
        var guard = _partition.Begin(late).Guard;
        Accepted(0, _partition.End(Producer, 4, commit: false));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Append(late, guard));
    }

    [Fact]
    public void T5_a_marker_between_the_coordinators_yes_and_the_append_takes_the_yes_back()
    {
        var late = Batch(3, 0);
        var guard = _partition.Begin(late).Guard;
        Accepted(0, _partition.End(Producer, 3, commit: false));
        Refused(ErrorCode.InvalidTxnState, _partition.Append(late, guard));
        // Also when the next transaction of the same epoch is being verified by then.
        Assert.True(_partition.Begin(Batch(3, 0)).Guard > guard);
        Refused(ErrorCode.InvalidTxnState, _partition.Append(late, guard));
        Assert.Equal((1L, 1L), (_partition.Lso, _partition.EndOffset));
    }

    [Fact]
    public void T5_is_seen_when_the_guard_is_not_rechecked()
    {
        var partition = new TestPartition(fault: PlantedFault.GuardNotRechecked);
        var late = Batch(3, 0);
        var guard = partition.Begin(late).Guard;
        partition.End(Producer, 3, commit: false);
        Accepted(1, partition.Append(late, guard));
        Assert.Equal(1, partition.Lso);
    }

    [Fact]
    public void T7_a_late_marker_of_the_second_protocol_does_not_end_the_transaction_after_its_own()
    {
        Accepted(0, _partition.Write(Producer, 3, 0, second: true));
        Accepted(1, _partition.End(Producer, 4, version: 2));
        Accepted(2, _partition.Write(Producer, 4, 0, second: true));
        var reply = _partition.End(Producer, 4, version: 2);
        Refused(ErrorCode.InvalidProducerEpoch, reply);
        Assert.Equal(MarkerDecision.Late, reply.Marker);
        Assert.Equal((2L, 3L), (_partition.Lso, _partition.EndOffset));
        Accepted(3, _partition.End(Producer, 5, version: 2));
    }

    [Theory]
    [InlineData((byte)PlantedFault.LateMarkerAccepted, 4, 7, 2)]
    [InlineData((byte)PlantedFault.StaleMarkerAccepted, 3, 7, 1)]
    [InlineData((byte)PlantedFault.StaleCoordinatorAccepted, 4, 6, 1)]
    public void A_marker_that_is_wrongly_accepted_ends_what_is_open(byte fault, short epoch, int coordinatorEpoch, short version)
    {
        foreach (var planted in (PlantedFault[])[PlantedFault.None, (PlantedFault)fault])
        {
            var partition = new TestPartition(fault: planted);
            partition.End(Producer, 4, coordinatorEpoch: 7);
            partition.Write(Producer, 4, 0, second: true);
            partition.End(Producer, epoch, coordinatorEpoch: coordinatorEpoch, version: version);
            Assert.Equal(planted == PlantedFault.None ? 1 : 0, partition.Machine.View.OpenTransactions.Count);
        }
    }

    [Fact]
    public void T8_a_marker_of_the_second_protocol_that_is_sent_again_is_there_once_also_after_a_restart()
    {
        Accepted(0, _partition.Write(Producer, 3, 0, second: true));
        Accepted(1, _partition.End(Producer, 4, version: 2));
        Assert.Equal((ErrorCode.None, MarkerDecision.AlreadyThere), (_partition.End(Producer, 4, version: 2).Error, _partition.End(Producer, 4, version: 2).Marker));
        _partition.RestartCleanly();
        Assert.Equal((ErrorCode.None, MarkerDecision.AlreadyThere), (_partition.End(Producer, 4, coordinatorEpoch: 8, version: 2).Error, _partition.End(Producer, 4, coordinatorEpoch: 8, version: 2).Marker));
        Assert.Equal(2, _partition.EndOffset);
    }

    [Fact]
    public void A_marker_of_a_coordinator_that_was_replaced_is_refused()
    {
        Accepted(0, _partition.Write(Producer, 3, 0));
        Accepted(1, _partition.End(Producer, 3, coordinatorEpoch: 9));
        Accepted(2, _partition.Write(Producer, 3, 1));
        Refused(ErrorCode.TransactionCoordinatorFenced, _partition.End(Producer, 3, coordinatorEpoch: 8));
        Refused(ErrorCode.TransactionCoordinatorFenced, _partition.End(Producer, 3, coordinatorEpoch: -1));
        Assert.Equal(2, _partition.Lso);
        Refused(ErrorCode.UnknownServerError, _partition.End(-1, 3, coordinatorEpoch: 9));
        Refused(ErrorCode.UnknownServerError, _partition.End(Producer, -1, coordinatorEpoch: 9));
    }

    [Fact]
    public void A_marker_is_a_batch_of_the_log_like_any_other()
    {
        _partition.Append(TestBatch.Plain(4));
        Accepted(4, _partition.Write(Producer, 3, 0, records: 3));
        _partition.Now += TimeSpan.FromSeconds(5);
        Accepted(7, _partition.End(Producer, 3, commit: false, coordinatorEpoch: 12));
        var stored = _partition.Log[^1].Bytes;
        var header = TestBatch.Header(stored);
        Assert.Equal((7L, 7L, 0, Producer, (short)3, -1), (header.BaseOffset, header.LastOffset, header.LeaderEpoch, header.ProducerId.Value, header.ProducerEpoch.Value, header.BaseSequence));
        Assert.Equal((true, true, _partition.Now.UnixMilliseconds), (header.Attributes.IsControl, header.Attributes.IsTransactional, header.MaxTimestamp));
        Assert.True(RecordBatch.HasValidCrc(stored));
        Assert.Equal(new ControlRecord(ControlRecordType.Abort, 12), ControlRecord.Read(stored));
    }

    [Fact]
    public void T15_a_transaction_that_was_aborted_inside_another_is_named_and_the_other_is_not()
    {
        for (var sequence = 0; sequence < 10; sequence++) _partition.Append(TestBatch.Plain());
        Accepted(10, _partition.Write(Producer, 0, 0, records: 10));
        Accepted(20, _partition.Write(Other, 0, 0, records: 11));
        Accepted(31, _partition.End(Other, 0, commit: false));
        Accepted(32, _partition.Write(Producer, 0, 10, records: 8));
        Assert.Equal(10, _partition.Lso);
        Accepted(40, _partition.End(Producer, 0));
        Assert.Equal(41, _partition.Lso);
        Assert.Equal([new AbortedTransaction(new(Other), 20, 31, 10)], _partition.AbortedFrom(15));
        _partition.RestartCleanly();
        Assert.Equal([new AbortedTransaction(new(Other), 20, 31, 10)], _partition.AbortedFrom(15));
        Assert.Empty(_partition.AbortedFrom(32));
    }

    [Fact]
    public void T16_one_whose_marker_lies_far_behind_is_found_from_the_middle_of_it()
    {
        Accepted(0, _partition.Write(Producer, 0, 0));
        for (var batch = 0; batch < 1_000; batch++) _partition.Append(TestBatch.Plain(10));
        Accepted(10_001, _partition.End(Producer, 0, commit: false));
        Assert.Equal([new AbortedTransaction(new(Producer), 0, 10_001, 10_002)], _partition.AbortedFrom(5_000));
    }

    [Fact]
    public void Only_an_abort_of_what_has_data_is_named()
    {
        Accepted(0, _partition.End(Producer, 0, commit: false));
        Accepted(1, _partition.Write(Producer, 0, 0));
        Accepted(2, _partition.End(Producer, 0, commit: true));
        Assert.Equal(0, _partition.Machine.View.AbortedTransactions.Count);
    }

    [Fact]
    public void T19_a_marker_is_not_seen_before_it_is_durable()
    {
        Accepted(0, _partition.Write(Producer, 0, 0));
        var published = _partition.Machine.View;
        // The turn is decided and evolved; its append is under way. What was published is what readers have.
        Accepted(1, _partition.End(Producer, 0, commit: false));
        Assert.Equal((0L, 1L, 0), (published.LastStableOffset, published.HighWatermark, published.AbortedTransactions.Count));
        Assert.True(published.OpenTransactions.IsOpen(new(Producer), new(0)));
        // A crash takes the marker with it: the transaction is open as if it had never been decided.
        _partition.CrashAndLose(1);
        Assert.Equal(published, _partition.Machine.View);
    }

    [Fact]
    public void T20_behind_the_last_commit_marker_the_last_stable_offset_is_the_end()
    {
        Accepted(0, _partition.Write(Producer, 0, 0, records: 5));
        Assert.Equal((0L, 5L), (_partition.Lso, _partition.EndOffset));
        Accepted(5, _partition.End(Producer, 0));
        Assert.Equal((6L, 6L), (_partition.Lso, _partition.EndOffset));
    }

    [Fact]
    public void T25_an_administrators_abort_frees_the_readers_and_the_producer_goes_on_in_the_same_epoch()
    {
        Accepted(0, _partition.Write(Producer, 3, 0));
        Accepted(1, _partition.Write(Producer, 3, 1));
        var hanging = Assert.Single(_partition.Producers());
        Assert.Equal((0L, -1), (hanging.CurrentTransactionStartOffset, hanging.CoordinatorEpoch));
        // As a tool asks for it: what it was told of the transaction, 0 in place of no coordinator epoch, the first protocol.
        Accepted(2, _partition.End(Producer, 3, commit: false, coordinatorEpoch: 0, version: 0));
        Assert.Equal((3L, 3L), (_partition.Lso, _partition.EndOffset));
        Assert.Equal([new AbortedTransaction(new(Producer), 0, 2, 3)], _partition.AbortedFrom(0));
        Assert.Equal((-1L, 0), (_partition.Producers()[0].CurrentTransactionStartOffset, _partition.Producers()[0].CoordinatorEpoch));
        Accepted(3, _partition.Write(Producer, 3, 2));
        Accepted(4, _partition.End(Producer, 3, coordinatorEpoch: 5));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Write(Producer, 2, 0));
        Accepted(5, _partition.Write(Producer, 4, 0));
    }

    [Fact]
    public void T31_where_the_logs_start_has_passed_an_open_transactions_first_offset_it_is_the_last_stable_offset()
    {
        Accepted(0, _partition.Write(Producer, 0, 0, records: 4));
        Accepted(4, _partition.Write(Producer, 0, 4, records: 4));
        _partition.Delete(6);
        Assert.Equal((6L, 6L, 8L), (_partition.Machine.View.LogStartOffset, _partition.Lso, _partition.EndOffset));
        _partition.Append(TestBatch.Plain(2));
        Assert.Equal(6, _partition.Lso);
        _partition.RestartCleanly();
        Assert.Equal(6, _partition.Lso);
        Accepted(10, _partition.End(Producer, 0, commit: false));
        Assert.Equal(11, _partition.Lso);
        Assert.Equal([new AbortedTransaction(new(Producer), 0, 10, 11)], _partition.AbortedFrom(6));
        _partition.Delete(11);
        Assert.Equal(0, _partition.Machine.View.AbortedTransactions.Count);
    }

    [Fact]
    public void Under_the_first_protocol_sequences_go_on_from_transaction_to_transaction()
    {
        Accepted(0, _partition.Write(Producer, 0, 0, records: 10));
        Accepted(10, _partition.End(Producer, 0));
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Write(Producer, 0, 1));
        // What was asked for came to nothing, and has to come first (KAFKA-14920).
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Write(Producer, 0, 10));
        Accepted(11, _partition.End(Producer, 0, commit: false));
        Accepted(12, _partition.Write(Producer, 0, 10));
    }

    [Fact]
    public void Under_the_second_protocol_sequences_begin_at_0_in_each_transaction()
    {
        Accepted(0, _partition.Write(Producer, 0, 0, records: 10, second: true));
        Accepted(10, _partition.End(Producer, 1, version: 2));
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Write(Producer, 1, 10, second: true));
        Accepted(11, _partition.Write(Producer, 1, 0, second: true));
        Refused(ErrorCode.InvalidProducerEpoch, _partition.Write(Producer, 0, 10, second: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void R5_a_late_retry_of_a_batch_of_an_ended_transaction_is_a_duplicate_and_leaves_nothing_behind(bool commit)
    {
        Accepted(0, _partition.Write(Producer, 0, 0));
        Accepted(1, _partition.Write(Producer, 0, 1));
        Accepted(2, _partition.End(Producer, 0, commit));
        Duplicate(0, _partition.Begin(Batch(0, 0)));
        Duplicate(0, _partition.Append(Batch(0, 0), guard: 0));
        Assert.Equal((3L, 3L, 0), (_partition.Lso, _partition.EndOffset, _partition.Machine.View.OpenTransactions.Count));
        Accepted(3, _partition.Write(Producer, 0, 2));
    }

    [Fact]
    public void A_plain_batch_may_not_enter_an_open_transaction()
    {
        Accepted(0, _partition.Write(Producer, 0, 0));
        Refused(ErrorCode.InvalidTxnState, _partition.Append(Producer, 0, 1));
        Refused(ErrorCode.InvalidTxnState, _partition.Append(Producer, 1, 0));
        Accepted(1, _partition.Append(Other, 0, 0));
        Assert.Equal((0L, 2L), (_partition.Lso, _partition.EndOffset));
    }

    [Fact]
    public void Several_that_were_verified_together_are_all_appended()
    {
        byte[] first = Batch(0, 0), second = Batch(0, 1);
        var guard = _partition.Begin(first).Guard;
        Assert.Equal(guard, _partition.Begin(second).Guard);
        // The second overtakes the first: it has to wait for it, and harms nothing.
        Refused(ErrorCode.OutOfOrderSequenceNumber, _partition.Append(second, guard));
        Accepted(0, _partition.Append(first, guard));
        Accepted(1, _partition.Append(second, guard));
    }

    [Fact]
    public void A_batch_that_was_verified_before_the_log_failed_comes_again()
    {
        var batch = Batch(0, 0);
        var guard = _partition.Begin(batch).Guard;
        _partition.RestartWithoutSnapshot();
        var reply = _partition.Append(batch, guard);
        Assert.Equal((ErrorCode.KafkaStorageError, SequenceDecision.VerificationOutlived), (reply.Error, reply.Decision));
        Accepted(0, _partition.Write(Producer, 0, 0));
    }

    [Fact]
    public void Verifications_are_nothing_that_is_recorded()
    {
        var before = _partition.Save();
        Assert.True(_partition.Begin(Batch(0, 0)).Guard > 0);
        Assert.Equal(before, _partition.Save());
    }

    [Fact]
    public void The_pictures_of_transactions_are_the_same_objects_while_nothing_opens_or_ends()
    {
        _partition.Write(Producer, 0, 0);
        var view = _partition.Machine.View;
        _partition.Append(TestBatch.Plain());
        _partition.Write(Producer, 0, 1);
        Assert.NotSame(view, _partition.Machine.View);
        Assert.Same(view.OpenTransactions, _partition.Machine.View.OpenTransactions);
        Assert.Same(view.AbortedTransactions, _partition.Machine.View.AbortedTransactions);
    }

    [Fact]
    public void A_batch_of_an_open_transaction_allocates_nothing()
    {
        var machine = new PartitionMachine(PartitionOptions.Default);
        var turns = new TurnRunner<PartitionCommand, PartitionReply, PartitionView>(machine);
        var batch = Batch(0, 0);
        var commands = new PartitionCommand[1];
        commands[0] = PartitionCommand.BeginVerification(TestBatch.Header(batch), supportsEpochBump: true);
        turns.Decide(commands, default);
        var guard = turns.Output.Replies[0].Guard;
        long Allocated(int from, int count)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var sequence = from; sequence < from + count; sequence++)
            {
                var header = TestBatch.Header(batch) with { BaseSequence = sequence };
                header.Write(batch);
                commands[0] = PartitionCommand.AppendTransactional(header, batch, default, guard, supportsEpochBump: true);
                turns.Decide(commands, new Moment(new Instant(sequence), TimeSpan.FromMilliseconds(sequence)));
                Invariant.Check(turns.Output.Replies[0].Error == ErrorCode.None, "accepted");
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Allocated(0, 100);
        Assert.Equal(0, Allocated(100, 1_000));
    }

    [Fact]
    public void The_owner_of_a_transaction_that_hangs_is_asked_again_and_again()
    {
        var options = new PartitionOptions { HangingAfter = TimeSpan.FromMinutes(20) };
        var partition = new TestPartition(options);
        partition.Write(Producer, 3, 0);
        partition.Now += TimeSpan.FromMinutes(15);
        partition.Write(Other, 1, 0);
        Assert.Empty(partition.Tick());
        partition.Now += TimeSpan.FromMinutes(5);
        Assert.Equal(partition.Steady, partition.Machine.NextDeadline);
        Assert.Equal([new AskAboutTransaction(new(Producer), new(3), -1)], partition.Tick());
        Assert.Equal(partition.Steady + TimeSpan.FromMinutes(15), partition.Machine.NextDeadline);
        partition.Now += TimeSpan.FromMinutes(20);
        Assert.Equal([new AskAboutTransaction(new(Producer), new(3), -1), new AskAboutTransaction(new(Other), new(1), -1)], partition.Tick());
        partition.End(Producer, 3, commit: false);
        partition.End(Other, 1);
        partition.Now += TimeSpan.FromMinutes(20);
        Assert.Empty(partition.Tick());
    }

    [Fact]
    public void After_a_restart_a_transaction_that_hangs_is_asked_about_too()
    {
        _partition.Write(Producer, 3, 0);
        _partition.RestartWithoutSnapshot();
        _partition.Now += PartitionOptions.Default.HangingAfter;
        Assert.Single(_partition.Tick());
        _partition.RestartCleanly();
        Assert.True(_partition.Machine.NextDeadline <= _partition.Steady);
        _partition.Now += PartitionOptions.Default.HangingAfter;
        Assert.Single(_partition.Tick());
    }

    [Fact]
    public void A_producer_with_an_open_transaction_is_never_forgotten_and_one_whose_transaction_ended_is()
    {
        _partition.Write(Producer, 3, 0);
        _partition.Now += TimeSpan.FromDays(30);
        _partition.Tick();
        Assert.Equal(0, Assert.Single(_partition.Producers()).CurrentTransactionStartOffset);
        _partition.End(Producer, 3);
        _partition.Now += TimeSpan.FromDays(2);
        _partition.Tick();
        Assert.Empty(_partition.Producers());
    }

    [Fact]
    public void Without_an_aborted_list_a_reader_would_take_what_was_aborted()
    {
        var partition = new TestPartition(fault: PlantedFault.AbortedListEmpty);
        partition.Write(Producer, 0, 0);
        partition.End(Producer, 0, commit: false);
        Assert.Empty(partition.AbortedFrom(0));
        partition = new TestPartition(fault: PlantedFault.OpenTransactionsShown);
        partition.Write(Producer, 0, 0);
        Assert.Equal(1, partition.Lso);
    }

    [Fact]
    public void Ten_thousand_open_transactions_end_in_any_order_and_the_bound_is_always_the_oldest()
    {
        var random = new Random(5);
        var open = new SortedDictionary<long, long>();
        for (var producer = 0; producer < 10_000; producer++)
        {
            open.Add(_partition.EndOffset, producer);
            Accepted(_partition.EndOffset, _partition.Write(producer, 0, 0));
        }
        Assert.Equal(10_000, _partition.Machine.View.OpenTransactions.Count);
        var left = open.ToList();
        while (left.Count > 0)
        {
            var at = random.Next(3) == 0 ? 0 : random.Next(left.Count);
            _partition.End(left[at].Value, 0, commit: random.Next(2) == 0);
            open.Remove(left[at].Key);
            left.RemoveAt(at);
            Assert.Equal(open.Count > 0 ? open.First().Key : _partition.EndOffset, _partition.Lso);
        }
        Assert.Equal(_partition.Machine.View.AbortedTransactions.Count, _partition.AbortedFrom(0).Count);
    }

    [Fact]
    public void Whatever_is_read_the_list_names_exactly_the_aborted_transactions_that_overlap_it()
    {
        var random = new Random(11);
        var aborted = new List<AbortedTransaction>();
        var begun = new Dictionary<long, long>();
        var sequences = new int[8];
        for (var step = 0; step < 2_000; step++)
        {
            long producer = random.Next(8);
            if (!begun.TryGetValue(producer, out var first)) begun[producer] = first = _partition.EndOffset;
            Accepted(_partition.EndOffset, _partition.Write(producer, 0, sequences[producer], records: 2));
            sequences[producer] += 2;
            if (random.Next(3) > 0) continue;
            var commit = random.Next(2) == 0;
            var marker = _partition.EndOffset;
            _partition.End(producer, 0, commit);
            begun.Remove(producer);
            if (!commit) aborted.Add(new(new(producer), first, marker, begun.Count > 0 ? begun.Values.Min() : marker + 1));
        }
        for (var read = 0; read < 300; read++)
        {
            var from = random.NextInt64(_partition.Lso);
            var upper = random.NextInt64(from, _partition.Lso) + 1;
            var expected = aborted.Where(one => one.FirstOffset < upper && one.LastOffset >= from).OrderBy(one => one.FirstOffset);
            Assert.Equal(expected, _partition.Machine.View.AbortedTransactions.Between(from, upper));
        }
    }

    [Fact]
    public void A_view_takes_forty_bytes_while_no_transaction_opens_or_ends()
    {
        _partition.Write(Producer, 0, 0);
        _partition.End(Producer, 0, commit: false);
        _ = _partition.Machine.View;
        _partition.Append(TestBatch.Plain());
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = _partition.Machine.View;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 40);
    }

    [Fact]
    public void A_marker_makes_the_time_of_silence_begin_anew()
    {
        _partition.Write(Producer, 3, 0);
        _partition.Now += TimeSpan.FromHours(20);
        _partition.End(Producer, 3);
        _partition.Now += TimeSpan.FromHours(20);
        _partition.Tick();
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _partition.Write(Producer, 2, 0).Error);
        Assert.Single(_partition.Producers());
    }
}
