using System.Net;
using Semel.Client.Transacting.Sending;
using Semel.Faults;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Transacting.Sending;

/// <summary>The real broker on memory logs behind a fault proxy, with topics to read from and to write to.</summary>
internal sealed class TransactionCluster : IAsyncDisposable
{
    public const string Out = "out", In = "in", GroupId = "g";
    public static readonly ConsumerGroupMetadata Group = ConsumerGroupMetadata.ForSimpleGroup(GroupId);

    TransactionCluster(InProcessBroker broker, FaultProxy proxy) => (Broker, Proxy) = (broker, proxy);

    public InProcessBroker Broker { get; }
    public FaultProxy Proxy { get; }

    public static async Task<TransactionCluster> StartAsync()
    {
        var broker = await InProcessBroker.StartAsync();
        await broker.CreateTopicAsync(Out, 3);
        await broker.CreateTopicAsync(In, 2);
        var proxy = await FaultProxy.StartAsync(new FaultProxyOptions { Upstream = IPEndPoint.Parse(broker.BootstrapServers) });
        return new TransactionCluster(broker, proxy);
    }

    public void Fault(params string[] rules) => Proxy.Rules = [.. rules.Select(FaultRule.Parse)];

    public ProducerBuilder<string, string> Builder(string id = "orders-1", params (string Key, string Value)[] config)
    {
        var all = new ProducerConfig
        {
            BootstrapServers = Proxy.EndPoint.ToString(), TransactionalId = id, LingerMs = 1, ["retry.backoff.ms"] = "5", ["reconnect.backoff.ms"] = "5",
                TransactionTimeoutMs = 30_000,
        };
        foreach (var (key, value) in config) all[key] = value;
        return new ProducerBuilder<string, string>(all);
    }

    /// <param name="version">Of the protocol: 1 speaks the first although the broker has the second.</param>
    public ITransactionalProducer<string, string> Produce(short version = 2, string id = "orders-1", params (string Key, string Value)[] config)
    {
        var producer = Builder(id, config).BuildTransactional();
        Speak(producer, version);
        return producer;
    }

    /// <summary>Another level of the feature from the next transaction on.</summary>
    public static void Speak(ITransactionalProducer<string, string> producer, short version, long epoch = 1_000_000) =>
        ((TransactionalProducer<string, string>)producer).Engine.Features.Note(epoch, new Dictionary<string, short> { ["transaction.version"] = version });

    public async Task<ITransactionalProducer<string, string>> ReadyAsync(short version = 2, string id = "orders-1", params (string Key, string Value)[] config)
    {
        var producer = Produce(version, id, config);
        await producer.InitTransactionsAsync();
        return producer;
    }

    public static Message<string, string> Record(string value) => new() { Value = value };

    /// <summary>The values of a topic, sorted.</summary>
    public async Task<List<string>> ReadAsync(string topic = Out, bool isCommitted = true)
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig
        {
            BootstrapServers = Broker.BootstrapServers, ["isolation.level"] = isCommitted ? "read_committed" : "read_uncommitted",
        }).Build();
        consumer.Assign(Enumerable.Range(0, topic == Out ? 3 : 2).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var all = new List<string>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) all.Add(record.Message.Value!);
        all.Sort(StringComparer.Ordinal);
        return all;
    }

    /// <summary>What is committed for a partition; null for nothing.</summary>
    public async Task<long?> CommittedAsync(int partition = 0, string topic = In, string group = GroupId)
    {
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = Broker.BootstrapServers });
        try
        {
            return (await admin.Groups.OffsetsAsync(group, CancellationToken.None)).TryGetValue(new TopicPartition(topic, partition), out var committed)
                ? committed.Offset : null;
        }
        catch (KafkaException unknown) when (unknown.Error.Code == ErrorCode.GroupIdNotFound)
        {
            return null;
        }
    }

    /// <summary>How often requests of a kind were struck by a rule.</summary>
    public int Struck(ApiKey api) => Proxy.Events.Count(happened => happened.Frame?.ApiKey == api);

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
