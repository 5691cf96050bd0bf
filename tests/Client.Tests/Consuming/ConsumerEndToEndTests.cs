using System.Text;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Consuming;

/// <summary>The consumer and the producer against the real broker.</summary>
public sealed class ConsumerEndToEndTests : IAsyncLifetime
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    InProcessBroker _broker = null!;

    public async Task InitializeAsync() => _broker = await InProcessBroker.StartAsync();
    public async Task DisposeAsync() => await _broker.DisposeAsync();

    IConsumer<string, string> Consumer(params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig { BootstrapServers = _broker.BootstrapServers, ["retry.backoff.ms"] = "10", ["retry.backoff.max.ms"] = "20", ["reconnect.backoff.ms"] = "5", ["reconnect.backoff.max.ms"] = "10" };
        foreach (var (key, value) in config) keys[key] = value;
        return new ConsumerBuilder<string, string>(keys).Build();
    }

    async Task ProduceAsync(string topic, int partitions, int from, int count, string codec = "none")
    {
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers, ["compression.type"] = codec, ["linger.ms"] = "1" }).Build();
        for (var number = from; number < from + count; number++)
            await producer.EnqueueAsync(topic, new RawRecord { Partition = number % partitions, Key = Encoding.UTF8.GetBytes($"{number}"), Value = Encoding.UTF8.GetBytes($"value {number}") });
        Assert.Equal(0, (await producer.FlushAsync()).Failed);
    }

    static TopicPartitionOffset[] FromStart(string topic, int partitions) => [.. Enumerable.Range(0, partitions).Select(number => new TopicPartitionOffset(topic, number, Offset.Beginning))];

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    public async Task Everything_that_was_produced_is_read_once_and_in_order_per_partition(string codec)
    {
        await _broker.CreateTopicAsync("t", 3);
        await ProduceAsync("t", 3, 0, 3000, codec);
        await using var consumer = Consumer(("auto.offset.reset", "earliest"), ("max.partition.fetch.bytes", "5000"));
        consumer.Assign(FromStart("t", 3));
        var read = new List<int>[] { [], [], [] };
        await foreach (var result in consumer.ConsumeUntilEndAsync()) read[result.Partition].Add(int.Parse(result.Message.Key!));
        for (var partition = 0; partition < 3; partition++) Assert.Equal(Enumerable.Range(0, 1000).Select(number => number * 3 + partition), read[partition]);
    }

    [Fact]
    public async Task A_broker_that_restarts_costs_nothing_but_time()
    {
        await _broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 500);
        await using var consumer = Consumer(("max.partition.fetch.bytes", "1000"));
        consumer.Assign(FromStart("t", 1));
        for (var number = 0; number < 1000; number++)
        {
            if (number == 100) await _broker.RestartAsync();
            if (number == 400)
            {
                await _broker.KillAndRestartAsync();
                await ProduceAsync("t", 1, 500, 500);
            }
            Assert.Equal(number, (await consumer.ConsumeAsync(Long))!.Value.Offset.Value);
        }
    }

    [Fact]
    public async Task A_topic_that_is_deleted_and_made_again_is_told_and_not_read_on_by_itself()
    {
        await _broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var consumer = Consumer(("metadata.max.age.ms", "50"));
        consumer.Assign(FromStart("t", 1));
        for (var number = 0; number < 10; number++) Assert.NotNull(await consumer.ConsumeAsync(Long));
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = _broker.BootstrapServers });
        Assert.True((await admin.DeleteTopicsAsync(["t"]))[0].IsSuccess);
        await _broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 100, 20);
        ConsumeException failure;
        do failure = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Long));
        while (failure.Fault == ConsumeFault.UnknownPartition);
        Assert.Equal(ConsumeFault.TopicRecreated, failure.Fault);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        consumer.Seek(new TopicPartitionOffset("t", 0, Offset.Beginning));
        Assert.Equal("100", (await consumer.ConsumeAsync(Long))!.Value.Message.Key);
    }

    [Fact]
    public async Task Records_deleted_under_the_reader_are_told_as_a_gap()
    {
        await _broker.CreateTopicAsync("t", 1);
        await ProduceAsync("t", 1, 0, 10);
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = _broker.BootstrapServers });
        Assert.Equal(7, (await admin.DeleteRecordsAsync([new("t", 0, 7)]))[0].GetValue());
        await using var consumer = Consumer(("auto.offset.reset", "earliest"));
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        consumer.Assign(new TopicPartitionOffset("t", 0, 3));
        Assert.Equal(7, (await consumer.ConsumeAsync(Long))!.Value.Offset.Value);
        Assert.Equal((ConsumeFault.OffsetOutOfRange, new Offset(3), new Offset(7)), (Assert.Single(events).Fault, events[0].From, events[0].To!.Value));
    }

    [Fact]
    public async Task A_reader_at_the_end_gets_a_new_record_without_asking_again()
    {
        await _broker.CreateTopicAsync("t", 1);
        await using var consumer = Consumer();
        consumer.Assign(FromStart("t", 1));
        for (var number = 0; number < 5; number++)
        {
            var next = consumer.ConsumeAsync(Long);
            await ProduceAsync("t", 1, number, 1);
            Assert.Equal($"{number}", (await next)!.Value.Message.Key);
        }
    }

    [Fact]
    public async Task A_topic_is_made_on_first_use_only_when_the_configuration_allows_it()
    {
        await using (var careful = Consumer())
        {
            careful.Assign(FromStart("new", 1));
            Assert.Equal(ConsumeFault.UnknownPartition, (await Assert.ThrowsAsync<ConsumeException>(async () => await careful.ConsumeAsync(Long))).Fault);
        }
        await using var consumer = Consumer(("allow.auto.create.topics", "true"));
        consumer.Assign(FromStart("new", 1));
        var next = consumer.ConsumeAsync(Long);
        await ProduceAsync("new", 1, 7, 1);
        Assert.Equal("7", (await next)!.Value.Message.Key);
    }
}
