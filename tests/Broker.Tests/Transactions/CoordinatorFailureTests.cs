using System.Diagnostics;
using Semel.Broker.Tests.Support;
using Semel.Log.Memory;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Transactions;

/// <summary>Disks that fail under a coordinator or under a participant, and kills in between: what was decided stays decided, and everything goes on by itself.</summary>
public class CoordinatorFailureTests : BrokerTest
{
    const string Topic = "orders";

    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;

    async Task<TransactionalClient> WrittenAsync(bool isNew)
    {
        await Broker.CreateTopicAsync(Topic, 2);
        var client = new TransactionalClient(await ConnectAsync(), "copier", isNew);
        Assert.Equal(ErrorCode.None, await client.InitAsync());
        foreach (var partition in new[] { 0, 1 }) Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, partition, "v"));
        return client;
    }

    async Task<(long LastStable, long End)> BoundsAsync(int partition)
    {
        await using var client = await FrameClient.ConnectAsync(Broker.Broker.EndPoint);
        var row = await client.FetchAsync(Topic, partition, 0, IsolationLevel.ReadCommitted);
        return (row.LastStableOffset, row.HighWatermark);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_participant_that_cannot_be_ended_is_waited_for_a_second_and_ended_as_soon_as_it_can_be(bool isNew)
    {
        var client = await WrittenAsync(isNew);
        Broker.Store.AppendFaults = name => name.StartsWith($"{Topic}-1~") ? AppendFault.NothingWritten : AppendFault.None;
        var sent = client.EndAsync(true);
        await AwaitAsync(() => Broker.Broker.Topics.TryFind(Topic, out var topic) && topic.Partitions[0].Reader.View is { LastStableOffset: 2 });
        Assert.False(sent.IsCompleted);
        for (var step = 0; step < 20 && !sent.IsCompleted; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            for (var look = 0; look < 20; look++) await BoundsAsync(0);
        }
        Assert.Equal(ErrorCode.None, await sent);
        Assert.Equal((2L, 2L), await BoundsAsync(0));
        Assert.Equal((0L, 1L), await BoundsAsync(1));
        Assert.Equal("PrepareCommit", (await client.DescribeAsync()).TransactionState);
        // Asking gives the broker its time between the steps.
        await PassAsync(async () => (await client.DescribeAsync()).TransactionState == "PrepareCommit" && Lines.All.Any(line => line.Text.Contains("could not be ended yet in orders-1")));
        Broker.Store.AppendFaults = null;
        await PassAsync(async () => (await client.DescribeAsync()).TransactionState == "CompleteCommit");
        Assert.Equal((2L, 2L), await BoundsAsync(1));
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 1, "next"));
    }

    /// <summary>The clock goes on until something has come, no faster than what is under way gets on: a busy machine would else be far behind it.</summary>
    async Task PassAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            var looked = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(looked) < TimeSpan.FromMilliseconds(5)) await Task.Yield();
            patience.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task T1_A_decision_whose_participants_do_not_know_it_is_told_to_all_after_a_kill(bool isNew, bool commit)
    {
        var client = await WrittenAsync(isNew);
        Broker.Store.AppendFaults = name => name.StartsWith($"{Topic}-1~") ? AppendFault.NothingWritten : AppendFault.None;
        await client.Connection.SendAsync(client.EndRequest(commit), ApiKey.EndTxn, client.EndVersion);
        await AwaitAsync(() => Broker.Broker.Topics.TryFind(Topic, out var topic) && topic.Partitions[0].Reader.View is { LastStableOffset: 2 });
        await Broker.KillAndRestartAsync();
        // Not before: the second participant would be told by the broker that is killed.
        Broker.Store.AppendFaults = null;
        client.Connection = await ConnectAsync();
        // Under the first protocol a marker that was there before the kill, and is told again, is appended again.
        await PassAsync(async () => await BoundsAsync(1) is (>= 2 and var lastStable, var end) && lastStable == end);
        await PassAsync(async () => (await client.DescribeAsync()).TransactionState.StartsWith("Complete"));
        Assert.Equal(ErrorCode.None, await client.EndAsync(commit));
        Assert.Equal(isNew ? 1 : 0, client.Epoch.Value);
        Assert.Equal(commit ? "CompleteCommit" : "CompleteAbort", (await client.DescribeAsync()).TransactionState);
        Assert.Equal(ErrorCode.None, await client.WriteAsync(Topic, 0, "next"));
    }

    /// <summary>Nobody knows whether it is in the log: the coordinator is folded anew, and whoever asks again is answered by what it finds there.</summary>
    [Theory]
    [InlineData(AppendFault.NothingWritten, true)]
    [InlineData(AppendFault.NothingWritten, false)]
    [InlineData(AppendFault.Durable, true)]
    [InlineData(AppendFault.Durable, false)]
    public async Task T24_An_end_whose_record_failed_is_asked_again_and_answered_once(AppendFault fault, bool isNew)
    {
        var client = await WrittenAsync(isNew);
        var failures = 1;
        Broker.Store.AppendFaults = name => name.StartsWith("__transaction_state") && failures-- > 0 ? fault : AppendFault.None;
        Assert.Equal(ErrorCode.NotCoordinator, await client.EndAsync(true));
        // Folded anew, the coordinator does not know any more who spoke last: a client of the first protocol comes again over another connection.
        if (!isNew)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await client.Connection.SendAsync(client.EndRequest(true), ApiKey.EndTxn, 4);
            Assert.True(await client.Connection.IsClosedAsync());
        }
        client.Connection = await ConnectAsync();
        await PassAsync(async () => await client.EndAsync(true) is var error && (error == ErrorCode.None || (error is ErrorCode.ConcurrentTransactions or ErrorCode.NotCoordinator ? false : throw new InvalidOperationException($"{error}"))));
        Assert.Equal(isNew ? 1 : 0, client.Epoch.Value);
        foreach (var partition in new[] { 0, 1 }) Assert.Equal((2L, 2L), await BoundsAsync(partition));
    }

    [Fact]
    public async Task T24_A_partition_whose_adding_failed_is_written_to_by_nobody_who_a_restart_would_not_know()
    {
        var client = await WrittenAsync(isNew: false);
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        var failures = 1;
        Broker.Store.AppendFaults = name => name.StartsWith("__transaction_state") && failures-- > 0 ? AppendFault.Durable : AppendFault.None;
        Assert.Equal(ErrorCode.NotCoordinator, await client.AddAsync(Topic, 0));
        client.Connection = await ConnectAsync();
        await PassAsync(async () => await client.AddAsync(Topic, 0) == ErrorCode.None);
        Assert.Equal(ErrorCode.None, await client.ProduceAsync(Topic, 0, "next"));
        await Broker.KillAndRestartAsync();
        client.Connection = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await client.EndAsync(true));
        Assert.Equal((4L, 4L), await BoundsAsync(0));
    }

    [Fact]
    public async Task A_stop_in_order_answers_who_waits_for_a_participant_and_the_next_start_ends_it()
    {
        var client = await WrittenAsync(isNew: true);
        Broker.Store.AppendFaults = name => name.StartsWith($"{Topic}-1~") ? AppendFault.NothingWritten : AppendFault.None;
        await client.Connection.SendAsync(client.EndRequest(true), ApiKey.EndTxn, 5);
        await AwaitAsync(() => Broker.Broker.Topics.TryFind(Topic, out var topic) && topic.Partitions[0].Reader.View is { LastStableOffset: 2 });
        var stopping = Broker.RestartAsync();
        await AwaitAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return stopping.IsCompleted;
        });
        await stopping;
        Broker.Store.AppendFaults = null;
        client.Connection = await ConnectAsync();
        await PassAsync(async () => (await client.DescribeAsync()).TransactionState == "CompleteCommit");
        Assert.Equal((2L, 2L), await BoundsAsync(1));
    }
}
