using System.Diagnostics;
using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>Reads all partitions from the beginning, without a group: until so many records have come, and then a little longer, to see whether there are more.</summary>
static class ReadVerb
{
    public static async Task<int> RunAsync(Options options, CancellationToken stop)
    {
        var (topic, partitions, count, extra) = (options.Text("topic"), options.Number("partitions"), options.Number("count"), options.Seconds("extra", 1));
        var config = options.Configure(new ConsumerConfig());
        config["isolation.level"] = options.Text("isolation", "read_committed");
        var patience = options.Patience;
        options.RefuseUnread();

        await using var consumer = new ConsumerBuilder<string, string>(config).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(new(topic, partition), Offset.Beginning)));
        var read = 0;
        try
        {
            for (; read < count; read++)
                RecordLine.Print(await consumer.ConsumeAsync(patience, stop) ?? throw new TimeoutException($"{read} of {count} records, and none for {patience.TotalSeconds} s"));
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < extra;)
            {
                if (await consumer.ConsumeAsync(extra - clock.Elapsed is { Ticks: > 0 } left ? left : TimeSpan.Zero, stop) is not { } more) continue;
                RecordLine.Print(more);
                read++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop: what was read is printed.
        }
        Line.Print(json =>
        {
            json.WriteBoolean("done", true);
            json.WriteNumber("count", read);
        });
        return 0;
    }
}
