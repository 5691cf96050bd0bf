using System.Text;
using Semel.Broker.Hosting;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Consuming;

/// <summary>Consumers of a group against the real broker.</summary>
public abstract class GroupTest : IAsyncLifetime
{
    protected static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    protected InProcessBroker Broker { get; private set; } = null!;

    public async Task InitializeAsync() => Broker = await InProcessBroker.StartAsync(new BrokerOptions
    {
        Groups = Semel.Machines.Groups.GroupOptions.Default with { InitialRebalanceDelay = TimeSpan.Zero, ConsumerHeartbeatInterval = TimeSpan.FromMilliseconds(50) },
        ConsumerGroupBounds = new ConsumerGroupBounds { MinHeartbeatInterval = TimeSpan.FromMilliseconds(1) },
    });

    public async Task DisposeAsync() => await Broker.DisposeAsync();

    protected IConsumer<string, string> Member(string group, params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig
        {
            BootstrapServers = Broker.BootstrapServers, GroupId = group, ["auto.offset.reset"] = "earliest", ["heartbeat.interval.ms"] = "50", ["session.timeout.ms"] = "6000",
            ["retry.backoff.ms"] = "5", ["retry.backoff.max.ms"] = "20", ["reconnect.backoff.ms"] = "5", ["reconnect.backoff.max.ms"] = "10",
        };
        foreach (var (key, value) in config) keys[key] = value;
        // Which strategy there is makes no difference where the broker shares out.
        if (keys.GroupProtocol == GroupProtocol.Consumer) keys["partition.assignment.strategy"] = null;
        return new ConsumerBuilder<string, string>(keys).Build();
    }

    /// <summary>Values are numbers, each on the partition of its remainder.</summary>
    protected async Task ProduceAsync(string topic, int partitions, int from, int count)
    {
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = Broker.BootstrapServers, ["linger.ms"] = "1" }).Build();
        for (var number = from; number < from + count; number++) await producer.EnqueueAsync(topic, new RawRecord { Partition = number % partitions, Value = Encoding.UTF8.GetBytes($"{number}") });
        Assert.Equal(0, (await producer.FlushAsync()).Failed);
    }

    protected static async Task<ConsumeResult<string, string>> NextAsync(IConsumer<string, string> consumer) =>
        await consumer.ConsumeAsync(Long) ?? throw new TimeoutException("no record came");

    protected static async Task<List<int>> TakeAsync(IConsumer<string, string> consumer, int count)
    {
        var values = new List<int>();
        while (values.Count < count) values.Add(int.Parse((await NextAsync(consumer)).Message.Value!));
        return values;
    }

    protected async Task<long> CommittedAsync(string group, TopicPartition partition)
    {
        await using var reader = Member(group);
        return (await reader.CommittedAsync([partition]))[0].Offset.Value;
    }

    /// <summary>Pulls, and finds nothing, until the group has given it so many partitions.</summary>
    protected static async Task JoinedAsync(IConsumer<string, string> consumer, int partitions = 1)
    {
        using var patience = new CancellationTokenSource(Long);
        while (consumer.Assignment.Count < partitions)
        {
            patience.Token.ThrowIfCancellationRequested();
            Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(5)));
        }
    }
}
