using System.Diagnostics;
using Semel.Client;

namespace Semel.BrokerBench;

/// <summary>Our client's span-based path and its raw batches: throughput, processor time and allocated bytes per record.</summary>
static class ClientRun
{
    static int s_topics;

    /// <summary>Into a topic of its own, which is gone afterwards: what the disk still has to write for one run is not paid by the next.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> MeasureAsync(string bootstrap, long count, int size, bool idempotent)
    {
        var topic = $"run-{++s_topics}";
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = bootstrap });
        await admin.CreateTopicsAsync([new NewTopic(topic)]);
        try { return await MeasureAsync(bootstrap, topic, count, size, idempotent); }
        finally { await admin.DeleteTopicsAsync([topic]); }
    }

    static async Task<IReadOnlyDictionary<string, double>> MeasureAsync(string bootstrap, string topic, long count, int size, bool idempotent)
    {
        var config = new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = idempotent, LingerMs = 5 };
        await using var producer = new ProducerBuilder<byte[], byte[]>(config).Build();
        var value = new byte[size];
        new Random(7).NextBytes(value);
        await SendAsync(producer, topic, value, count / 4);
        var (allocated, cpu, clock) = (GC.GetTotalAllocatedBytes(), Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
        await SendAsync(producer, topic, value, count);
        var seconds = clock.Elapsed.TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var (read, readSeconds, readAllocated) = await ReadAsync(bootstrap, topic, count + count / 4);
        return new Dictionary<string, double>
        {
            ["produced/s"] = count / seconds,
            ["client CPU us"] = cpu.TotalMicroseconds / count,
            ["B allocated/record"] = (double)allocated / count,
            ["consumed/s"] = read / readSeconds,
            ["B allocated/record read"] = (double)readAllocated / read,
        };
    }

    static async Task SendAsync(IProducer producer, string topic, byte[] value, long count)
    {
        for (long i = 0; i < count; i++)
            if (!producer.TryProduce(topic, new RawRecord { Partition = 0, Value = value }, out _))
                await producer.EnqueueAsync(topic, new RawRecord { Partition = 0, Value = value });
        var flushed = await producer.FlushAsync();
        if (flushed.Failed > 0) throw flushed.FirstError!;
    }

    internal static async Task<(long Read, double Seconds, long Allocated)> ReadAsync(string bootstrap, string topic, long count)
    {
        await using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = bootstrap }).Build();
        consumer.Assign([new TopicPartitionOffset(new(topic, 0), Offset.Beginning)]);
        long read = 0;
        using (var first = await consumer.ConsumeBatchAsync(10_000)) read = first.Count;
        var (allocated, clock, before) = (GC.GetTotalAllocatedBytes(), Stopwatch.StartNew(), read);
        while (read < count)
        {
            using var batch = await consumer.ConsumeBatchAsync(10_000);
            read += batch.Count;
        }
        return (read - before, clock.Elapsed.TotalSeconds, GC.GetTotalAllocatedBytes() - allocated);
    }
}
