using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Support;
using Semel.Log;
using Semel.Log.Memory;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Sequencing;

using PartitionSequencer = Sequencer<PartitionCommand, PartitionReply, PartitionView>;

/// <summary>The four beats over a log whose appends take as long as the test wants.</summary>
public class SequencerTests
{
    sealed class Replies : IReplySink<PartitionReply>
    {
        public List<(int Index, PartitionReply Reply)> All { get; } = [];
        public Action? Answered { get; init; }

        public void Answer(int index, in PartitionReply reply)
        {
            All.Add((index, reply));
            Answered?.Invoke();
        }
    }

    static PartitionSequencer New(ILogStore store, int capacity = 1024, TimeProvider? time = null, ILogger? logger = null, int segmentBytes = 1 << 20) => new(new()
    {
        LogName = "log",
        OpenLog = store => store.OpenOrCreate("log", new LogOptions { SegmentBytes = segmentBytes }),
        NewMachine = _ => new PartitionMachine(PartitionOptions.Default),
        StorageFailed = reason => PartitionReply.Failed(ErrorCode.KafkaStorageError) with { Message = reason },
        Stopped = PartitionReply.Failed(ErrorCode.UnknownTopicOrPartition),
        Tick = () => PartitionCommand.ExpireProducers,
        MakesRoom = command => command.Kind == PartitionCommandKind.DeleteRecords,
        MailboxCapacity = capacity,
    }, SequencerHost.Of(store, time ?? TimeProvider.System, logger ?? NullLogger.Instance));

    static PartitionCommand Append(int sequence, string value = "x")
    {
        var batch = TestBatch.Of(new ProducerId(1), 0, sequence, value);
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        return PartitionCommand.Append(header, batch, default);
    }

    [Fact]
    public async Task A_reply_and_the_view_come_when_the_batch_is_durable_and_not_before()
    {
        var store = new SlowLogStore();
        var sequencer = New(store);
        Assert.True(sequencer.Open());
        var replies = new Replies();
        await sequencer.EnqueueAsync(Append(0), replies);
        Assert.Empty(replies.All);
        Assert.Equal(0, sequencer.View!.HighWatermark);
        store.Release();
        Assert.Equal((ErrorCode.None, 0L), (replies.All.Single().Reply.Error, replies.All.Single().Reply.BaseOffset));
        Assert.Equal(1, sequencer.View!.HighWatermark);
    }

    [Fact]
    public async Task A_turn_that_began_a_segment_is_answered_before_its_snapshot_is_saved()
    {
        var replies = new Replies();
        var answeredAtSnapshots = new List<int>();
        var store = new SlowLogStore { Rolls = true, Saving = () => answeredAtSnapshots.Add(replies.All.Count) };
        var sequencer = New(store);
        sequencer.Open();
        await sequencer.EnqueueAsync(Append(0), replies);
        await sequencer.EnqueueAsync(Append(1), replies);
        store.Release();
        Assert.Equal([1], answeredAtSnapshots);
        store.Release();
        Assert.Equal([1, 2], answeredAtSnapshots);
        Assert.Equal(2, sequencer.Log!.LoadSnapshot()!.Offset);
    }

    [Fact]
    public async Task All_that_come_while_an_append_is_under_way_share_the_next_one()
    {
        var store = new SlowLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var replies = new Replies();
        for (var sequence = 0; sequence < 10; sequence++) await sequencer.EnqueueAsync(Append(sequence), replies, sequence);
        store.Release();
        store.Release();
        Assert.Equal([1, 9], store.Appends);
        Assert.Equal(Enumerable.Range(0, 10), replies.All.Select(reply => reply.Index));
        Assert.Equal(Enumerable.Range(0, 10).Select(offset => (long)offset), replies.All.Select(reply => reply.Reply.BaseOffset));
    }

    [Fact]
    public async Task A_duplicate_is_acknowledged_only_when_its_original_is_durable()
    {
        var store = new SlowLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var replies = new Replies();
        await sequencer.EnqueueAsync(Append(0), replies, 0);
        await sequencer.EnqueueAsync(Append(0), replies, 1);
        Assert.Empty(replies.All);
        store.Release();
        Assert.Equal([(0, 0L), (1, 0L)], replies.All.Select(reply => (reply.Index, reply.Reply.BaseOffset)));
        Assert.Equal(SequenceDecision.Duplicate, replies.All[1].Reply.Decision);
        Assert.Equal([1], store.Appends);
    }

