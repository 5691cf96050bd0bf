using System.Collections.Concurrent;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>The whole producer against the real broker, with the faults of a network between them.</summary>
public class ProducerTests
{
    const string Topic = TestCluster.Topic;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_record_arrives_as_it_was_given_and_its_place_is_reported()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        var first = await producer.ProduceAsync(Topic, new() { Key = "k", Value = "v", Timestamp = time, Headers = new() { { "h", [1, 2] }, { "n", null } } });
        var tombstone = await producer.ProduceAsync(Topic, new() { Key = "k" });
        Assert.Equal((new TopicPartitionOffset(Topic, 0, 0), PersistenceStatus.Persisted), (first.TopicPartitionOffset, first.Status));
        Assert.Equal(time, first.Timestamp.UtcDateTime);
        Assert.Equal(1, tombstone.Offset.Value);
        var log = await cluster.ReadAsync();
        Assert.Equal(("k", "v", time), (log[0].Message.Key, log[0].Message.Value, log[0].Message.Timestamp.UtcDateTime));
        Assert.Equal(["h", "n"], log[0].Message.Headers!.Select(header => header.Key));
        Assert.True(log[0].Message.Headers!.TryGetLast("h", out var bytes) && bytes!.Value.Span.SequenceEqual((ReadOnlySpan<byte>)[1, 2]));
        Assert.Null(log[1].Message.Value);
    }

    [Fact]
    public async Task The_first_moment_of_1970_is_a_time_and_not_none()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        await producer.ProduceAsync(Topic, new() { Value = "v", Timestamp = DateTimeOffset.UnixEpoch });
        Assert.Equal(new Timestamp(0), (await cluster.ReadAsync())[0].Message.Timestamp);
    }

    [Fact]
    public async Task A_lost_acknowledgement_leaves_one_record_and_its_original_offset()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        await producer.ProduceAsync(Topic, new() { Value = "0" });
        cluster.Fault("Produce:answer:cut:count=1");
        var result = await producer.ProduceAsync(Topic, new() { Value = "1" });
        Assert.Equal((1L, PersistenceStatus.Persisted), (result.Offset.Value, result.Status));
        Assert.Equal(["0", "1"], (await cluster.ReadAsync()).Select(record => record.Message.Value));
        Assert.Equal(0, producer.Info.ProducerEpoch.Value);
    }

    [Fact]
    public async Task Every_record_is_there_once_and_in_order_whatever_the_network_does()
    {
        await using var cluster = await TestCluster.StartAsync(partitions: 3);
        await using var producer = cluster.Produce(("batch.size", "600"));
        cluster.Fault("Produce:answer:cut:0.1", "Produce:request:cut:0.05", "Produce:request:cut-after=100:0.05", "Produce:request:hold=20:0.03", "InitProducerId:answer:cut:count=1", "Metadata:answer:cut:0.1");
        const int count = 3000;
        for (var number = 0; number < count; number++) await producer.EnqueueAsync(Topic, new() { Key = $"{number % 9}", Value = $"{number}" });
        var flushed = await producer.FlushAsync().AsTask().WaitAsync(Patience);
        Assert.Equal((count, 0L), (flushed.Delivered, flushed.Failed));
        var log = await cluster.ReadAsync(partitions: 3);
        Assert.Equal(count, log.Select(record => record.Message.Value).Distinct().Count());
        Assert.Equal(count, log.Count);
        foreach (var partition in log.GroupBy(record => record.Partition))
            Assert.Equal(partition.Select(record => int.Parse(record.Message.Value!)).Order(), partition.Select(record => int.Parse(record.Message.Value!)));
    }

    [Fact]
    public async Task A_broker_that_is_killed_and_comes_back_gets_every_record_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("batch.size", "600"));
        const int count = 2000;
        for (var number = 0; number < count; number++)
        {
            await producer.EnqueueAsync(Topic, new() { Value = $"{number}" });
            if (number % 700 == 699) await cluster.Broker.KillAndRestartAsync();
        }
        var flushed = await producer.FlushAsync().AsTask().WaitAsync(Patience);
        Assert.Equal((count, 0L), (flushed.Delivered, flushed.Failed));
        Assert.Equal(Enumerable.Range(0, count).Select(number => $"{number}"), (await cluster.ReadAsync()).Select(record => record.Message.Value));
    }

    [Theory]
    [InlineData("compression.type", "gzip")]
    [InlineData("acks", "1")]
    [InlineData("enable.idempotence", "false")]
    [InlineData("max.in.flight", "1")]
    [InlineData("linger.ms", "0")]
    public async Task Records_arrive_with_each_setting(string key, string value)
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce((key, value), ("batch.size", "2000"));
        for (var number = 0; number < 1000; number++) await producer.EnqueueAsync(Topic, new() { Value = $"a value with the number {number}" });
        Assert.Equal(1000, (await producer.FlushAsync()).Delivered);
        Assert.Equal(1000, (await cluster.ReadAsync()).Count);
    }

    [Fact]
    public async Task Without_acknowledgements_a_result_promises_nothing_and_is_no_failure()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("acks", "0"));
        var result = await producer.ProduceAsync(Topic, new() { Value = "v" });
        Assert.Equal((PersistenceStatus.PossiblyPersisted, Offset.Unset), (result.Status, result.Offset));
        Assert.Equal("acks", producer.Info.EffectiveConfig.IdempotenceDisabledBy);
    }

    [Fact]
    public async Task A_batch_larger_than_the_topic_takes_is_split_and_nobody_sees_an_error()
    {
        await using var cluster = await TestCluster.StartAsync(1, ("max.message.bytes", "10000"));
        await using var producer = cluster.Produce(("linger.ms", "20"));
        var splits = new ConcurrentQueue<BatchSplit>();
        producer.Events += happened => { if (happened is BatchSplit split) splits.Enqueue(split); };
        var deliveries = new List<Delivery>();
        for (var number = 0; number < 300; number++) deliveries.Add(await producer.EnqueueAsync(Topic, new() { Value = $"{number}".PadRight(1000) }));
        for (var number = 0; number < deliveries.Count; number++) Assert.Equal(number, (await deliveries[number]).Offset.Value);
        Assert.NotEmpty(splits);
        Assert.Equal(Enumerable.Range(0, 300).Select(number => $"{number}"), (await cluster.ReadAsync()).Select(record => record.Message.Value!.TrimEnd()));
    }

    [Fact]
    public async Task Handlers_run_in_order_and_a_handler_that_throws_hurts_nobody()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("batch.size", "600"));
        var order = new List<int>();
        for (var number = 0; number < 1000; number++)
        {
            var expected = number;
            producer.Produce(Topic, new() { Value = $"{number}" }, report =>
            {
                order.Add(expected);
                Assert.Equal((expected, PersistenceStatus.Persisted), ((int)report.Offset.Value, report.Status));
                if (expected == 10) throw new InvalidOperationException("a handler of the application");
            });
        }
        await producer.FlushAsync();
        await producer.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, 1000), order);
    }

    [Fact]
    public async Task A_continuation_that_blocks_keeps_no_other_record_waiting()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        using var unblock = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task Block()
        {
            await producer.ProduceAsync(Topic, new() { Value = "blocked" }).ConfigureAwait(false);
            entered.SetResult();
            Assert.True(unblock.Wait(Patience));
        }
        var blocked = Task.Run(Block);
        await entered.Task;
        await producer.ProduceAsync(Topic, new() { Value = "free" }).AsTask().WaitAsync(Patience);
        unblock.Set();
        await blocked;
    }

    [Fact]
    public async Task A_cancelled_wait_withdraws_nothing_that_was_accepted()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("linger.ms", "600000"), ("delivery.timeout.ms", "700000"));
        await producer.EnqueueAsync(Topic, new() { Value = "first" });
        using var cancellation = new CancellationTokenSource();
        var waiting = producer.ProduceAsync(Topic, new() { Value = "v" }, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(2, (await producer.FlushAsync()).Delivered);
        Assert.Equal(["first", "v"], (await cluster.ReadAsync()).Select(record => record.Message.Value));
    }

    [Fact]
    public async Task A_flush_counts_what_was_accepted_before_it_and_nothing_twice()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        Assert.Equal(new FlushResult(0, 0, null), await producer.FlushAsync());
        await producer.ProduceAsync(Topic, new() { Value = "0" });
        await producer.EnqueueAsync(Topic, new() { Value = "1" });
        Assert.Equal(2, (await producer.FlushAsync()).Delivered);
        Assert.Equal(0, (await producer.FlushAsync()).Delivered);
    }

    [Fact]
    public async Task A_partition_or_topic_that_is_not_there_is_refused_before_anything_is_accepted()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce();
        await producer.ProduceAsync(Topic, new() { Value = "v" });
        var partition = await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync(new TopicPartition(Topic, 7), new() { Value = "v" }).AsTask());
        Assert.Equal((LocalErrorCode.UnknownPartition, PersistenceStatus.NotPersisted), (partition.Error.LocalCode, partition.Status));
        await using var impatient = cluster.Produce(("allow.auto.create.topics", "false"), ("max.block.ms", "300"));
        var topic = await Assert.ThrowsAsync<ProduceException>(() => impatient.ProduceAsync("not there", new() { Value = "v" }).AsTask());
        Assert.Equal(PersistenceStatus.NotPersisted, topic.Status);
    }

    [Fact]
    public async Task A_record_that_no_request_can_hold_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("max.request.size", "2000"), ("batch.size", "1000"));
        await producer.ProduceAsync(Topic, new() { Value = "v" });
        var failure = await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync(Topic, new() { Value = new string('x', 2000) }).AsTask());
        Assert.Equal((LocalErrorCode.MessageTooLarge, ErrorClass.Record), (failure.Error.LocalCode, failure.Class));
    }

    [Fact]
    public async Task Nothing_is_accepted_at_once_while_the_topic_is_not_known_and_everything_is_afterwards()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce<byte[], byte[]>();
        Assert.False(producer.TryProduce(Topic, new RawRecord { Value = [1] }, out _));
        await (await producer.EnqueueAsync(Topic, new RawRecord { Value = [2] }));
        Assert.True(producer.TryProduce(Topic, new RawRecord { Value = [3] }, out var delivery));
        Assert.Equal(1, (await delivery).Offset.Value);
    }

    [Fact]
    public async Task Many_tasks_share_a_small_memory_and_none_is_forgotten()
    {
        await using var cluster = await TestCluster.StartAsync(partitions: 2);
        await using var producer = cluster.Produce(("buffer.memory", "100000"), ("max.request.size", "20000"), ("batch.size", "5000"));
        cluster.Fault("Produce:answer:cut:0.02");
        var most = 0L;
        var value = new string('x', 900);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async task =>
        {
            for (var number = 0; number < 100; number++)
            {
                await producer.EnqueueAsync(Topic, new() { Key = $"{task}", Value = value });
                if (producer.Info.BufferedBytes is var used && used > Volatile.Read(ref most)) Volatile.Write(ref most, used);
            }
        })).WaitAsync(Patience);
        Assert.Equal(1000, (await producer.FlushAsync().AsTask().WaitAsync(Patience)).Delivered);
        Assert.InRange(most, 1, 100_000);
        Assert.Equal(1000, (await cluster.ReadAsync(partitions: 2)).Count);
    }

    [Fact]
    public async Task Closing_without_patience_reports_every_record_truly()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce(("close.timeout.ms", "0"), ("batch.size", "600"));
        await producer.ProduceAsync(Topic, new() { Value = "0" });
        cluster.Fault("Produce:answer:blackhole:skip=3");
        var deliveries = new List<Delivery>();
        for (var number = 1; number < 2000; number++) deliveries.Add(await producer.EnqueueAsync(Topic, new() { Value = $"{number}" }));
        await producer.DisposeAsync();
        Assert.All(deliveries, delivery => Assert.True(delivery.IsCompleted));
        var log = (await cluster.ReadAsync()).Select(record => record.Message.Value!).ToHashSet();
        var persisted = 0;
        for (var number = 1; number < 2000; number++)
        {
            var status = await StatusOf(deliveries[number - 1]);
            if (status == PersistenceStatus.Persisted) persisted++;
            if (status != PersistenceStatus.PossiblyPersisted) Assert.Equal(status == PersistenceStatus.Persisted, log.Contains($"{number}"));
        }
        Assert.True(persisted < 2000);
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync(Topic, new() { Value = "late" }).AsTask());
    }

    static async Task<PersistenceStatus> StatusOf(Delivery delivery)
    {
        try
        {
            return (await delivery).Status;
        }
        catch (ProduceException failure)
        {
            return failure.Status;
        }
    }

    [Fact]
    public async Task Closing_waits_for_what_was_accepted()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce(("linger.ms", "600000"), ("delivery.timeout.ms", "700000"));
        for (var number = 0; number < 100; number++) await producer.EnqueueAsync(Topic, new() { Value = $"{number}" });
        await producer.DisposeAsync();
        Assert.Equal(100, (await cluster.ReadAsync()).Count);
    }

    [Fact]
    public async Task A_handler_may_close_the_producer()
    {
        await using var cluster = await TestCluster.StartAsync();
        var producer = cluster.Produce();
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        producer.Produce(Topic, new() { Value = "v" }, _ =>
        {
            producer.DisposeAsync().AsTask().GetAwaiter().GetResult();
            closed.SetResult();
        });
        await closed.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_delivery_may_be_awaited_by_many_and_often()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var producer = cluster.Produce(("linger.ms", "30"));
        var delivery = await producer.EnqueueAsync(Topic, new() { Value = "v" });
        var offsets = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => (await delivery).Offset.Value));
        Assert.All(offsets, offset => Assert.Equal(0, offset));
        Assert.Equal(0, (await delivery).Offset.Value);
    }

    [Fact]
    public async Task A_transactional_id_is_refused_in_words() =>
        Assert.Contains("transactional", Assert.Throws<KafkaConfigException>(() => new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = "b:1", TransactionalId = "t" }).Build()).Message);
}
