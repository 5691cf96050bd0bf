using Semel.Protocol;
using static Semel.Client.Tests.Transacting.Sending.TransactionCluster;

namespace Semel.Client.Tests.Transacting.Sending;

/// <summary>Transactions on the real broker, by both protocols: what readers see, and what each call tells.</summary>
public class TransactionTests
{
    /// <summary>Scenario 1.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Records_of_several_partitions_and_offsets_are_seen_together_or_never(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        await using (var committed = await producer.BeginTransactionAsync())
        {
            for (var partition = 0; partition < 3; partition++) await committed.EnqueueAsync(new TopicPartition(Out, partition), Record($"kept{partition}"));
            await committed.SendOffsetsAsync([new(In, 0, 5), new(In, 1, 7)], Group);
            await committed.CommitAsync();
        }
        Assert.Equal(["kept0", "kept1", "kept2"], await cluster.ReadAsync());
        Assert.Equal((5L, 7L), (await cluster.CommittedAsync(0), await cluster.CommittedAsync(1)));
        await using (var aborted = await producer.BeginTransactionAsync())
        {
            for (var partition = 0; partition < 3; partition++) await aborted.ProduceAsync(new TopicPartition(Out, partition), Record($"gone{partition}"));
            await aborted.SendOffsetsAsync([new(In, 0, 50)], Group);
            await aborted.AbortAsync();
        }
        Assert.Equal(TransactionState.Ready, producer.State);
        Assert.Equal(["kept0", "kept1", "kept2"], await cluster.ReadAsync());
        Assert.Equal(6, (await cluster.ReadAsync(isCommitted: false)).Count);
        Assert.Equal(5L, await cluster.CommittedAsync(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Many_transactions_of_one_producer_commit_and_abort_in_turn(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version);
        for (var number = 0; number < 40; number++)
        {
            await using var transaction = await producer.BeginTransactionAsync();
            for (var record = 0; record < 5; record++) await transaction.EnqueueAsync(Out, Record($"{number:000}-{record}"));
            if (number % 3 == 2) await transaction.AbortAsync();
            else await transaction.CommitAsync();
        }
        Assert.Equal(Enumerable.Range(0, 40).Where(static number => number % 3 != 2).SelectMany(static number =>
            Enumerable.Range(0, 5).Select(record => $"{number:000}-{record}")), await cluster.ReadAsync());
    }

    /// <summary>Scenario 2: nobody awaits a record, and one of them is refused by the broker.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_record_that_the_broker_refuses_makes_the_commit_refuse(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await cluster.Broker.CreateTopicAsync("small", 1, new Dictionary<string, string> { ["max.message.bytes"] = "500" });
        await using var producer = await cluster.ReadyAsync(version);
        var transaction = await producer.BeginTransactionAsync();
        for (var record = 0; record < 1000; record++) await transaction.EnqueueAsync(Out, Record($"{record}"));
        await transaction.EnqueueAsync("small", Record(new string('x', 1000)));
        var refused = await Assert.ThrowsAsync<KafkaException>(async () => await transaction.CommitAsync());
        Assert.Equal((ErrorClass.Abortable, ErrorCode.MessageTooLarge), (refused.Class, refused.Error.Code));
        Assert.Equal(ErrorClass.Record, Assert.IsType<ProduceException>(refused.InnerException).Class);
        Assert.Contains("AbortAsync", refused.Message);
        Assert.Equal(TransactionState.Abortable, producer.State);
        // Whoever goes on as if nothing had happened is told the same, by a record as well.
        Assert.Equal(refused.Error, (await Assert.ThrowsAsync<KafkaException>(async () => await transaction.EnqueueAsync(Out, Record("more")))).Error);
        await transaction.AbortAsync();
        Assert.Empty(await cluster.ReadAsync());
        await using var next = await producer.BeginTransactionAsync();
        await next.EnqueueAsync(Out, Record("after"));
        await next.CommitAsync();
        Assert.Equal(["after"], await cluster.ReadAsync());
    }

