using Semel.Client.Consuming;
using Semel.Client.Consuming.Groups;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>What a consumer does when its group gives, takes, refuses, or is slow: over a scripted group.</summary>
public sealed class ConsumerGroupTests : ScriptedGroupTest
{
    static readonly string[] Ten = [.. Enumerable.Range(0, 10).Select(static number => $"{number}")];

    // Where partitions begin (3.1)

    [Fact]
    public async Task A_partition_begins_where_the_group_has_committed_and_else_where_the_policy_says()
    {
        _logs[0].Append(Ten);
        _logs[1].Append(Ten);
        _group.Stored[Partition(0)] = new GroupOffset(Partition(0), 8, -1);
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        Assert.Equal(["8", "9"], await TakeAsync(consumer, 2));
        await _group.AssignAsync(Partition(1));
        Assert.Equal(Ten, await TakeAsync(consumer, 10));
        Assert.Equal((8L, -1L), (consumer.GetPositions(Partition(0)).Committed, consumer.GetPositions(Partition(1)).Committed));
    }

    /// <summary>Scenario 14: an offset that an undecided transaction may change is waited for; meanwhile nothing is read.</summary>
    [Fact]
    public async Task While_the_groups_offset_is_not_certain_nothing_is_read_and_nothing_is_reset()
    {
        _logs[0].Append(Ten);
        var decided = new TaskCompletionSource();
        _group.OnFetch = () => decided.Task;
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await Eventually.Is(() => !_group.Fetches.IsEmpty);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        Assert.Empty(_logs[0].FetchedFrom);
        Assert.Equal(-1, consumer.GetPositions(Partition(0)).Delivered);
        _group.Stored[Partition(0)] = new GroupOffset(Partition(0), 6, -1);
        decided.SetResult();
        Assert.Equal(["6", "7", "8", "9"], await TakeAsync(consumer, 4));
        Assert.Equal(6, _logs[0].FetchedFrom[0]);
    }

    [Fact]
    public async Task A_coordinator_that_fails_is_asked_again_and_what_does_not_pass_is_thrown_once()
    {
        _logs[0].Append(Ten);
        _group.Stored[Partition(0)] = new GroupOffset(Partition(0), 9, -1);
        var asked = 0;
        _group.OnFetch = () => Interlocked.Increment(ref asked) switch
        {
            <= 2 => throw new KafkaException(new Error(ErrorCode.CoordinatorNotAvailable, "not now"), ErrorClass.Retriable),
            <= 5 => throw new KafkaException(new Error(ErrorCode.GroupAuthorizationFailed, "not you"), ErrorClass.Config),
            _ => Task.CompletedTask,
        };
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        Assert.Equal("not you", (await Assert.ThrowsAsync<KafkaException>(async () => await consumer.ConsumeAsync(Long))).Message);
        Assert.Equal(["9"], await TakeAsync(consumer, 1));
        Assert.Equal(6, asked);
    }

