using System.Collections.Concurrent;
using System.Text;
using Semel.Client;
using Semel.Peers;
using Semel.Protocol;

namespace Semel.Compat.Tests;

/// <summary>
/// Members of ours in groups on Apache Kafka, by themselves and among members of other clients: everything is read, whoever leads and however partitions are shared
/// out, and members that are asked nothing keep what they have while others come.
/// </summary>
public class OurGroupsOnKafkaTests
{
    const int Partitions = 6, Records = 300;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A member that reads until it is disposed of, and commits what it has read.</summary>
    sealed class Reading : IAsyncDisposable
    {
        readonly IConsumer<string, string> _consumer;
        readonly Task _reading;

        public Reading(string bootstrap, string group, string topic, string protocol, string assignor, Action<string> read)
        {
            var config = new ConsumerConfig { BootstrapServers = bootstrap, GroupId = group, AutoOffsetReset = AutoOffsetReset.Earliest, ["group.protocol"] = protocol };
            if (protocol == "classic") (config["partition.assignment.strategy"], config["session.timeout.ms"], config["heartbeat.interval.ms"]) = (assignor, "6000", "500");
            _consumer = new ConsumerBuilder<string, string>(config).Build();
            _consumer.Rebalance.OnLost((lost, _) => { Lost += lost.Count; return default; });
            _consumer.Subscribe(topic);
            _reading = Task.Run(async () => { await foreach (var record in _consumer.ConsumeAsync()) read(record.Message.Key!); });
        }

        public int Lost { get; private set; }
        public int Count => _consumer.Assignment.Count;

        public async ValueTask DisposeAsync()
        {
            await _consumer.DisposeAsync();
            await _reading;
        }
    }

    static async Task UntilAsync(Func<bool> condition, Func<string> story)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, story());
            await ticks.WaitForNextTickAsync();
        }
    }

    static async Task ProduceAsync(string bootstrap, string topic, string round)
    {
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap }).Build();
        for (var number = 0; number < Records; number++) await producer.EnqueueAsync(topic, new RawRecord { Partition = number % Partitions, Key = Encoding.UTF8.GetBytes($"{round}-{number}"), Value = "v"u8.ToArray() });
        Assert.Equal(0, (await producer.FlushAsync()).Failed);
    }

    static async Task SharesAsync(string bootstrap, string protocol, string assignor, params string[] drivers)
    {
        var (name, read) = ($"shared-{protocol}-{assignor}-{drivers.Length}", new ConcurrentDictionary<string, int>());
        void Read(string key) => read.AddOrUpdate(key, 1, static (_, count) => count + 1);
        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = bootstrap })) Assert.Null((await admin.CreateTopicsAsync([new NewTopic(name, Partitions, 1)]))[0].Failure);
        var others = new List<ChurnMember>();
        try
        {
            await using var first = new Reading(bootstrap, name, name, protocol, assignor, Read);
            await ProduceAsync(bootstrap, name, "alone");
            await UntilAsync(() => read.Count == Records && first.Count == Partitions, () => $"{name}: alone, {read.Count} were read and {first.Count} partitions assigned");
            await using (var second = new Reading(bootstrap, name, name, protocol, assignor, Read))
            {
                others.AddRange(drivers.Select(driver => new ChurnMember(driver, bootstrap, name, name, protocol, Read, assignor)));
                var assignments = new GroupAssignments("127.0.0.1", int.Parse(bootstrap[(bootstrap.LastIndexOf(':') + 1)..]));
                var members = 2 + drivers.Length;
                await UntilAsync(() => first.Count + second.Count == 2 * Partitions / members && Assigned() is { } all && all.Count == members && all.Values.All(own => own.Count == Partitions / members),
                    () => $"{name}: {first.Count} and {second.Count} partitions with us, {string.Join(' ', Assigned()?.Select(one => $"{one.Key}={string.Join(',', one.Value)}") ?? [])}\n{string.Join('\n', others.Select(static other => other.Printed))}");
                await ProduceAsync(bootstrap, name, "together");
                await UntilAsync(() => read.Count == 2 * Records, () => $"{name}: together, {read.Count} were read\n{string.Join('\n', others.Select(static other => other.Printed))}");
                foreach (var other in others) other.Stop();
                Assert.Equal(0, second.Lost);

                Dictionary<string, List<int>>? Assigned() => protocol == "classic" ? assignments.Classic(name, name) : assignments.Consumer(name, name);
            }
            await UntilAsync(() => first.Count == Partitions, () => $"{name}: {first.Count} partitions came back");
            await ProduceAsync(bootstrap, name, "alone again");
            await UntilAsync(() => read.Count == 3 * Records, () => $"{name}: alone again, {read.Count} were read");
            Assert.Equal(0, first.Lost);
        }
        finally
        {
            foreach (var other in others) other.Dispose();
        }
    }

    [PeersFact]
    public async Task Our_members_share_a_group_by_each_protocol_and_strategy()
    {
        using var kafka = new ApacheKafka(settings: "group.initial.rebalance.delay.ms=0");
        await Task.WhenAll(SharesAsync(kafka.Bootstrap, "classic", "range"), SharesAsync(kafka.Bootstrap, "classic", "roundrobin"), SharesAsync(kafka.Bootstrap, "classic", "sticky"),
            SharesAsync(kafka.Bootstrap, "classic", "cooperative-sticky"), SharesAsync(kafka.Bootstrap, "consumer", "uniform"));
    }

    [PeersFact]
    public async Task And_with_members_of_other_clients()
    {
        using var kafka = new ApacheKafka(settings: "group.initial.rebalance.delay.ms=0");
        string java = Path.GetFileName(PeersFolder.Newest("drivers", "java-*"));
        await SharesAsync(kafka.Bootstrap, "classic", "range", java);
        await SharesAsync(kafka.Bootstrap, "classic", "cooperative-sticky", "librdkafka");
        await SharesAsync(kafka.Bootstrap, "classic", "sticky", java);
        await SharesAsync(kafka.Bootstrap, "consumer", "uniform", java);
    }
}
