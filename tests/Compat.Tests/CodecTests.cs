using System.Text.Json;
using Semel.Client;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>What this client writes with each codec is read by every client. (What they write is held by Golden in Codecs.Tests, and by the suites of conform.)</summary>
public class CodecTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    static readonly CompressionType[] Codecs = [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    /// <summary>One alone, many that resemble each other, and some that no codec makes smaller and that fill more than one block of each.</summary>
    static List<string> ValuesOf(CompressionType codec)
    {
        var random = new Random((int)codec);
        var noise = new byte[60_000];
        random.NextBytes(noise);
        return [$"{codec} alone", .. Enumerable.Range(0, 500).Select(number => $"{codec} {number} {new string('.', number)}"), .. Enumerable.Range(0, 3).Select(number => $"{number}{Convert.ToBase64String(noise)}")];
    }

    [PeersFact]
    public async Task Records_of_each_codec_are_read_by_every_client()
    {
        const string topic = "our-codecs";
        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = broker.Bootstrap }))
            Assert.Null(Assert.Single(await admin.CreateTopicsAsync([new NewTopic(topic, 1)])).Failure);
        var written = new List<string>();
        foreach (var codec in Codecs)
        {
            await using var producer = new ProducerBuilder<string?, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, CompressionType = codec, LingerMs = 20 }).Build();
            var values = ValuesOf(codec);
            await producer.ProduceAsync(topic, new() { Value = values[0] });
            await Task.WhenAll(values[1..].Select(value => producer.ProduceAsync(topic, new() { Value = value }).AsTask()));
            written.AddRange(values);
        }
        var drivers = Directory.EnumerateFiles(Path.Combine(PeersFolder.Required, "drivers")).Select(file => Path.GetFileName(file))
            .Where(name => !Path.GetExtension(name).Equals(".md", StringComparison.Ordinal) && !name.StartsWith("java-streams", StringComparison.Ordinal)).Order().ToList();
        Assert.InRange(drivers.Count, 10, 30);
        var others = new List<string>();
        foreach (var driver in drivers)
        {
            var ran = Ran.Program(Path.Combine(PeersFolder.Required, "drivers", driver),
                ["read", "--bootstrap", broker.Bootstrap, "--topic", topic, "--partitions", "1", "--count", $"{written.Count}", "--extra", "0", "--timeout", "30"], TimeSpan.FromSeconds(40));
            var read = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.TryGetProperty("offset", out _)).Select(line => line.GetProperty("value").GetString()!).ToList();
            if (ran.ExitCode != 0 || !written.SequenceEqual(read)) others.Add($"{driver} ended with {ran.ExitCode} after {read.Count} of {written.Count} records: {ran.Error}");
        }
        Assert.Empty(others);
    }
}