    [Fact]
    public async Task Without_a_committed_offset_and_without_a_policy_the_pull_says_so()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed(("auto.offset.reset", "none"));
        await _group.AssignAsync(Partition(0));
        var thrown = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Long));
        Assert.Contains("the group has committed no offset", thrown.Message);
        consumer.Seek(new TopicPartitionOffset(Partition(0), 3));
        Assert.Equal(["3"], await TakeAsync(consumer, 1));
    }

    /// <summary>Scenario 13: who reads the latest only loses nothing of a partition that appears while the group runs.</summary>
    [Fact]
    public async Task A_partition_that_appears_while_the_group_runs_is_read_from_its_beginning()
    {
        _logs[0].Append(Ten);
        _broker.Topics["t"] = (_broker.Topics["t"].Item1, 1);
        // Ten looks without the partition are told to the application: they must last longer than a question to the broker.
        var consumer = Subscribed(("auto.offset.reset", "latest"), ("retry.backoff.ms", "100"), ("retry.backoff.max.ms", "1000"));
        await _group.AssignAsync(Partition(0));
        await Eventually.Is(() => consumer.GetPositions(Partition(0)).Delivered == 10);
        _logs[1].Append(Ten);
        _broker.Topics["t"] = (_broker.Topics["t"].Item1, 2);
        await _group.AssignAsync(Partition(1));
        Assert.Equal(Ten, await TakeAsync(consumer, 10));
    }

    /// <summary>A committed offset carries the leader epoch of the record below it, which the first fetch has confirmed; a log that parts before is told (C-32).</summary>
    [Fact]
    public async Task The_leader_epoch_that_was_committed_is_confirmed_by_the_first_fetch()
    {
        _logs[0].Append(Ten);
        _group.Stored[Partition(0)] = new GroupOffset(Partition(0), 8, LeaderEpoch: 3);
        _logs[0].Instead.Enqueue(new() { HighWatermark = 10, LastStableOffset = 10, LogStartOffset = 0, DivergingEpoch = new() { Epoch = 2, EndOffset = 5 }, Records = new byte[1] });
        var consumer = Subscribed();
        var told = new List<ConsumerEvent>();
        consumer.Events += told.Add;
        await _group.AssignAsync(Partition(0));
        Assert.Equal(["5"], await TakeAsync(consumer, 1));
        Assert.Equal((ConsumeFault.LogTruncated, 8L, 5L), (told[0].Fault, told[0].From.Value, told[0].To!.Value.Value));
    }

    // Partitions come and go one by one

    [Fact]
    public async Task What_stays_keeps_its_position_what_was_fetched_and_its_pause()
    {
        _logs[0].Append(Ten);
        _logs[1].Append(Ten);
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        Assert.Equal(["0", "1", "2"], await TakeAsync(consumer, 3));
        var fetches = _logs[0].FetchedFrom.Count;
        await _group.AssignAsync(Partition(1));
        consumer.Pause(Partition(1));
        Assert.Equal(["3", "4"], await TakeAsync(consumer, 2));
        await _group.AssignAsync(Partition(2));
        await _group.RevokeAsync(Partition(2));
        Assert.Equal(["5", "6", "7", "8", "9"], await TakeAsync(consumer, 5));
        // What was fetched at first was enough.
        Assert.All(_logs[0].FetchedFrom.Skip(fetches), static offset => Assert.Equal(10, offset));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20)));
        consumer.Resume(Partition(1));
        Assert.Equal(Ten, await TakeAsync(consumer, 10));
    }

    [Fact]
    public async Task What_comes_again_is_not_paused_any_more_and_goes_on_from_what_was_committed()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        Assert.NotNull(await consumer.ConsumeAsync(TimeSpan.Zero));
        consumer.Pause(Partition(0));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        await _group.RevokeAsync(Partition(0));
        Assert.Equal(5, _group.Stored[Partition(0)].Offset);
        Assert.Empty(consumer.Assignment);
        await _group.AssignAsync(Partition(0));
        Assert.Equal(["5", "6"], await TakeAsync(consumer, 2));
    }

    /// <summary>C-10: nothing is delivered and nothing fetched from the moment at which the revocation is announced.</summary>
    [Fact]
    public async Task From_the_announcement_on_nothing_is_delivered_and_nothing_is_fetched()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 2);
        Assert.NotNull(await consumer.ConsumeAsync(TimeSpan.Zero));
        var release = new TaskCompletionSource();
        consumer.Rebalance.OnRevoked(async (_, _) => await release.Task);
        var revoking = _group.RevokeAsync(Partition(0));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(30)));
        var fetched = _logs[0].FetchedFrom.Count;
        _logs[0].Append("more");
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(30)));
        Assert.InRange(_logs[0].FetchedFrom.Count, fetched, fetched + 1);
        Assert.Equal([Partition(0)], consumer.Assignment);
        release.SetResult();
        await revoking;
        Assert.Equal(3, _group.Stored[Partition(0)].Offset);
    }

    /// <summary>A handler may commit: what is in hand has been finished by then.</summary>
    [Fact]
    public async Task A_handler_commits_what_was_in_hand_when_the_revocation_began()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed(("enable.auto.commit", "false"));
        consumer.Rebalance.OnRevoked(async (_, cancellation) => await consumer.CommitAsync(cancellation));
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        var revoking = _group.RevokeAsync(Partition(0));
        Assert.False(revoking.IsCompleted);
        Assert.Empty(_group.Commits);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        await revoking.WaitAsync(Long);
        Assert.Equal(4, _group.Stored[Partition(0)].Offset);
    }

    /// <summary>An application that does not come back in time loses the partition: its handlers hear that, and nothing is committed.</summary>
    [Fact]
    public async Task Who_does_not_come_back_in_time_loses_what_was_to_be_revoked()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        var heard = new List<string>();
        consumer.Rebalance.OnRevoked((_, _) => { heard.Add("revoked"); return default; });
        consumer.Rebalance.OnLost((_, _) => { heard.Add("lost"); return default; });
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        using var hurry = new CancellationTokenSource();
        var revoking = _group.RevokeAsync(hurry.Token, Partition(0));
        await hurry.CancelAsync();
        await revoking.WaitAsync(Long);
        Assert.Equal(["lost"], heard);
        Assert.Empty(_group.Commits);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task What_is_lost_is_neither_delivered_nor_committed_any_more()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        var lost = new List<TopicPartition>();
        consumer.Rebalance.OnLost((partitions, _) => { lost.AddRange(partitions); return default; });
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        await _group.LoseAsync(Partition(0));
        Assert.Equal([Partition(0)], lost);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20)));
        await consumer.CommitAsync();
        Assert.Empty(_group.Commits);
    }

    /// <summary>C-15, scenario 12: after a pause of the process in which the session ended, the handlers hear of the loss before any record is delivered.</summary>
    [Fact]
    public async Task When_the_session_may_be_over_nothing_is_delivered_before_the_loss_was_told()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 1);
        _group.MayDeliver = false;
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20)));
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await consumer.ConsumeBatchAsync(impatient.Token));
        await _group.LoseAsync(Partition(0));
        _group.MayDeliver = true;
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20)));
        await _group.AssignAsync(Partition(0));
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
    }

    [Fact]
    public async Task What_ends_the_membership_is_thrown_by_every_pull_until_the_application_subscribes_anew()
    {
        var consumer = Subscribed();
        var pending = consumer.ConsumeAsync(Long).AsTask();
        _group.Owner.Failed(new KafkaException(new Error(ErrorCode.FencedInstanceId, "another one has this name"), ErrorClass.Fenced));
        Assert.Equal(ErrorClass.Fenced, (await Assert.ThrowsAsync<KafkaException>(() => pending)).Class);
        Assert.Equal("another one has this name", (await Assert.ThrowsAsync<KafkaException>(async () => await consumer.ConsumeBatchAsync())).Message);
        consumer.Unsubscribe();
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
    }

    /// <summary>max.poll.interval.ms counts between pulls.</summary>
    [Fact]
    public async Task The_member_knows_when_the_application_pulls()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 3);
        Assert.Equal((3, false), (_group.Pulls, _group.IsPulling));
        using var batch = await consumer.ConsumeBatchAsync();
        Assert.Equal((4, false), (_group.Pulls, _group.IsPulling));
        var pending = consumer.ConsumeAsync(Long).AsTask();
        Assert.True(_group.IsPulling);
        _logs[0].Append("more");
        await pending;
        Assert.False(_group.IsPulling);
    }

    [Fact]
    public async Task A_pull_that_waits_already_when_the_application_subscribes_is_known_to_the_member()
    {
        _logs[0].Append(Ten);
        var consumer = Consumer(_group);
        var pending = consumer.ConsumeAsync(Long).AsTask();
        consumer.Subscribe("t");
        await Eventually.Is(() => _group.IsPulling);
        await _group.AssignAsync(Partition(0));
        Assert.Equal("0", (await pending)!.Value.Message.Value);
        Assert.Equal((1, false), (_group.Pulls, _group.IsPulling));
        await TakeAsync(consumer, 1);
        Assert.Equal((2, false), (_group.Pulls, _group.IsPulling));
    }

    // Commits

    [Fact]
    public async Task A_commit_by_itself_that_fails_is_an_event_and_the_next_one_makes_up_for_it()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed(("auto.commit.interval.ms", "5"));
        var told = new List<ConsumerEvent>();
        consumer.Events += told.Add;
        var failures = 2;
        _group.OnCommit = () => Interlocked.Decrement(ref failures) >= 0 ? throw new KafkaException(new Error(ErrorCode.CoordinatorNotAvailable, "not now"), ErrorClass.Retriable) : Task.CompletedTask;
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        await Eventually.Is(() => _group.Stored.TryGetValue(Partition(0), out var stored) && stored.Offset == 3);
        Assert.NotNull(await consumer.ConsumeAsync(TimeSpan.Zero));
        while (await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5)) is not null) { }
        Assert.Contains(told, static one => one is { Fault: ConsumeFault.CommitFailed, Code: ErrorCode.CoordinatorNotAvailable } && one.Reason.Contains("not now"));
    }

    [Fact]
    public async Task A_commit_at_a_revocation_that_fails_is_told_though_the_partition_is_gone()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed();
        var told = new List<ConsumerEvent>();
        consumer.Events += told.Add;
        _group.OnCommit = static () => throw new KafkaException(new Error(ErrorCode.CoordinatorNotAvailable, "not now"), ErrorClass.Retriable);
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        Assert.NotNull(await consumer.ConsumeAsync(TimeSpan.Zero));
        consumer.Pause(Partition(0));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        await _group.RevokeAsync(Partition(0));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        Assert.Equal((ConsumeFault.CommitFailed, 5L), (Assert.Single(told).Fault, told[0].From.Value));
    }

    /// <summary>What was read of a topic that is gone says nothing about the one that has its name now.</summary>
    [Fact]
    public async Task Nothing_is_committed_for_a_topic_that_was_made_anew()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed(("metadata.max.age.ms", "100"));
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        _broker.Topics["t"] = (new TopicId(Guid.NewGuid()), 3);
        var stopped = await Assert.ThrowsAsync<ConsumeException>(async () => { while (true) await consumer.ConsumeAsync(Long); });
        Assert.Equal(ConsumeFault.TopicRecreated, stopped.Fault);
        await consumer.CommitAsync();
        Assert.Empty(_group.Commits);
        await _group.RevokeAsync(Partition(0));
        Assert.Empty(_group.Commits);
    }

    [Fact]
    public async Task Offsets_of_partitions_that_went_while_the_commit_waited_are_an_event()
    {
        _logs[0].Append(Ten);
        _group.Dropped = [Partition(0)];
        var consumer = Subscribed();
        var told = new List<ConsumerEvent>();
        consumer.Events += told.Add;
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 4);
        await consumer.CommitAsync();
        while (await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5)) is not null) { }
        Assert.Contains(told, static one => one.Fault == ConsumeFault.CommitFailed && one.Reason.Contains("another member"));
        Assert.Equal(-1, consumer.GetPositions(Partition(0)).Committed);
    }

    /// <summary>Scenario 15: a record that cannot be read stays the next one, no commit covers it, and skipping it moves on.</summary>
    [Fact]
    public async Task No_commit_covers_a_record_that_cannot_be_deserialised_before_it_is_skipped()
    {
        _logs[0].Append("0", "poison", "2");
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 1);
        var first = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Long));
        var again = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Long));
        Assert.Equal((1L, 1L, ConsumeFault.Deserialization), (first.TopicPartitionOffset.Offset.Value, again.TopicPartitionOffset.Offset.Value, first.Fault));
        Assert.NotNull(first.Raw);
        await consumer.CommitAsync();
        Assert.Equal(1, _group.Stored[Partition(0)].Offset);
        consumer.SkipRecord(again);
        Assert.Equal(["2"], await TakeAsync(consumer, 1));
        await consumer.CommitAsync();
        Assert.Equal(2, _group.Stored[Partition(0)].Offset);
    }

    /// <summary>Scenario 6: when everything is finished the commit stands behind the markers, in each way to say what is finished.</summary>
    [Theory]
    [InlineData("auto.offset.store.timing", "on-next")]
    [InlineData("auto.offset.store.timing", "on-delivery")]
    [InlineData("enable.auto.offset.store", "false")]
    public async Task Behind_the_last_record_markers_count_as_read(string key, string value)
    {
        _logs[0].Transactional(1, CompressionCodec.None, "a", "b").Commit(1).Transactional(2, CompressionCodec.None, "x").Abort(2, 3);
        var consumer = Subscribed((key, value));
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 2);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20)));
        if (value == "false") consumer.StoreOffset(new TopicPartitionOffset(Partition(0), 2));
        await consumer.CommitAsync();
        Assert.Equal(5, _group.Stored[Partition(0)].Offset);
        Assert.Equal((0L, 0L), (consumer.GetPositions(Partition(0)).Lag, await consumer.GetLagAsync(Partition(0))));
    }

    /// <summary>
    /// Scenario 20a, C-51a: twenty transactions of ten records, of which each member takes ten and closes. A commit at close that counted the markers among what was
    /// fetched ahead would lose most of them.
    /// </summary>
    [Theory]
    [InlineData("on-delivery", false)]
    [InlineData("on-next", false)]
    [InlineData("on-next", true)]
    public async Task Members_that_take_ten_records_each_and_close_hand_out_every_record_once(string timing, bool byBatch)
    {
        for (var transaction = 0; transaction < 20; transaction++)
        {
            _logs[0].Transactional(7, CompressionCodec.None, [.. Enumerable.Range(transaction * 10, 10).Select(static number => $"{number}")]).Commit(7);
            _logs[0].Transactional(8, CompressionCodec.None, "aborted").Abort(8, _logs[0].End - 1);
        }
        var read = new List<string>();
        for (var member = 0; read.Count < 200; member++)
        {
            Assert.InRange(member, 0, 40);
            var group = new ScriptedGroup();
            foreach (var (partition, stored) in _group.Stored) group.Stored[partition] = stored;
            var consumer = Consumer(group, ("auto.offset.store.timing", timing), ("max.poll.records", "10"));
            consumer.Subscribe("t");
            await group.AssignAsync(Partition(0));
            if (byBatch)
            {
                using var batch = await consumer.ConsumeBatchAsync(10);
                foreach (var record in batch) read.Add(record.Value!);
            }
            else read.AddRange(await TakeAsync(consumer, 10));
            // To have more to come back for, without taking it: nothing of other partitions is there.
            if (timing == "on-next")
            {
                consumer.Pause(Partition(0));
                Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
            }
            await consumer.DisposeAsync();
            Assert.True(group.IsClosed);
            var committed = group.Stored[Partition(0)];
            if (read.Count < 200) Assert.True(committed.Offset < _logs[0].End, $"{committed.Offset} is committed after {read.Count} records");
            _group.Stored[Partition(0)] = committed;
        }
        Assert.Equal(Enumerable.Range(0, 200).Select(static number => $"{number}"), read);
    }

    /// <summary>C-50: whatever handlers do, disposing ends.</summary>
    [Fact]
    public async Task A_handler_that_never_ends_holds_disposing_up_no_longer_than_close_timeout()
    {
        _logs[0].Append(Ten);
        var consumer = Subscribed(("close.timeout.ms", "50"));
        consumer.Rebalance.OnRevoked(static async (_, _) => await new TaskCompletionSource().Task);
        await _group.AssignAsync(Partition(0));
        await TakeAsync(consumer, 1);
        await consumer.DisposeAsync().AsTask().WaitAsync(Long);
    }

    [Fact]
    public async Task What_is_handed_out_by_no_pull_that_was_cancelled_comes_with_the_next()
    {
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        for (var number = 0; number < 50; number++)
        {
            using var cancelled = new CancellationTokenSource();
            var pulling = consumer.ConsumeAsync(Long, cancelled.Token).AsTask();
            var appending = Task.Run(() => _logs[0].Append($"{number}"));
            await cancelled.CancelAsync();
            await appending;
            string? read;
            try { read = (await pulling)!.Value.Message.Value; }
            catch (OperationCanceledException) { read = (await TakeAsync(consumer, 1))[0]; }
            Assert.Equal($"{number}", read);
        }
    }
}
