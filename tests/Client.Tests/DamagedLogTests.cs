using System.Collections.Concurrent;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests;

/// <summary>The whole client against the real broker when a log of it is gone or has a hole.</summary>
public sealed class DamagedLogTests : IAsyncLifetime
{
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    static readonly TopicPartition First = new("t", 0), Second = new("t", 1);

    InProcessBroker _broker = null!;

    public async Task InitializeAsync()
    {
        _broker = await InProcessBroker.StartAsync();
        await _broker.CreateTopicAsync("t", 2);
    }

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    string LogOf(TopicPartition partition) => _broker.Store.Names.Single(name => name.StartsWith($"{partition.Topic}-{partition.Partition}~", StringComparison.Ordinal));

    IProducer<string, string> Producer(string closeTimeout = "30000") =>
        new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers, LingerMs = 0, ["close.timeout.ms"] = closeTimeout }).Build();

    static Message<string, string> Value(string value) => new() { Value = value };

    [Fact]
    public async Task A_log_that_is_gone_is_told_to_who_writes_it_and_the_other_partition_goes_on()
    {
        await using var producer = Producer(closeTimeout: "0");
        await producer.ProduceAsync(First, Value("kept"));
        var told = new TaskCompletionSource<PartitionUnavailable>(TaskCreationOptions.RunContinuationsAsynchronously);
        var givenUp = new ConcurrentQueue<RecordsGivenUp>();
        producer.Events += happened =>
        {
            if (happened is PartitionUnavailable unavailable) told.TrySetResult(unavailable);
            if (happened is RecordsGivenUp lost) givenUp.Enqueue(lost);
        };
        _broker.Store.Lose(LogOf(First));
        await _broker.RestartAsync();
        var waiting = producer.ProduceAsync(First, Value("waits")).AsTask();
        var unavailable = await told.Task.WaitAsync(Guard);
        Assert.Equal(First, unavailable.TopicPartition);
        Assert.Contains(unavailable.Code == ErrorCode.LeaderNotAvailable ? "no leader" : "delete the topic", unavailable.Reason);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(PersistenceStatus.Persisted, (await producer.ProduceAsync(Second, Value("goes on")).AsTask().WaitAsync(Guard)).Status);
        await producer.DisposeAsync();
        Assert.NotEqual(PersistenceStatus.Persisted, (await Assert.ThrowsAsync<ProduceException>(() => waiting)).Status);
        Assert.Equal(1, Assert.Single(givenUp) is var lost ? lost.NotPersisted + lost.PossiblyPersisted : 0);
    }

    [Fact]
    public async Task A_log_that_is_gone_is_told_to_who_reads_it_and_to_who_asks_why()
    {
        await using (var producer = Producer()) await producer.ProduceAsync(First, Value("kept"));
        _broker.Store.Lose(LogOf(First));
        await _broker.RestartAsync();
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = _broker.BootstrapServers });
        KafkaException? failure = null;
        await Eventually.Is(() => (failure = admin.DescribeProducersAsync([First]).GetAwaiter().GetResult()[0].Failure) is not null);
        Assert.Equal(ErrorCode.KafkaStorageError, failure!.Error.Code);
        Assert.Contains("delete the topic", failure.Message);
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.BootstrapServers }).Build();
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        consumer.Assign(new TopicPartitionOffset(First, 0));
        await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Guard));
        Assert.Equal((ConsumeFault.Broker, First), (events[0].Fault, events[0].Partition));
    }

    [Fact]
    public async Task A_hole_is_told_with_its_offset_and_what_lies_before_and_behind_is_read()
    {
        await using (var producer = Producer())
            for (var record = 0; record < 9; record++) await producer.ProduceAsync(First, Value($"{record}"));
        _broker.Store.MakeHole(LogOf(First), 3, 6);
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = _broker.BootstrapServers }).Build();
        consumer.Assign(new TopicPartitionOffset(First, 0));
        for (var record = 0; record < 3; record++) Assert.Equal($"{record}", (await consumer.ConsumeAsync(Guard))!.Value.Message.Value);
        var failure = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Guard));
        Assert.Equal((ConsumeFault.CorruptRecord, new TopicPartitionOffset(First, 3)), (failure.Fault, failure.TopicPartitionOffset));
        Assert.Contains("Seek past it", failure.Message);
        consumer.Seek(new TopicPartitionOffset(First, 6));
        for (var record = 6; record < 9; record++) Assert.Equal($"{record}", (await consumer.ConsumeAsync(Guard))!.Value.Message.Value);
    }
}
