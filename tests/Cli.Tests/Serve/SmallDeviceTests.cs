using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Tests.Serve;

/// <summary>The broker on a device that is really full, and on one that is really read-only.</summary>
public sealed class SmallDeviceTests
{
    const int ChunkRecords = 200;

    static string ValueOf(int number) => number.ToString("D8") + new string('x', 1000);

    static IProducer<Null, string> ProducerTo(string bootstrap) => new ProducerBuilder<Null, string>(new ProducerConfig
    {
        BootstrapServers = bootstrap, ["delivery.timeout.ms"] = "5000", ["request.timeout.ms"] = "3000",
    }).Build();

    /// <summary>Records in their order, until one is not acknowledged.</summary>
    /// <returns>How many were acknowledged before the first that was not, and how many were sent in all.</returns>
    static async Task<(int Acknowledged, int Sent)> SendAsync(string bootstrap, string topic, int first, int count)
    {
        await using var producer = ProducerTo(bootstrap);
        for (var number = first; number < first + count; number += ChunkRecords)
        {
            var deliveries = Enumerable.Range(number, ChunkRecords).Select(each => producer.ProduceAsync(topic, new Message<Null, string> { Value = ValueOf(each) }).AsTask()).ToArray();
            await Task.WhenAll(deliveries).ContinueWith(_ => { }, TaskScheduler.Default);
            var refused = Array.FindIndex(deliveries, delivery => !delivery.IsCompletedSuccessfully);
            if (refused >= 0) return (number - first + refused, number - first + ChunkRecords);
        }
        return (count, count);
    }

    static async Task<List<string>> ReadAsync(string bootstrap, string topic)
    {
        await using var consumer = new ConsumerBuilder<Null, string>(new ConsumerConfig { BootstrapServers = bootstrap }).Build();
        consumer.Assign([new TopicPartitionOffset(topic, 0, Offset.Beginning)]);
        var values = new List<string>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) values.Add(record.Message.Value!);
        return values;
    }

    /// <summary>All that was acknowledged is there, once and in order; behind it there may be some of what was sent with it.</summary>
    static void AssertHolds(List<string> stored, int acknowledged, int sent)
    {
        Assert.InRange(stored.Count, acknowledged, sent);
        for (var number = 0; number < stored.Count; number++) Assert.Equal(ValueOf(number), stored[number]);
    }

    [SmallDeviceFact]
    public async Task A_full_device_refuses_records_loses_none_that_it_took_and_serves_them_even_after_a_kill_and_takes_more_when_there_is_room()
    {
        using var device = new SmallDevice("size=24m");
        var bootstrap = await device.StartBrokerAsync();
        Assert.Equal((4000, 4000), await SendAsync(bootstrap, "filler", 0, 4000));
        var (acknowledged, sent) = await SendAsync(bootstrap, "kept", 0, 40_000);
        Assert.InRange(acknowledged, 1000, 30_000);
        AssertHolds(await ReadAsync(bootstrap, "kept"), acknowledged, sent);

        await device.KillBrokerAsync();
        bootstrap = await device.StartBrokerAsync();
        var kept = await ReadAsync(bootstrap, "kept");
        AssertHolds(kept, acknowledged, sent);

        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = bootstrap })) await admin.DeleteTopicsAsync(["filler"]);
        Assert.Equal((1000, 1000), await SendAsync(bootstrap, "kept", kept.Count, 1000));
        await device.KillBrokerAsync();
        AssertHolds(await ReadAsync(await device.StartBrokerAsync(), "kept"), kept.Count + 1000, kept.Count + 1000);
    }

    [SmallDeviceFact]
    public async Task A_read_only_folder_is_refused_by_its_name_with_the_remedy()
    {
        using var device = new SmallDevice("size=1m,ro");
        var (code, error) = await device.FailToStartAsync();
        Assert.Equal(ExitCode.CannotUseFolder, code);
        Assert.Contains("semel-device-", error);
        Assert.Contains("mounted read-only: mount it for writing, or choose another folder", error);
    }
}
