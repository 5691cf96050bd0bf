using System.Diagnostics;
using System.Text.Json;
using Semel.Client;
using Semel.Peers;
using Semel.Protocol;

namespace Semel.Compat.Tests;

/// <summary>Idempotent producers of other people's making where the partition knows nothing of them: no one is worse off than on Apache Kafka, and Java's is better off.</summary>
public class OtherProducersTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    static string Driver(string name) => name.Contains('*') ? PeersFolder.Newest("drivers", name) : Path.Combine(PeersFolder.Required, "drivers", name);

    string[] Arguments(string topic, int partitions, int count, int rate) =>
        ["produce", "--bootstrap", broker.Bootstrap, "--topic", topic, "--partitions", $"{partitions}", "--count", $"{count}", "--rate", $"{rate}", "--timeout", "25"];

    AdminClient Admin() => new(new ClientConfig { BootstrapServers = broker.Bootstrap });

    static async Task CreateAsync(AdminClient admin, string topic, int partitions) =>
        Assert.Null(Assert.Single(await admin.CreateTopicsAsync([new NewTopic(topic, partitions)])).Failure);

    /// <summary>The end of one record, as a driver prints it.</summary>
    readonly record struct Line(int Number, bool IsAcknowledged, int Partition, long Offset)
    {
        /// <returns>Null for a line about something else.</returns>
        public static Line? Read(string text)
        {
            var line = JsonDocument.Parse(text).RootElement;
            if (line.TryGetProperty("ack", out var number)) return new(number.GetInt32(), true, line.GetProperty("partition").GetInt32(), line.GetProperty("offset").GetInt64());
            return line.TryGetProperty("fail", out number) ? new(number.GetInt32(), false, -1, -1) : null;
        }
    }

    /// <summary>What Apache Kafka gives them: 120 of 120. The partition must not be stricter to somebody who was there before it.</summary>
    [PeersTheory]
    [InlineData("librdkafka")]
    [InlineData("aiokafka")]
    [InlineData("kafkajs")]
    public async Task A_producer_whose_topic_is_made_anew_goes_on(string driver)
    {
        const int Count = 120, BeforeDeletion = 20;
        var topic = $"anew-{driver}";
        await using var admin = Admin();
        await CreateAsync(admin, topic, 1);
        using var process = Process.Start(new ProcessStartInfo(Driver(driver), Arguments(topic, 1, Count, rate: 40)) { RedirectStandardOutput = true })!;
        using var patience = new CancellationTokenSource(Limit);
        var lines = new List<Line>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } text)
            {
                if (Line.Read(text) is not { } line) continue;
                lines.Add(line);
                if (lines.Count != BeforeDeletion) continue;
                Assert.Null(Assert.Single(await admin.DeleteTopicsAsync([topic])).Failure);
                // The producer itself may have been quicker, by asking for what is not there.
                var made = Assert.Single(await admin.CreateTopicsAsync([new NewTopic(topic, 1)])).Failure;
                Assert.True(made is null or { Error.Code: ErrorCode.TopicAlreadyExists }, made?.Message);
            }
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        Assert.DoesNotContain(lines, line => !line.IsAcknowledged);
        Assert.Equal(Enumerable.Range(0, Count), lines.Select(line => line.Number).Order());
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>On Apache Kafka the first batch meets a partition without a leader, the second one is taken, and the first is out of order until it is given up.</summary>
    [PeersTheory]
    [InlineData(100)]
    [InlineData(null)]
    public async Task Javas_producer_loses_nothing_on_a_topic_just_made(int? partitions)
    {
        const int Count = 2_000;
        var topic = partitions is null ? "java-first-use" : "java-created";
        await using var admin = Admin();
        if (partitions is { } count) await CreateAsync(admin, topic, count);
        var ran = Ran.Program(Driver("java-*"), Arguments(topic, partitions ?? 1, Count, rate: 0), Limit);
        var lines = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Line.Read).OfType<Line>().ToList();
        Assert.DoesNotContain(lines, line => !line.IsAcknowledged);
        Assert.Equal(Enumerable.Range(0, Count), lines.Select(line => line.Number).Order());
        // In each partition from its first offset on, in the order in which they were given to the producer.
        foreach (var partition in lines.GroupBy(line => line.Partition))
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(offset => (long)offset), partition.OrderBy(line => line.Number).Select(line => line.Offset));
        Assert.True(ran.ExitCode == 0, ran.Error);
    }
}
