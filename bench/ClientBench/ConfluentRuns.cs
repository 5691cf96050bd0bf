using Confluent.Kafka;

namespace Semel.ClientBench;

/// <summary>What Confluent.Kafka does, by the ways its own guide shows, with queues as large as ours and batches that may be as large.</summary>
static class ConfluentRuns
{
    public static Task<Figures> RunAsync(Workload work) => work.Part switch
    {
        "produce" => ProduceAsync(work),
        "awaited" => AwaitedAsync(work),
        "consume" or "raw" => ConsumeAsync(work, Deserializers.ByteArray, static value => value.Length),
        "pipeline" => ConfluentPipeline.TransactionalAsync(work),
        "consume-spans" => ConsumeAsync(work, new FirstBytesConfluent(), static value => value.Length),
        _ => throw new ArgumentException($"Confluent.Kafka has no part {work.Part}"),
    };

    static ProducerConfig Producing(Workload work) => new()
    {
        BootstrapServers = work.Bootstrap, EnableIdempotence = true, LingerMs = 5, BatchSize = 1_000_000, BatchNumMessages = 100_000,
        QueueBufferingMaxMessages = 500_000, QueueBufferingMaxKbytes = 1_048_576,
    };

    static async Task<Figures> ProduceAsync(Workload work)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(Producing(work)).Build();
        var value = work.Value();
        return await Workload.MeasureAsync(() => Task.FromResult(Send(producer, work.Topic, value, work.Records)));
    }

    static long Send(IProducer<Null, byte[]> producer, string topic, byte[] value, long count)
    {
        var message = new Message<Null, byte[]> { Value = value };
        for (long sent = 0; sent < count; sent++)
            while (!TryProduce(producer, topic, message)) Thread.Sleep(1);
        var left = producer.Flush(TimeSpan.FromSeconds(60));
        return left == 0 ? count : throw new InvalidOperationException($"{left} records were not delivered");
    }

    internal static bool TryProduce(IProducer<Null, byte[]> producer, string topic, Message<Null, byte[]> message)
    {
        try
        {
            producer.Produce(topic, message);
            return true;
        }
        catch (ProduceException<Null, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    static async Task<Figures> AwaitedAsync(Workload work)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(Producing(work)).Build();
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
        var config = new ConsumerConfig { BootstrapServers = work.Bootstrap, GroupId = "bench", EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<Null, T>(config).SetValueDeserializer(values).Build();
        var figures = await Workload.MeasureAsync(() => Task.FromResult(Read(consumer, work, lengthOf)));
        consumer.Close();
        return figures;
    }

    static long Read<T>(IConsumer<Null, T> consumer, Workload work, Func<T, int> lengthOf)
    {
        consumer.Assign(new TopicPartitionOffset(work.Topic, 0, Offset.Beginning));
        long read = 0, bytes = 0;
        while (read < work.Records)
        {
            bytes += lengthOf(consumer.Consume().Message.Value);
            read++;
        }
        return bytes > 0 ? read : throw new InvalidOperationException("the records have no bytes");
    }
}

sealed class FirstBytesConfluent : IDeserializer<Measured>
{
    public Measured Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => new(data.Length, BitConverter.ToInt64(data));
}
