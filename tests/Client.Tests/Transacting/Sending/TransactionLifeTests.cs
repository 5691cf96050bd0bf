using Semel.Protocol;
using static Semel.Client.Tests.Transacting.Sending.TransactionCluster;

namespace Semel.Client.Tests.Transacting.Sending;

/// <summary>What is left behind is aborted; what can be repeated is; no record is ever in a transaction that it was not brought to.</summary>
public class TransactionLifeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_transaction_that_is_disposed_of_without_a_commit_is_aborted(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        await using (var transaction = await producer.BeginTransactionAsync()) await transaction.ProduceAsync(Out, Record("gone"));
        Assert.Equal(TransactionState.Ready, producer.State);
        Assert.Empty(await cluster.ReadAsync());
        Assert.Equal(["gone"], await cluster.ReadAsync(isCommitted: false));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    public async Task A_producer_that_is_disposed_of_with_an_open_transaction_aborts_it(short version, bool isAsync)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        var producer = await cluster.ReadyAsync(version);
        var transaction = await producer.BeginTransactionAsync();
        await transaction.ProduceAsync(Out, Record("gone"));
        if (isAsync) await producer.DisposeAsync();
        else producer.Dispose();
        // Readers of committed records do not stand still behind it.
        await using (var next = await cluster.ReadyAsync(version, "orders-2"))
        {
            await using var after = await next.BeginTransactionAsync();
            await after.EnqueueAsync(Out, Record("after"));
            await after.CommitAsync();
        }
        Assert.Equal(["after"], await cluster.ReadAsync());
        var closed = await Assert.ThrowsAnyAsync<KafkaException>(async () => await producer.BeginTransactionAsync());
        Assert.Equal(LocalErrorCode.Closed, closed.Error.LocalCode);
        await Assert.ThrowsAnyAsync<Exception>(async () => await transaction.CommitAsync());
    }

    /// <summary>They still wait for the topic's metadata when the commit is called.</summary>
    [Fact]
    public async Task Records_that_nobody_awaited_are_committed_with_the_others_or_keep_the_transaction_from_being_committed()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(2);
        await using (var transaction = await producer.BeginTransactionAsync())
        {
            for (var number = 0; number < 10; number++) _ = transaction.EnqueueAsync(Out, Record($"{number}"));
            await transaction.CommitAsync();
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(number => $"{number}").Order(), (await cluster.ReadAsync()).Order());
        await using (var transaction = await producer.BeginTransactionAsync())
        {
            _ = transaction.EnqueueAsync("no/topic", Record("nowhere"));
            var refused = await Assert.ThrowsAnyAsync<KafkaException>(async () => await transaction.CommitAsync());
            Assert.True(refused.TransactionRequiresAbort);
            await transaction.AbortAsync();
        }
    }

    [Fact]
    public async Task A_producer_that_was_never_used_is_disposed_of_without_a_word()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await cluster.Produce().DisposeAsync();
        cluster.Produce().Dispose();
        Assert.Equal(0, cluster.Proxy.ConnectionCount);
    }

    /// <summary>Its caller gave up, and the transaction began all the same: nobody would end it.</summary>
    [Fact]
    public async Task A_begin_that_is_cancelled_leaves_no_transaction_open()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(1);
        for (var at = 0; at < 200; at++)
        {
            using var cancelling = new CancellationTokenSource();
            var beginning = producer.BeginTransactionAsync(cancelling.Token).AsTask();
            cancelling.Cancel();
            // Refused, when the machine had not heard yet of the begin before, which was cancelled and began all the same.
            try { await (await beginning).DisposeAsync(); }
            catch (Exception ended) when (ended is OperationCanceledException or InvalidOperationException) { }
            await Eventually.Is(() => producer.State == TransactionState.Ready);
        }
        // What is asked for last is heard last: behind it no begin is on its way.
        ITransaction<string, string>? open = null;
        while (open is null)
        {
            await Eventually.Is(() => producer.State == TransactionState.Ready);
            try { open = await producer.BeginTransactionAsync(); }
            catch (InvalidOperationException) { }
        }
        await open.ProduceAsync(Out, Record("seen"));
        await open.CommitAsync();
        Assert.Equal(["seen"], await cluster.ReadAsync());
    }

    /// <summary>Scenario 19: one task brings records while another commits.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_record_is_in_the_transaction_that_it_was_brought_to_or_is_refused(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        var accepted = new List<string>();
        for (var number = 0; number < 60; number++)
        {
            var transaction = await producer.BeginTransactionAsync();
            var isAborted = number % 5 == 4;
            var bringing = Task.Run(async () =>
            {
                var mine = new List<string>();
                for (var record = 0; ; record++)
                {
                    var value = $"{number:000}-{record:00000}";
                    try { await transaction.EnqueueAsync(new TopicPartition(Out, record % 3), Record(value)); }
                    catch (Exception refused) when (refused is InvalidOperationException or ProduceException { Error.LocalCode: LocalErrorCode.TransactionAborted }) { return mine; }
                    mine.Add(value);
                }
            });
            while (transaction is not null && producer.Info.BufferedBytes == 0 && !bringing.IsCompleted) await Task.Yield();
            if (isAborted) await transaction!.AbortAsync();
            else await transaction!.CommitAsync();
            var mine = await bringing;
            if (!isAborted) accepted.AddRange(mine);
        }
        Assert.True(accepted.Count > 60);
        accepted.Sort(StringComparer.Ordinal);
        Assert.Equal(accepted, await cluster.ReadAsync());
    }

    [Fact]
    public async Task A_body_is_run_again_after_what_can_be_mended()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        var runs = 0;
        var result = await producer.ExecuteAsync(async (transaction, token) =>
        {
            runs++;
            await transaction.EnqueueAsync(Out, Record($"run {runs}"), token);
            // Somebody else's transaction, a lost group: the body says that this one is over.
            if (runs < 3) throw new KafkaException(new Error(ErrorCode.TransactionAbortable, "not now"), ErrorClass.Abortable);
            return runs;
        }, new TransactionRetry { Backoff = TimeSpan.FromMilliseconds(1) });
        Assert.Equal((3, 3), (result, runs));
        Assert.Equal(["run 3"], await cluster.ReadAsync());
    }

    [Fact]
    public async Task A_body_that_fails_by_itself_aborts_and_is_not_repeated()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        var runs = 0;
        await Assert.ThrowsAsync<FormatException>(async () => await producer.ExecuteAsync(async (transaction, token) =>
        {
            runs++;
            await transaction.ProduceAsync(Out, Record("gone"), token);
            throw new FormatException("not a number");
        }));
        Assert.Equal((1, TransactionState.Ready), (runs, producer.State));
        Assert.Empty(await cluster.ReadAsync());
    }

    /// <summary>The same record would be refused the same way.</summary>
    [Fact]
    public async Task What_cannot_be_mended_is_thrown_and_not_repeated()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await cluster.Broker.CreateTopicAsync("small", 1, new Dictionary<string, string> { ["max.message.bytes"] = "500" });
        await using var producer = await cluster.ReadyAsync();
        var runs = 0;
        var refused = await Assert.ThrowsAsync<KafkaException>(async () => await producer.ExecuteAsync(async (transaction, token) =>
        {
            runs++;
            await transaction.EnqueueAsync("small", Record(new string('x', 1000)), token);
        }));
        Assert.Equal((1, ErrorCode.MessageTooLarge, TransactionState.Ready), (runs, refused.Error.Code, producer.State));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_body_whose_commit_is_cut_is_committed_once(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version, config: ("max.block.ms", "2000"));
        cluster.Fault("EndTxn:answer:cut:count=3");
        for (var number = 0; number < 5; number++)
            await producer.ExecuteAsync(async (transaction, token) =>
            {
                await transaction.EnqueueAsync(Out, Record($"{number}"), token);
                await transaction.SendOffsetsAsync([new(In, 0, number + 1)], Group, token);
            });
        Assert.Equal(["0", "1", "2", "3", "4"], await cluster.ReadAsync());
    }

    [Fact]
    public async Task Lower_offsets_negative_offsets_and_none_are_refused_without_touching_the_transaction()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.SendOffsetsAsync([new(In, 0, 5)], Group);
        await Assert.ThrowsAsync<ArgumentException>(async () => await transaction.SendOffsetsAsync([new(In, 0, 4)], Group));
        await Assert.ThrowsAsync<ArgumentException>(async () => await transaction.SendOffsetsAsync([new(In, 0, Offset.End)], Group));
        await Assert.ThrowsAsync<ArgumentException>(async () => await transaction.SendOffsetsAsync([], Group));
        await transaction.CommitAsync();
        Assert.Equal(5L, await cluster.CommittedAsync());
    }

    /// <summary>Cancelling ends the wait and not the commit.</summary>
    [Fact]
    public async Task A_cancelled_commit_goes_on_and_can_be_awaited_again()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.EnqueueAsync(Out, Record("kept"));
        cluster.Fault("EndTxn:request:delay=200");
        using var cancelling = new CancellationTokenSource();
        var committing = transaction.CommitAsync(cancelling.Token).AsTask();
        cancelling.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => committing);
        await transaction.CommitAsync();
        Assert.Equal(["kept"], await cluster.ReadAsync());
    }
}