    [Fact]
    public async Task The_next_append_is_under_way_before_the_replies_of_the_one_before_go_out()
    {
        var store = new SlowLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var appendsAtReply = new List<int>();
        var replies = new Replies { Answered = () => appendsAtReply.Add(store.Appends.Count) };
        await sequencer.EnqueueAsync(Append(0), replies);
        await sequencer.EnqueueAsync(Append(1), replies);
        store.Release();
        Assert.Equal([2], appendsAtReply);
        store.Release();
        Assert.Equal([2, 2], appendsAtReply);
    }

    [Fact]
    public async Task A_command_that_a_reply_brings_about_is_taken_in_a_later_turn()
    {
        var store = new MemoryLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var last = new Replies();
        var first = new Replies { Answered = () => Assert.True(sequencer.EnqueueAsync(Append(1), last).IsCompleted) };
        await sequencer.EnqueueAsync(Append(0), first);
        Assert.Equal(1, last.All.Single().Reply.BaseOffset);
    }

    [Fact]
    public async Task A_full_mailbox_makes_callers_wait_and_keeps_their_order()
    {
        var store = new SlowLogStore();
        var sequencer = New(store, capacity: 2);
        sequencer.Open();
        var replies = new Replies();
        for (var sequence = 0; sequence < 3; sequence++) Assert.True(sequencer.EnqueueAsync(Append(sequence), replies, sequence).IsCompleted);
        var waiting = sequencer.EnqueueAsync(Append(3), replies, 3).AsTask();
        Assert.False(waiting.IsCompleted);
        store.Release();
        await waiting;
        store.Release();
        await store.AppendBegunAsync();
        await store.AppendBegunAsync();
        await store.AppendBegunAsync();
        store.Release();
        Assert.Equal([0, 1, 2, 3], replies.All.Select(reply => reply.Index));
        Assert.All(replies.All, reply => Assert.Equal(ErrorCode.None, reply.Reply.Error));
    }

    [Fact]
    public async Task A_failed_append_fails_its_turn_and_what_comes_after_is_decided_on_what_the_log_really_has()
    {
        var store = new MemoryLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var fault = AppendFault.Durable;
        store.AppendFaults = _ => fault;
        Assert.Equal(ErrorCode.KafkaStorageError, (await sequencer.AskAsync(Append(0))).Error);
        fault = AppendFault.None;
        var again = await sequencer.AskAsync(Append(0));
        Assert.Equal((ErrorCode.None, 0L, SequenceDecision.Duplicate), (again.Error, again.BaseOffset, again.Decision));
        Assert.Equal(1, (await sequencer.AskAsync(Append(1))).BaseOffset);
    }

