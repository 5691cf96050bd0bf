using System.Collections.Concurrent;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>Members of a group, their handlers and positions, by both protocols, against the real broker.</summary>
public sealed class GroupTests : GroupTest
{
    public static TheoryData<string> Protocols => ["classic", "consumer"];

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_member_reads_everything_commits_it_at_the_end_and_the_next_goes_on_behind(string protocol)
    {
        await Broker.CreateTopicAsync("t", 3);
        await ProduceAsync("t", 3, 0, 30);
        await using (var first = Member("g", ("group.protocol", protocol)))
        {
            first.Subscribe("t");
            Assert.Equal(Enumerable.Range(0, 30), (await TakeAsync(first, 30)).Order());
            Assert.Null(await first.ConsumeAsync(TimeSpan.Zero));
        }
        await ProduceAsync("t", 3, 30, 3);
        await using var second = Member("g", ("group.protocol", protocol));
        second.Subscribe("t");
        Assert.Equal([30, 31, 32], (await TakeAsync(second, 3)).Order());
    }

    /// <summary>Scenario 9: members come and go, and every record is processed by exactly one of them, since a revocation waits for what is in hand and commits it.</summary>
    [Theory]
    [InlineData("classic", "range")]
    [InlineData("classic", "cooperative-sticky")]
    [InlineData("consumer", "range")]
    public async Task When_members_come_every_record_is_processed_once_and_no_partition_is_read_by_two(string protocol, string strategy)
    {
        await Broker.CreateTopicAsync("t", 6);
        var processed = new ConcurrentDictionary<int, int>();
        var owners = new ConcurrentDictionary<int, int>();
        var shared = 0;
        using var stop = new CancellationTokenSource();
        var members = new List<(IConsumer<string, string> Consumer, Task Reading)>();

        async Task Read(int name, IConsumer<string, string> consumer)
        {
            await foreach (var result in consumer.ConsumeAsync(stop.Token))
            {
                if (owners.TryGetValue(result.Partition, out var other) && other != name && members[other].Consumer.Assignment.Contains(result.TopicPartition)) Interlocked.Increment(ref shared);
                owners[result.Partition] = name;
                processed.AddOrUpdate(int.Parse(result.Message.Value!), 1, static (_, before) => before + 1);
            }
        }

        for (var name = 0; name < 3; name++)
        {
            var consumer = Member("g", ("group.protocol", protocol), ("partition.assignment.strategy", strategy), ("auto.commit.interval.ms", "50"));
            consumer.Subscribe("t");
            var index = name;
            members.Add((consumer, Task.CompletedTask));
            members[index] = (consumer, Task.Run(() => Read(index, consumer)));
            await ProduceAsync("t", 6, name * 600, 300);
            await Eventually.Is(() => members.All(member => member.Consumer.Assignment.Count == 6 / (index + 1)));
            await ProduceAsync("t", 6, name * 600 + 300, 300);
        }
        await Eventually.Is(() => processed.Count == 1800);
        await stop.CancelAsync();
        foreach (var (consumer, reading) in members)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            await consumer.DisposeAsync();
        }
        Assert.Equal(0, shared);
        Assert.All(processed.Values, static times => Assert.Equal(1, times));
    }

    /// <summary>C-08, C-09: incremental lists, in order, in reverse order for what goes, never two at a time; what one throws comes with the next pull.</summary>
    [Theory, MemberData(nameof(Protocols))]
    public async Task Handlers_hear_what_changes_in_order_and_what_one_throws_is_thrown_by_the_next_pull(string protocol)
    {
        await Broker.CreateTopicAsync("t", 4);
        await using var first = Member("g", ("group.protocol", protocol), ("partition.assignment.strategy", "cooperative-sticky"));
        var heard = new ConcurrentQueue<string>();
        Func<IReadOnlyList<TopicPartition>, CancellationToken, ValueTask> Hear(string what) => async (partitions, _) =>
        {
            heard.Enqueue($"{what} {partitions.Count}");
            await Task.Yield();
            heard.Enqueue($"{what} done");
        };
        first.Rebalance.OnAssigned(Hear("+a"));
        using (first.Rebalance.OnAssigned(Hear("gone"))) { }
        first.Rebalance.OnAssigned(Hear("+b"));
        first.Rebalance.OnRevoked(Hear("-a"));
        first.Rebalance.OnRevoked(static (_, _) => throw new InvalidOperationException("no room"));
        first.Rebalance.OnRevoked(Hear("-b"));
        first.Subscribe("t");
        await JoinedAsync(first, 4);
        await using var second = Member("g", ("group.protocol", protocol), ("partition.assignment.strategy", "cooperative-sticky"));
        second.Subscribe("t");
        KafkaException? thrown = null;
        while (second.Assignment.Count < 2)
        {
            try { Assert.Null(await first.ConsumeAsync(TimeSpan.FromMilliseconds(5))); }
            catch (KafkaException failure) { thrown = failure; }
            Assert.Null(await second.ConsumeAsync(TimeSpan.FromMilliseconds(5)));
        }
        thrown ??= await Assert.ThrowsAsync<KafkaException>(async () => await first.ConsumeAsync(Long));
        Assert.Equal(["+a 4", "+a done", "+b 4", "+b done", "-b 2", "-b done", "-a 2", "-a done"], heard.Take(8));
        Assert.Equal((LocalErrorCode.HandlerFailed, ErrorClass.Application, "no room"), (thrown.Error.LocalCode, thrown.Class, thrown.InnerException!.Message));
        Assert.Equal(2, first.Assignment.Count);
    }

    /// <summary>Scenario 10: one member that is not cooperative makes the group an eager one, which works; when none is left, what stays is not revoked any more.</summary>
    [Fact]
    public async Task Members_of_mixed_strategies_share_a_group_and_cooperative_ones_alone_keep_what_stays()
    {
        await Broker.CreateTopicAsync("t", 4);
        await ProduceAsync("t", 4, 0, 40);
        var read = new List<int>();
        var third = Member("g", ("group.protocol", "classic"), ("partition.assignment.strategy", "cooperative-sticky"));
        await using (var first = Member("g", ("group.protocol", "classic"), ("partition.assignment.strategy", "range")))
        await using (var second = Member("g", ("group.protocol", "classic"), ("partition.assignment.strategy", "range,cooperative-sticky")))
        {
            first.Subscribe("t");
            second.Subscribe("t");
            using var patience = new CancellationTokenSource(Long);
            while (read.Count < 40 || (first.Assignment.Count, second.Assignment.Count) != (2, 2))
                foreach (var consumer in new[] { first, second })
                    if (await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5), patience.Token) is { } result) read.Add(int.Parse(result.Message.Value!));
            // To ask once more is to be done with the last one.
            foreach (var consumer in new[] { first, second }) Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        }
        Assert.Equal(Enumerable.Range(0, 40), read.Order());
        var revoked = new ConcurrentQueue<int>();
        third.Rebalance.OnRevoked((partitions, _) => { revoked.Enqueue(partitions.Count); return default; });
        third.Subscribe("t");
        await JoinedAsync(third, 4);
        await using var fourth = Member("g", ("group.protocol", "classic"), ("partition.assignment.strategy", "cooperative-sticky"));
        fourth.Subscribe("t");
        while ((third.Assignment.Count, fourth.Assignment.Count) != (2, 2))
            foreach (var consumer in new[] { third, fourth }) Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5)));
        Assert.Equal([2], revoked);
        await third.DisposeAsync();
    }

    /// <summary>C-10 and the first promise of a revocation: a record in hand is finished before its partition goes.</summary>
    [Theory, MemberData(nameof(Protocols))]
    public async Task A_revocation_waits_for_the_record_in_hand_and_delivers_none_after_it(string protocol)
    {
        await Broker.CreateTopicAsync("t", 2);
        await ProduceAsync("t", 2, 0, 20);
        await using var first = Member("g", ("group.protocol", protocol), ("partition.assignment.strategy", "range"));
        var revoked = new ConcurrentQueue<TopicPartition>();
        first.Rebalance.OnRevoked((partitions, _) => { foreach (var partition in partitions) revoked.Enqueue(partition); return default; });
        first.Subscribe("t");
        var inHand = await NextAsync(first);
        await using var second = Member("g", ("group.protocol", protocol), ("partition.assignment.strategy", "range"));
        second.Subscribe("t");
        // As long as the first has something of a partition in hand that stays with it.
        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = Broker.BootstrapServers }))
            while ((await admin.DescribeGroupsAsync(["g"]))[0].Value!.Members.Count < 2) Assert.Null(await second.ConsumeAsync(TimeSpan.FromMilliseconds(10)));
        var read = new List<int> { int.Parse(inHand.Message.Value!) };
        for (var round = 0; round < 20; round++)
            if (await second.ConsumeAsync(TimeSpan.FromMilliseconds(10)) is { } other)
            {
                Assert.NotEqual(inHand.TopicPartition, other.TopicPartition);
                read.Add(int.Parse(other.Message.Value!));
            }
        Assert.DoesNotContain(inHand.TopicPartition, revoked);
        while (read.Count < 20 || revoked.IsEmpty || second.Assignment.Count != 1)
        {
            foreach (var consumer in new[] { first, second })
                if (await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5)) is { } result) read.Add(int.Parse(result.Message.Value!));
        }
        Assert.Equal(Enumerable.Range(0, 20), read.Order());
    }

    [Fact]
    public async Task Where_a_handler_seeks_reading_begins()
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Member("g");
        consumer.Rebalance.OnAssigned((partitions, _) =>
        {
            foreach (var partition in partitions) consumer.Seek(new TopicPartitionOffset(partition, 7));
            return default;
        });
        consumer.Subscribe("t");
        Assert.Equal([7, 8, 9], await TakeAsync(consumer, 3));
    }

    /// <summary>Scenario 7.</summary>
    [Theory]
    [InlineData("on-next", 10)]
    [InlineData("on-delivery", 11)]
    public async Task When_the_body_of_the_loop_throws_the_next_consumer_begins_at_the_record_or_behind_it(string timing, int next)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 20);
        await using (var first = Member("g", ("auto.offset.store.timing", timing)))
        {
            first.Subscribe("t");
            var thrown = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            {
                await foreach (var result in first.ConsumeAsync())
                    if (result.Message.Value == "10") throw new InvalidOperationException("poison");
            });
            Assert.Equal("poison", thrown.Message);
        }
        Assert.Equal(next, await CommittedAsync("g", new TopicPartition("t", 0)));
        await using var second = Member("g");
        second.Subscribe("t");
        Assert.Equal([next], await TakeAsync(second, 1));
    }

    /// <summary>C-41: who comes back for more is done with what it had, also when it is told to stop before there is more.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pull_that_is_cancelled_before_it_begins_finishes_what_was_in_hand(bool byBatch)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 20);
        await using (var first = Member("g"))
        {
            first.Subscribe("t");
            Assert.Equal(5, (await TakeAsync(first, 5)).Count);
            using var stop = new CancellationTokenSource();
            await stop.CancelAsync();
            if (byBatch) await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first.ConsumeBatchAsync(stop.Token));
            else await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first.ConsumeAsync(Long, stop.Token));
        }
        Assert.Equal(5, await CommittedAsync("g", new TopicPartition("t", 0)));
    }

    /// <summary>Scenario 20: what runs when the consumer is disposed of runs to its end, the offsets are committed, and the member is gone.</summary>
    [Theory, MemberData(nameof(Protocols))]
    public async Task Disposing_while_a_revocation_is_handled_lets_it_finish_commits_and_leaves(string protocol)
    {
        await Broker.CreateTopicAsync("t", 2);
        await ProduceAsync("t", 2, 0, 10);
        var first = Member("g", ("group.protocol", protocol), ("enable.auto.commit", "true"), ("auto.commit.interval.ms", "3600000"));
        var (entered, release) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var finished = 0;
        first.Rebalance.OnRevoked(async (_, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            Interlocked.Increment(ref finished);
        });
        first.Subscribe("t");
        await TakeAsync(first, 10);
        Assert.Null(await first.ConsumeAsync(TimeSpan.Zero));
        await using var second = Member("g", ("group.protocol", protocol));
        second.Subscribe("t");
        var pending = second.ConsumeAsync(Long).AsTask();
        using (var patience = new CancellationTokenSource(Long))
            while (!entered.Task.IsCompleted) await first.ConsumeAsync(TimeSpan.FromMilliseconds(5), patience.Token);
        var closing = first.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        release.SetResult();
        await closing;
        Assert.True(finished > 0);
        await ProduceAsync("t", 2, 10, 2);
        Assert.Contains(int.Parse((await pending)!.Value.Message.Value!), new[] { 10, 11 });
        Assert.Single(await TakeAsync(second, 1));
    }

    /// <summary>C-50: a pull that waits ends normally, and the group is left.</summary>
    [Theory, MemberData(nameof(Protocols))]
    public async Task Disposing_ends_a_pull_that_waits_and_leaves_at_once(string protocol)
    {
        await Broker.CreateTopicAsync("t", 1);
        var first = Member("g", ("group.protocol", protocol));
        first.Subscribe("t");
        await JoinedAsync(first);
        var pending = first.ConsumeAsync(TimeSpan.FromMinutes(1)).AsTask();
        await first.DisposeAsync();
        Assert.Null(await pending);
        await using var second = Member("g", ("group.protocol", protocol));
        second.Subscribe("t");
        await JoinedAsync(second);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task After_unsubscribing_handlers_and_commits_have_run_and_partitions_can_be_assigned(string protocol)
    {
        await Broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Member("g", ("group.protocol", protocol), ("auto.commit.interval.ms", "3600000"));
        var revoked = 0;
        consumer.Rebalance.OnRevoked((_, _) => { Interlocked.Increment(ref revoked); return default; });
        consumer.Subscribe("t");
        await TakeAsync(consumer, 5);
        Assert.Throws<InvalidOperationException>(() => consumer.Assign(new TopicPartitionOffset("t", 0, 0)));
        Assert.Throws<InvalidOperationException>(consumer.Unassign);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero) is { Message.Value: "5" } ? null : "the sixth is there");
        consumer.Unsubscribe();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Stored));
        // The sixth was in hand: asking for more is to be done with it, which is committed before anything else.
        Assert.Equal([6], await TakeAsync(consumer, 1));
        Assert.Equal(1, revoked);
        Assert.Throws<InvalidOperationException>(() => consumer.Subscribe("t"));
        consumer.Unassign();
        consumer.Subscribe("t");
        await JoinedAsyncOrRead(consumer);
    }

    static async Task JoinedAsyncOrRead(IConsumer<string, string> consumer)
    {
        using var patience = new CancellationTokenSource(Long);
        while (consumer.Assignment.Count == 0) await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5), patience.Token);
    }

    [Fact]
    public async Task Without_a_group_what_needs_one_says_so()
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = Broker.BootstrapServers }).Build();
        Assert.Equal(["group.id"], Assert.Throws<KafkaConfigException>(() => consumer.Subscribe("t")).Keys);
        Assert.Contains("group.id", Assert.Throws<InvalidOperationException>(() => consumer.GroupMetadata).Message);
        Assert.Contains("group.id", Assert.Throws<InvalidOperationException>(() => consumer.Rebalance).Message);
        Assert.Contains("group.id", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.CommitAsync())).Message);
        Assert.Contains("group.id", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.CommittedAsync([new TopicPartition("t", 0)]))).Message);
        consumer.Unsubscribe();
    }

    [Fact]
    public async Task After_it_was_disposed_of_everything_says_so()
    {
        var consumer = Member("g");
        await consumer.DisposeAsync();
        await consumer.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => consumer.Subscribe("t"));
        Assert.Throws<ObjectDisposedException>(consumer.Unsubscribe);
        Assert.Throws<ObjectDisposedException>(() => consumer.Assign(new TopicPartitionOffset("t", 0, 0)));
        Assert.Throws<ObjectDisposedException>(consumer.Unassign);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.ConsumeAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.ConsumeBatchAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => consumer.ConsumePartitionedAsync((_, _) => Task.CompletedTask));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => { await foreach (var _ in consumer.ConsumeAsync()) { } });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.CommitAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.CommitAsync([new TopicPartitionOffset("t", 0, 1)]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.CommittedAsync([new TopicPartition("t", 0)]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.GetWatermarksAsync(new TopicPartition("t", 0)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await consumer.GetLagAsync(new TopicPartition("t", 0)));
        Assert.Throws<ObjectDisposedException>(() => consumer.Seek(new TopicPartitionOffset("t", 0, 1)));
    }

    /// <summary>A handler that disposes of the consumer is itself waited for by the closing: it may not wait in turn.</summary>
    [Fact]
    public async Task A_handler_may_dispose_of_the_consumer()
    {
        await Broker.CreateTopicAsync("t", 1);
        var consumer = Member("g");
        var disposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        consumer.Rebalance.OnAssigned(async (_, _) =>
        {
            await consumer.DisposeAsync();
            disposed.SetResult();
        });
        consumer.Subscribe("t");
        Assert.Null(await consumer.ConsumeAsync(Long));
        await disposed.Task.WaitAsync(Long);
        await consumer.DisposeAsync().AsTask().WaitAsync(Long);
    }
}
