using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Semel.Broker.Hosting;
using Semel.Testing;

namespace Semel.Confluent.Tests;

/// <summary>A broker in this process, and what ordinary programs write at their top.</summary>
public sealed class BrokerForPrograms : IAsyncLifetime
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    InProcessBroker? _broker;

    public InProcessBroker Broker => _broker!;
    public string BootstrapServers => Broker.BootstrapServers;

    public async Task InitializeAsync() => _broker = await InProcessBroker.StartAsync(BrokerConfigTable.Read([new("group.initial.rebalance.delay.ms", "0"), new("group.min.session.timeout.ms", "1000")]));

    public Task DisposeAsync() => Broker.DisposeAsync().AsTask();

    /// <summary>Each program has topics and groups of its own.</summary>
    public static string NewName(string what) => $"{what}-{Guid.NewGuid():n}";

    public async Task<string> CreateTopicAsync(string what, int partitions)
    {
        var name = NewName(what);
        using var admin = Admin();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return name;
    }

    public IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();

    public IProducer<string, string> Producer(string? transactionalId = null, Action<ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = BootstrapServers, EnableIdempotence = true, LingerMs = 1, TransactionalId = transactionalId };
        change?.Invoke(config);
        return new ProducerBuilder<string, string>(config).Build();
    }

    public ConsumerConfig Reading(string group, Action<ConsumerConfig>? change = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = BootstrapServers,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = true,
        };
        change?.Invoke(config);
        return config;
    }

    public async Task FillAsync(string topic, int records)
    {
        using var producer = Producer();
        var sent = Enumerable.Range(0, records).Select(number => producer.ProduceAsync(topic, new() { Key = $"{number}", Value = $"{number}" })).ToList();
        await Task.WhenAll(sent).WaitAsync(Limit);
    }

    /// <summary>Everything committed in a topic, partition after partition.</summary>
    public List<ConsumeResult<string, string>> ReadAll(string topic, int partitions)
    {
        using var consumer = new ConsumerBuilder<string, string>(Reading(NewName("reader"))).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var (found, ended) = (new List<ConsumeResult<string, string>>(), 0);
        using var limit = new CancellationTokenSource(Limit);
        while (ended < partitions)
        {
            var result = consumer.Consume(limit.Token);
            if (result.IsPartitionEOF) ended++;
            else found.Add(result);
        }
        consumer.Close();
        return found;
    }
}