    [Fact]
    public async Task What_makes_room_is_done_while_appends_go_on_to_fail_and_they_are_refused()
    {
        var store = new MemoryLogStore();
        var sequencer = New(store, time: new ManualTime());
        sequencer.Open();
        for (var sequence = 0; sequence < 3; sequence++) Assert.Equal(sequence, (await sequencer.AskAsync(Append(sequence))).BaseOffset);
        store.AppendFaults = _ => AppendFault.NothingWritten;
        for (var failure = 0; failure < 2; failure++) Assert.Equal(ErrorCode.KafkaStorageError, (await sequencer.AskAsync(Append(3))).Error);
        var deleted = await sequencer.AskAsync(PartitionCommand.DeleteRecords(2, default));
        Assert.Equal((ErrorCode.None, 2L), (deleted.Error, deleted.LogStartOffset));
        Assert.Equal(ErrorCode.KafkaStorageError, (await sequencer.AskAsync(Append(3))).Error);
        Assert.Equal(new LogBounds(2, 3), sequencer.Log!.Bounds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task What_makes_room_does_not_fail_with_the_appends_of_its_turn(int failuresBefore)
    {
        var store = new MemoryLogStore();
        var sequencer = New(store, time: new ManualTime());
        sequencer.Open();
        for (var sequence = 0; sequence < 3; sequence++) await sequencer.AskAsync(Append(sequence));
        store.AppendFaults = _ => AppendFault.NothingWritten;
        for (var failure = 0; failure < failuresBefore; failure++) await sequencer.AskAsync(Append(3));
        var (replies, held) = (new Replies(), new List<IHeldTurns>());
        // Whoever opens the log again may still be at it.
        Assert.True(SpinWait.SpinUntil(() => sequencer.EnqueueAsync(PartitionCommand.DescribeProducers, null, 0, held).IsCompleted && held.Count > 0, TimeSpan.FromSeconds(20)));
        await sequencer.EnqueueAsync(Append(3), replies, 0, held);
        await sequencer.EnqueueAsync(PartitionCommand.DeleteRecords(1, default), replies, 1, held);
        await sequencer.EnqueueAsync(Append(4), replies, 2, held);
        await sequencer.EnqueueAsync(PartitionCommand.DeleteRecords(2, default), replies, 3, held);
        held.Single().Run();
        Assert.True(SpinWait.SpinUntil(() => replies.All.Count == 4, TimeSpan.FromSeconds(20)));
        Assert.Equal([(0, ErrorCode.KafkaStorageError), (2, ErrorCode.KafkaStorageError), (1, ErrorCode.None), (3, ErrorCode.None)], replies.All.Select(reply => (reply.Index, reply.Reply.Error)));
        Assert.Equal(new LogBounds(2, 3), sequencer.Log!.Bounds);
    }

    [Fact]
    public async Task What_makes_room_and_fails_by_itself_is_answered_so()
    {
        var store = new ScriptedLogStore(TimeProvider.System) { SavingSnapshot = _ => throw ScriptedLogStore.DeviceFull("snapshot") };
        var sequencer = New(store);
        sequencer.Open();
        await sequencer.AskAsync(Append(0));
        for (var failure = 0; failure < 3; failure++) Assert.Equal(ErrorCode.KafkaStorageError, (await sequencer.AskAsync(PartitionCommand.DeleteRecords(1, default))).Error);
        store.SavingSnapshot = null;
        var deleted = await sequencer.AskAsync(PartitionCommand.DeleteRecords(1, default));
        Assert.Equal((ErrorCode.None, 1L), (deleted.Error, deleted.LogStartOffset));
    }

    [Fact]
    public async Task A_stopped_sequencer_has_answered_what_it_took_and_takes_no_more()
    {
        var store = new SlowLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var replies = new Replies();
        await sequencer.EnqueueAsync(Append(0), replies, 0);
        await sequencer.EnqueueAsync(Append(1), replies, 1);
        var stopped = sequencer.StopAsync(withSnapshot: true);
        await sequencer.EnqueueAsync(Append(2), replies, 2);
        Assert.Equal((2, ErrorCode.UnknownTopicOrPartition), (replies.All.Single().Index, replies.All.Single().Reply.Error));
        store.Release();
        Assert.False(stopped.IsCompleted);
        store.Release();
        await stopped;
        Assert.Equal([2, 0, 1], replies.All.Select(reply => reply.Index));
        using var log = store.Inner.Open("log", new LogOptions());
        Assert.Equal(2, log.LoadSnapshot()!.Offset);
    }

    [Fact]
    public async Task Deleting_records_saves_what_is_known_of_producers_before_the_start_moves()
    {
        var store = new MemoryLogStore();
        var sequencer = New(store);
        sequencer.Open();
        await sequencer.AskAsync(Append(0));
        await sequencer.AskAsync(Append(1));
        Assert.Equal(2, (await sequencer.AskAsync(PartitionCommand.DeleteRecords(-1, default))).LogStartOffset);
        Assert.Equal(new LogBounds(2, 2), sequencer.Log!.Bounds);
        Assert.Equal(2, sequencer.Log!.LoadSnapshot()!.Offset);
        await sequencer.StopAsync(withSnapshot: false);
        var later = New(store);
        Assert.Equal(SequenceDecision.Duplicate, (await later.AskAsync(Append(1))).Decision);
        Assert.Equal(2, (await later.AskAsync(Append(2))).BaseOffset);
    }

    [Fact]
    public async Task Who_waits_for_the_view_is_awakened_once_by_the_next_change_and_not_when_it_has_left()
    {
        var store = new MemoryLogStore();
        var sequencer = New(store);
        sequencer.Open();
        var (stays, leaves) = (new Waiter(), new Waiter());
        sequencer.WaitForView(stays);
        sequencer.LeaveView(sequencer.WaitForView(leaves));
        await sequencer.AskAsync(Append(0));
        await sequencer.AskAsync(Append(1));
        Assert.Equal((1, 0), (stays.Count, leaves.Count));
    }

    sealed class Waiter : IViewWaiter
    {
        public int Count { get; private set; }
        public void ViewChanged() => Count++;
    }

    [Fact]
    public async Task Many_callers_at_once_lose_nothing_and_nothing_is_decided_twice()
    {
        const int Callers = 8, Each = 2000;
        var store = new MemoryLogStore();
        var sequencer = New(store, capacity: 64);
        sequencer.Open();
        var offsets = new System.Collections.Concurrent.ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var sequence = 0; sequence < Each; sequence++)
            {
                var batch = TestBatch.Of(new ProducerId(caller), 0, sequence, "x");
                RecordBatchHeader.TryRead(batch, out var header);
                var reply = await sequencer.AskAsync(PartitionCommand.Append(header, batch, default));
                Assert.Equal(ErrorCode.None, reply.Error);
                offsets.Add(reply.BaseOffset);
            }
        })));
        Assert.Equal(Enumerable.Range(0, Callers * Each).Select(offset => (long)offset), offsets.Order());
        Assert.Equal(Callers * Each, sequencer.View!.HighWatermark);
    }

    [Fact]
    public async Task A_reply_that_cannot_be_given_keeps_nobody_else_waiting()
    {
        var store = new SlowLogStore();
        var lines = new CaughtLines();
        var sequencer = New(store, logger: lines);
        sequencer.Open();
        var (failing, others) = (new Replies { Answered = () => throw new InvalidOperationException("no") }, new Replies());
        await sequencer.EnqueueAsync(Append(0), others, 0);
        await sequencer.EnqueueAsync(Append(1), failing, 1);
        await sequencer.EnqueueAsync(Append(2), others, 2);
        store.Release();
        store.Release();
        Assert.Equal([0, 2], others.All.Select(reply => reply.Index));
        await lines.WaitForAsync(213);
        var next = sequencer.AskAsync(Append(3));
        store.Release();
        Assert.Equal(3, (await next).BaseOffset);
    }

    [Fact]
    public async Task A_deadline_that_finds_no_room_in_the_mailbox_is_told_a_moment_later()
    {
        var (store, time) = (new SlowLogStore(), new ManualTime());
        var sequencer = New(store, capacity: 1, time);
        sequencer.Open();
        var first = sequencer.AskAsync(Append(0));
        store.Release();
        Assert.Equal(ErrorCode.None, (await first).Error);
        var underWay = sequencer.AskAsync(Append(1));
        var waiting = sequencer.AskAsync(PartitionCommand.DescribeProducers);
        time.Advance(PartitionOptions.Default.ProducerIdExpiration + TimeSpan.FromHours(1));
        store.Release();
        Assert.Equal(ErrorCode.None, (await underWay).Error);
        Assert.Single((await waiting).Producers!);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Empty((await sequencer.AskAsync(PartitionCommand.DescribeProducers)).Producers!);
    }

    [Fact]
    public async Task When_a_segment_is_full_what_is_durable_is_answered_before_the_snapshot_is_saved()
    {
        var store = new ScriptedLogStore(TimeProvider.System);
        var sequencer = New(store, segmentBytes: 1024);
        sequencer.Open();
        var (replies, repliesAtSnapshot) = (new Replies(), new List<int>());
        store.SavingSnapshot = _ => repliesAtSnapshot.Add(replies.All.Count);
        for (var sequence = 0; sequence < 3; sequence++) await sequencer.EnqueueAsync(Append(sequence, new string('x', 600)), replies, sequence);
        Assert.Equal([2, 3], repliesAtSnapshot);
        await sequencer.StopAsync(withSnapshot: false);
        using var log = store.Inner.Open("log", new LogOptions());
        Assert.Equal(3, log.LoadSnapshot()!.Offset);
    }

    [Fact]
    public void A_log_that_cannot_be_opened_is_tried_again_when_its_pause_is_over()
    {
        var now = TimeSpan.FromDays(3);
        var pause = new FailurePause();
        var lengths = new List<double>();
        for (var failure = 0; failure < 9; failure++)
        {
            pause.Failed(now);
            lengths.Add(pause.Length.TotalSeconds);
        }
        Assert.Equal([0, 1, 2, 4, 8, 16, 30, 30, 30], lengths);
        Assert.False(pause.IsOver(now + TimeSpan.FromSeconds(29)));
        Assert.True(pause.IsOver(now + TimeSpan.FromSeconds(30)));
        pause.Succeeded();
        pause.Failed(now);
        Assert.True(pause.IsOver(now));
    }
}