    /// <summary>A record that never came so far as to be accepted was refused to its caller: the transaction is as it was.</summary>
    [Fact]
    public async Task A_record_that_is_refused_before_it_is_accepted_leaves_the_transaction_open()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.EnqueueAsync(Out, Record("kept"));
        var refused = await Assert.ThrowsAsync<ProduceException>(async () => await transaction.EnqueueAsync(Out, Record(new string('x', 2_000_000))));
        Assert.Equal(ErrorClass.Record, refused.Class);
        await transaction.CommitAsync();
        Assert.Equal(["kept"], await cluster.ReadAsync());
    }

    /// <summary>Scenario 14.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_second_producer_with_the_id_fences_the_first_and_the_message_tells_who_has_it(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var first = await cluster.ReadyAsync(version);
        await using var zombie = await first.BeginTransactionAsync();
        await zombie.ProduceAsync(Out, Record("before"));
        await using var second = await cluster.ReadyAsync(version);
        await zombie.EnqueueAsync(Out, Record("after"));
        var failure = await Assert.ThrowsAnyAsync<KafkaException>(async () => await zombie.CommitAsync());
        if (first.State == TransactionState.Abortable) failure = await Assert.ThrowsAsync<ProducerFencedException>(async () => await zombie.AbortAsync());
        Assert.Equal((ErrorClass.Fenced, TransactionState.Fenced), (failure.Class, first.State));
        Assert.Contains("orders-1", failure.Message);
        Assert.Contains($"producer id {second.Info.ProducerId}", failure.Message);
        await using (var own = await second.BeginTransactionAsync())
        {
            await own.EnqueueAsync(Out, Record("own"));
            await own.CommitAsync();
        }
        Assert.Equal(["own"], await cluster.ReadAsync());
        Assert.IsType<ProducerFencedException>(await Assert.ThrowsAnyAsync<KafkaException>(async () => await first.BeginTransactionAsync()));
    }

    /// <summary>Scenario 15 over the wire.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Empty_transactions_send_nothing(short version)
    {
        await using var cluster = await TransactionCluster.StartAsync();
        cluster.Fault("EndTxn+AddPartitionsToTxn:request:delay=0");
        await using var producer = await cluster.ReadyAsync(version);
        for (var at = 0; at < 200; at++)
        {
            await using var transaction = await producer.BeginTransactionAsync();
            if (at % 2 == 0) await transaction.CommitAsync();
        }
        Assert.Equal((0, 0), (cluster.Struck(ApiKey.EndTxn), cluster.Struck(ApiKey.AddPartitionsToTxn)));
    }

    /// <summary>Scenario 16.</summary>
    [Fact]
    public async Task The_feature_changes_up_and_down_between_transactions_and_all_commit()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync(version: 1);
        var versions = (short[])[1, 2, 2, 1, 1, 2];
        for (var at = 0; at < versions.Length; at++)
        {
            TransactionCluster.Speak(producer, versions[at], 1_000_001 + at);
            await using var transaction = await producer.BeginTransactionAsync();
            await transaction.EnqueueAsync(Out, Record($"{at}"));
            await transaction.SendOffsetsAsync([new(In, 0, at + 1)], Group);
            await transaction.CommitAsync();
        }
        Assert.Equal(["0", "1", "2", "3", "4", "5"], await cluster.ReadAsync());
        Assert.Equal(6L, await cluster.CommittedAsync());
    }

    /// <summary>Scenario 17, with a clock that the test moves.</summary>
    [Fact]
    public async Task A_transaction_that_is_open_for_too_long_takes_no_records_and_can_be_aborted()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        var time = new ManualTime();
        await using var producer = cluster.Builder("orders-1", ("transaction.timeout.ms", "5000"), ("request.timeout.ms", "4000"), ("max.block.ms", "600000"),
            ("linger.ms", "0"))
            .UseTimeProvider(time).BuildTransactional();
        await producer.InitTransactionsAsync(new CancellationTokenSource().Token);
        var transaction = await producer.BeginTransactionAsync();
        await transaction.ProduceAsync(Out, Record("one"));
        time.Advance(TimeSpan.FromMilliseconds(4500));
        KafkaException? refused = null;
        await Eventually.Is(() =>
        {
            try { return transaction.TryProduce(Out, Record("two"), out _) && false; }
            catch (KafkaException too) { refused = too; }
            return true;
        });
        Assert.Equal((ErrorClass.Abortable, LocalErrorCode.TransactionTooLong), (refused!.Class, refused.Error.LocalCode));
        await transaction.AbortAsync();
        Assert.Equal(TransactionState.Ready, producer.State);
        Assert.Empty(await cluster.ReadAsync());
    }

    [Fact]
    public async Task Calls_in_a_wrong_order_name_the_state_and_change_nothing()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = cluster.Produce();
        Assert.Contains("InitTransactionsAsync", (await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await producer.BeginTransactionAsync())).Message);
        await producer.InitTransactionsAsync();
        Assert.Contains("Ready", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await producer.InitTransactionsAsync())).Message);
        var first = await producer.BeginTransactionAsync();
        Assert.Contains("InTransaction", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await producer.BeginTransactionAsync())).Message);
        await first.EnqueueAsync(Out, Record("first"));
        await first.CommitAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await first.AbortAsync());
        await using var second = await producer.BeginTransactionAsync();
        await second.EnqueueAsync(Out, Record("second"));
        // The first one is over: nothing of it comes into the second.
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await first.EnqueueAsync(Out, Record("stray")));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await first.SendOffsetsAsync([new(In, 0, 1)], Group));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await first.ResolveAsync());
        await second.CommitAsync();
        Assert.Equal(TransactionOutcome.Committed, await second.ResolveAsync());
        Assert.Equal(["first", "second"], await cluster.ReadAsync());
    }

    [Fact]
    public async Task A_producer_is_built_by_the_method_of_its_kind()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        var refused = Assert.Throws<KafkaConfigException>(() => cluster.Builder().Build());
        Assert.Contains("BuildTransactional", refused.Message);
        Assert.Equal(["transactional.id"], refused.Keys);
        Assert.Contains("transactional.id", Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<string,
            string>(new ProducerConfig { BootstrapServers = "b:1" }).BuildTransactional()).Message);
    }

    /// <summary>V25.</summary>
    [Fact]
    public async Task A_time_out_that_the_broker_does_not_allow_is_told_with_the_brokers_setting()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = cluster.Produce(config: [("transaction.timeout.ms", "1000000")]);
        var refused = await Assert.ThrowsAsync<KafkaConfigException>(async () => await producer.InitTransactionsAsync());
        Assert.Contains("transaction.max.timeout.ms", refused.Message);
        Assert.Equal(["transaction.timeout.ms"], refused.Keys);
    }

    [Fact]
    public async Task Records_of_other_types_go_into_the_same_transaction()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.EnqueueAsync(Out, 7, "seven", TopicSerdes<int, string>.Default, new Headers { { "kind", "number"u8.ToArray() } });
        Assert.True(transaction.TryProduce(Out, new RawRecord { Value = "raw"u8 }, out _));
        transaction.Produce(Out, Record("handled"), static _ => { });
        await transaction.CommitAsync();
        Assert.Equal(["handled", "raw", "seven"], await cluster.ReadAsync());
    }

    /// <summary>To its caller a record of Produce is taken: the commit waits for it, also while its topic is not known yet.</summary>
    [Fact]
    public async Task A_record_that_still_waits_for_its_place_is_part_of_the_transaction()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        var told = new TaskCompletionSource<PersistenceStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        transaction.Produce(Out, Record("waited"), report => told.SetResult(report.Status));
        await transaction.CommitAsync();
        Assert.Equal(PersistenceStatus.Persisted, await told.Task);
        Assert.Equal(["waited"], await cluster.ReadAsync());
    }

    /// <summary>And when it finds no place, the transaction is not what was wanted.</summary>
    [Fact]
    public async Task A_record_that_was_taken_and_finds_no_place_makes_the_transaction_abortable()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        await using var transaction = await producer.BeginTransactionAsync();
        await transaction.EnqueueAsync(Out, Record("beside"));
        transaction.Produce("no/such name", Record("lost"), static _ => { });
        var refused = await Assert.ThrowsAsync<KafkaException>(async () => await transaction.CommitAsync());
        Assert.Equal((ErrorClass.Abortable, ErrorCode.InvalidTopicException), (refused.Class, refused.Error.Code));
        await transaction.AbortAsync();
        Assert.Empty(await cluster.ReadAsync());
    }

    /// <summary>An abort drops what waits, and tells its handler.</summary>
    [Fact]
    public async Task An_abort_ends_what_still_waits_for_its_place()
    {
        await using var cluster = await TransactionCluster.StartAsync();
        await using var producer = await cluster.ReadyAsync();
        cluster.Fault("Metadata:answer:drop");
        await using var transaction = await producer.BeginTransactionAsync();
        var told = new TaskCompletionSource<ProduceException?>(TaskCreationOptions.RunContinuationsAsynchronously);
        transaction.Produce(Out, Record("waits"), report => told.SetResult(report.Error));
        var waiting = transaction.EnqueueAsync(Out, Record("waits too")).AsTask();
        await transaction.AbortAsync();
        Assert.Equal(LocalErrorCode.TransactionAborted, (await told.Task)!.Error.LocalCode);
        Assert.Equal(LocalErrorCode.TransactionAborted, (await Assert.ThrowsAsync<ProduceException>(() => waiting)).Error.LocalCode);
        Assert.Equal(TransactionState.Ready, producer.State);
        cluster.Fault();
    }
}
