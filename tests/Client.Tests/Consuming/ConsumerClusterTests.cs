using System.Net;
using Semel.Client.Tests.Producing.Sending;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Consuming;

/// <summary>A consumer that outlives the broker's data: the offsets that it has mean nothing in what is there now.</summary>
public sealed class ConsumerClusterTests
{
    static readonly TopicPartition Partition = new(TestCluster.Topic, 0);
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    static async Task WriteAsync(string servers, int records)
    {
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = servers }).Build();
        for (var record = 0; record < records; record++) await producer.ProduceAsync(Partition, new Message<string, string> { Value = $"{record}" });
    }

    [Fact]
    public async Task A_broker_that_came_back_empty_and_was_written_to_is_told_and_nothing_of_it_is_skipped()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WriteAsync(cluster.Broker.BootstrapServers, 5);
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = cluster.Proxy.EndPoint.ToString(), ["reconnect.backoff.ms"] = "5" }).Build();
        consumer.Assign(new TopicPartitionOffset(Partition, 0));
        for (var record = 0; record < 5; record++) Assert.NotNull(await consumer.ConsumeAsync(Guard));

        await using var empty = await InProcessBroker.StartAsync();
        await empty.CreateTopicAsync(TestCluster.Topic);
        await WriteAsync(empty.BootstrapServers, 10);
        cluster.Proxy.Upstream = IPEndPoint.Parse(empty.BootstrapServers);
        cluster.Proxy.CutAll();
        var failure = await Assert.ThrowsAsync<ConsumeException>(async () => await consumer.ConsumeAsync(Guard));
        Assert.Equal((ConsumeFault.TopicRecreated, new TopicPartitionOffset(Partition, 5)), (failure.Fault, failure.TopicPartitionOffset));
        consumer.Seek(new TopicPartitionOffset(Partition, Offset.Beginning));
        for (var record = 0; record < 10; record++) Assert.Equal($"{record}", (await consumer.ConsumeAsync(Guard))!.Value.Message.Value);
    }
}
