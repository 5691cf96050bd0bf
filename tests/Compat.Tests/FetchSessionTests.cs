using System.Text.Json;
using Semel.Client;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Clients that fetch in sessions (Java, franz-go) and one that does not (librdkafka) read the same of many partitions, most of them idle.</summary>
public class FetchSessionTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    const int Partitions = 60, Records = 600;

    [PeersFact]
    public async Task Every_record_of_many_partitions_is_read_once_by_clients_with_and_without_sessions()
    {
        const string topic = "session-topic";
        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = broker.Bootstrap }))
            Assert.Null(Assert.Single(await admin.CreateTopicsAsync([new NewTopic(topic, Partitions)])).Failure);
        await using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, LingerMs = 20 }).Build())
        {
            // A third of the partitions has everything.
            for (var number = 0; number < Records; number++) await producer.EnqueueAsync(topic, new RawRecord { Partition = number * 3 % Partitions, Value = System.Text.Encoding.UTF8.GetBytes($"{number}") });
            Assert.Equal(0, (await producer.FlushAsync()).Failed);
        }
        var java = PeersFolder.Newest("drivers", "java-*");
        var others = new List<string>();
        await Task.WhenAll(new[] { java, java, Path.Combine(PeersFolder.Required, "drivers", "franz-go"), Path.Combine(PeersFolder.Required, "drivers", "librdkafka") }.Select(driver => Task.Run(() =>
        {
            var ran = Ran.Program(driver, ["read", "--bootstrap", broker.Bootstrap, "--topic", topic, "--partitions", $"{Partitions}", "--count", $"{Records}", "--extra", "1", "--timeout", "30"], TimeSpan.FromSeconds(45));
            var read = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.TryGetProperty("offset", out _)).Select(line => int.Parse(line.GetProperty("value").GetString()!)).Order();
            if (ran.ExitCode == 0 && read.SequenceEqual(Enumerable.Range(0, Records))) return;
            lock (others) others.Add($"{Path.GetFileName(driver)} ended with {ran.ExitCode} after {read.Count()} records: {ran.Error}");
        })));
        Assert.Empty(others);
    }
}
