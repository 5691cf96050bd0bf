using System.Collections.Concurrent;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

/// <summary>C-52: one ordered stream per partition, each with its own processed position.</summary>
public sealed class PartitionStreamTests : ScriptedGroupTest
{
    static string[] Numbers(int from, int count) => [.. Enumerable.Range(from, count).Select(static number => $"{number}")];

    [Fact]
    public async Task Each_partition_has_a_stream_in_order_and_a_slow_one_holds_up_no_other()
    {
        _logs[0].Append(Numbers(0, 10));
        _logs[1].Append(Numbers(100, 10));
        var consumer = Subscribed();
        var read = new ConcurrentDictionary<int, List<string>>();
        var slow = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var running = consumer.ConsumePartitionedAsync(async (stream, cancellation) =>
        {
            var mine = read.GetOrAdd(stream.TopicPartition.Partition, static _ => []);
            await foreach (var result in stream.WithCancellation(cancellation))
            {
                if (stream.TopicPartition.Partition == 0 && mine.Count == 3) await slow.Task;
                lock (mine) mine.Add(result.Message.Value!);
            }
        }, stop.Token);
        await _group.AssignAsync(Partition(0), Partition(1));
        await Eventually.Is(() => Count(1) == 10 && Count(0) == 3 && consumer.GetPositions(Partition(1)).Processed == 10);
        Assert.Equal((4L, 3L), (consumer.GetPositions(Partition(0)).Delivered, consumer.GetPositions(Partition(0)).Processed));
        await consumer.CommitAsync();
        Assert.Equal((3L, 10L), (_group.Stored[Partition(0)].Offset, _group.Stored[Partition(1)].Offset));
        slow.SetResult();
        await Eventually.Is(() => Count(0) == 10);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal([.. Numbers(0, 10), .. Numbers(100, 10)], read[0].Concat(read[1]));

        int Count(int partition)
        {
            if (!read.TryGetValue(partition, out var values)) return 0;
            lock (values) return values.Count;
        }
    }

    [Fact]
    public async Task A_partition_that_goes_waits_for_its_handler_and_commits_what_that_has_finished()
    {
        _logs[0].Append(Numbers(0, 10));
        _logs[1].Append(Numbers(100, 10));
        var consumer = Subscribed();
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var ended = new ConcurrentQueue<int>();
        using var stop = new CancellationTokenSource();
        var running = consumer.ConsumePartitionedAsync(async (stream, cancellation) =>
        {
            await foreach (var result in stream.WithCancellation(cancellation))
            {
                if (result.Message.Value != "4") continue;
                entered.SetResult();
                await release.Task;
            }
            ended.Enqueue(stream.TopicPartition.Partition);
        }, stop.Token);
        await _group.AssignAsync(Partition(0), Partition(1));
        await entered.Task;
        var revoking = _group.RevokeAsync(Partition(0));
        Assert.False(revoking.IsCompleted);
        Assert.Empty(_group.Commits);
        release.SetResult();
        await revoking.WaitAsync(Long);
        Assert.Equal([0], ended);
        Assert.Equal(5, _group.Stored[Partition(0)].Offset);
        Assert.False(running.IsCompleted);
        await Eventually.Is(() => consumer.GetPositions(Partition(1)).Processed == 10);
        await consumer.DisposeAsync();
        await running.WaitAsync(Long);
        Assert.Equal([0, 1], ended.Order());
        Assert.Equal(10, _group.Stored[Partition(1)].Offset);
    }

    [Fact]
    public async Task What_a_handler_throws_ends_the_call_and_what_it_had_in_hand_comes_again()
    {
        _logs[0].Append(Numbers(0, 10));
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.ConsumePartitionedAsync(static async (stream, _) =>
        {
            await foreach (var result in stream)
                if (result.Message.Value == "6") throw new InvalidOperationException("poison");
        }));
        Assert.Equal("poison", thrown.Message);
        Assert.Equal((6L, 6L), (consumer.GetPositions(Partition(0)).Delivered, consumer.GetPositions(Partition(0)).Processed));
        Assert.Equal(["6", "7"], await TakeAsync(consumer, 2));
    }

    [Fact]
    public async Task A_handler_of_a_lost_partition_is_told_by_its_token_and_the_next_one_begins_after_it_has_ended()
    {
        _logs[0].Append(Numbers(0, 3));
        var consumer = Subscribed();
        var (running, most, runs) = (0, 0, 0);
        var release = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var call = consumer.ConsumePartitionedAsync(async (_, cancellation) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            Interlocked.Increment(ref runs);
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await release.Task;
            Interlocked.Decrement(ref running);
        }, stop.Token);
        await _group.AssignAsync(Partition(0));
        await Eventually.Is(() => Volatile.Read(ref runs) == 1);
        await _group.LoseAsync(Partition(0));
        await _group.AssignAsync(Partition(0));
        Assert.Equal(1, Volatile.Read(ref runs));
        release.SetResult();
        await Eventually.Is(() => Volatile.Read(ref runs) == 2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_handler_may_dispose_of_the_consumer()
    {
        _logs[0].Append("0");
        var consumer = Subscribed();
        await _group.AssignAsync(Partition(0));
        await consumer.ConsumePartitionedAsync(async (stream, _) =>
        {
            await foreach (var result in stream) await consumer.DisposeAsync();
        }).WaitAsync(Long);
        await consumer.DisposeAsync().AsTask().WaitAsync(Long);
        Assert.True(_group.IsClosed);
    }

    [Fact]
    public async Task While_the_session_may_be_over_streams_get_nothing()
    {
        var consumer = Subscribed();
        var read = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var running = consumer.ConsumePartitionedAsync(async (stream, cancellation) =>
        {
            await foreach (var result in stream.WithCancellation(cancellation)) read.Enqueue(result.Message.Value!);
        }, stop.Token);
        await _group.AssignAsync(Partition(0));
        _logs[0].Append("0");
        await Eventually.Is(() => read.Count == 1);
        _group.MayDeliver = false;
        _logs[0].Append("1");
        await Eventually.Is(() => consumer.GetPositions(Partition(0)).End == 2);
        await _group.LoseAsync(Partition(0));
        Assert.Equal(["0"], read);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task One_pull_at_a_time_counts_for_streams_as_well()
    {
        var consumer = Subscribed();
        using var stop = new CancellationTokenSource();
        var running = consumer.ConsumePartitionedAsync(static (_, _) => Task.CompletedTask, stop.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.ConsumeAsync(TimeSpan.Zero));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
    }
}
