using Semel.Client;

namespace Semel.ClientBench;

/// <summary>What our client does, by the ways its guide shows.</summary>
static class OurRuns
{
    public static Task<Figures> RunAsync(Workload work) => work.Part switch
    {
        "produce" => ProduceAsync(work),
        "awaited" => AwaitedAsync(work),
        "consume" => ConsumeAsync(work, Deserializers.ByteArray, static value => value!.Length),
        "consume-spans" => ConsumeAsync(work, FirstBytes.Instance, static value => value.Length),
        "raw" => RawAsync(work),
#if !EARLIER
        "pipeline" => OurPipelines.TransactionalAsync(work),
        "pipeline-plain" => OurPipelines.PlainAsync(work),
#endif
        _ => throw new ArgumentException($"our client has no part {work.Part}"),
    };

    static ProducerConfig Producing(Workload work) => new() { BootstrapServers = work.Bootstrap, EnableIdempotence = true, LingerMs = 5 };

    static async Task<Figures> ProduceAsync(Workload work)
    {
        await using var producer = new ProducerBuilder<Null, byte[]>(Producing(work)).Build();
        var value = work.Value();
        return await Workload.MeasureAsync(() => SendAsync(producer, work.Topic, value, work.Records));
    }

    static async Task<long> SendAsync(IProducer<Null, byte[]> producer, string topic, byte[] value, long count)
    {
        var message = new Message<Null, byte[]> { Value = value };
        for (long sent = 0; sent < count; sent++)
            if (!producer.TryProduce(topic, message, out _)) await producer.EnqueueAsync(topic, message);
        var flushed = await producer.FlushAsync();
        return flushed.Delivered == count ? count : throw new InvalidOperationException($"{flushed}");
    }

    static async Task<Figures> AwaitedAsync(Workload work)
    {
        await using var producer = new ProducerBuilder<Null, byte[]>(Producing(work)).Build();
        var value = work.Value();
        return await Workload.MeasureAsync(() => SendAwaitedAsync(producer, work.Topic, value, work.Records));
    }

    static async Task<long> SendAwaitedAsync(IProducer<Null, byte[]> producer, string topic, byte[] value, long count)
    {
        var each = count / Awaiting.Tasks;
        await Awaiting.RunAsync(async () =>
        {
            for (long sent = 0; sent < each; sent++) await producer.ProduceAsync(topic, new Message<Null, byte[]> { Value = value });
        });
        return each * Awaiting.Tasks;
    }

    static async Task<Figures> ConsumeAsync<T>(Workload work, IDeserializer<T> values, Func<T, int> lengthOf)
    {
        await using var consumer = new ConsumerBuilder<Null, T>(new ConsumerConfig { BootstrapServers = work.Bootstrap }).SetValueDeserializer(values).Build();
        return await Workload.MeasureAsync(() => ReadAsync(consumer, work, lengthOf));
    }

    static async Task<long> ReadAsync<T>(IConsumer<Null, T> consumer, Workload work, Func<T, int> lengthOf)
    {
        consumer.Assign([new TopicPartitionOffset(work.Topic, 0, Offset.Beginning)]);
        long read = 0, bytes = 0;
        await foreach (var record in consumer.ConsumeAsync())
        {
            bytes += lengthOf(record.Message.Value!);
            if (++read == work.Records) break;
        }
        return bytes > 0 ? read : throw new InvalidOperationException("the records have no bytes");
    }

    static async Task<Figures> RawAsync(Workload work)
    {
        await using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = work.Bootstrap }).Build();
        return await Workload.MeasureAsync(() => ReadRawAsync(consumer, work));
    }

    static async Task<long> ReadRawAsync(IConsumer<byte[], byte[]> consumer, Workload work)
    {
        consumer.Assign([new TopicPartitionOffset(work.Topic, 0, Offset.Beginning)]);
        long read = 0, bytes = 0;
        while (read < work.Records)
        {
            using var batch = await consumer.ConsumeBatchAsync(10_000);
            foreach (var record in batch) bytes += record.RawValue.Length;
            read += batch.Count;
        }
        return bytes > 0 ? read : throw new InvalidOperationException("the records have no bytes");
    }
}

/// <summary>An application's own value that needs no array: here the length and the first bytes of the record.</summary>
readonly record struct Measured(int Length, long First);

sealed class FirstBytes : IDeserializer<Measured>
{
    public static FirstBytes Instance { get; } = new();

    public Measured Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => new(data.Length, BitConverter.ToInt64(data));
}

/// <summary>A thousand tasks, each of which awaits its record before it sends the next.</summary>
static class Awaiting
{
    public const int Tasks = 1000;

    public static Task RunAsync(Func<Task> one) => Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(one)));
}
