using System.Net;
using Semel.Faults;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>The real broker on memory logs behind a fault proxy.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string Topic = "t";

    TestCluster(InProcessBroker broker, FaultProxy proxy) => (Broker, Proxy) = (broker, proxy);

    public InProcessBroker Broker { get; }
    public FaultProxy Proxy { get; }

    public static async Task<TestCluster> StartAsync(int partitions = 1, params (string Key, string Value)[] topicConfig)
    {
        var broker = await InProcessBroker.StartAsync();
        await broker.CreateTopicAsync(Topic, partitions, topicConfig.ToDictionary(pair => pair.Key, pair => pair.Value));
        var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = IPEndPoint.Parse(broker.BootstrapServers) });
        return new TestCluster(broker, proxy);
    }

    public void Fault(params string[] rules) => Proxy.Rules = [.. rules.Select(FaultRule.Parse)];

    public IProducer<string, string> Produce(params (string Key, string Value)[] config) => Produce<string, string>(config);

    public IProducer<TKey, TValue> Produce<TKey, TValue>(params (string Key, string Value)[] config) => Builder<TKey, TValue>(config).Build();

    public ProducerBuilder<TKey, TValue> Builder<TKey, TValue>(params (string Key, string Value)[] config)
    {
        var all = new ProducerConfig { BootstrapServers = Proxy.EndPoint.ToString(), LingerMs = 1, ["retry.backoff.ms"] = "5", ["reconnect.backoff.ms"] = "5" };
        foreach (var (key, value) in config) all[key] = value;
        return new ProducerBuilder<TKey, TValue>(all);
    }

    /// <summary>Every record of the topic, partition by partition in order.</summary>
    public async Task<List<ConsumeResult<string, string>>> ReadAsync(int partitions = 1)
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = Broker.BootstrapServers }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(Topic, partition, Offset.Beginning)));
        var all = new List<ConsumeResult<string, string>>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) all.Add(record);
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
