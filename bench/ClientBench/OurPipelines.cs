#if !EARLIER
using System.Diagnostics;
using Semel.Client;

namespace Semel.ClientBench;

/// <summary>Consume, transform, produce, and commit both together every 100 ms; and the same without transactions.</summary>
static class OurPipelines
{
    public static async Task<Figures> TransactionalAsync(Workload work)
    {
        await using var consumer = Consumer(work);
        await using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = work.Bootstrap, TransactionalId = work.Topic, LingerMs = 5 }).BuildTransactional();
        await producer.InitTransactionsAsync();
        return await Workload.MeasureAsync(() => RunAsync(work, consumer, producer));
    }

    static async Task<long> RunAsync(Workload work, IConsumer<Null, byte[]> consumer, ITransactionalProducer<Null, byte[]> producer)
    {
        consumer.Assign([new TopicPartitionOffset(work.Topic, 0, Offset.Beginning)]);
        long read = 0;
        var begun = Stopwatch.GetTimestamp();
        var transaction = await producer.BeginTransactionAsync();
        await foreach (var record in consumer.ConsumeAsync())
        {
            var message = new Message<Null, byte[]> { Value = record.Message.Value };
            if (!transaction.TryProduce(work.Output, message, out _)) await transaction.EnqueueAsync(work.Output, message);
            read++;
            if (read < work.Records && Stopwatch.GetElapsedTime(begun) < Workload.CommitInterval) continue;
            await transaction.SendOffsetsAsync([new TopicPartitionOffset(work.Topic, 0, record.Offset + 1)], consumer.GroupMetadata);
            await transaction.CommitAsync();
            if (read == work.Records) break;
            begun = Stopwatch.GetTimestamp();
            transaction = await producer.BeginTransactionAsync();
        }
        return read;
    }

    public static async Task<Figures> PlainAsync(Workload work)
    {
        await using var consumer = Consumer(work);
        await using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = work.Bootstrap, LingerMs = 5 }).Build();
        return await Workload.MeasureAsync(() => RunAsync(work, consumer, producer));
    }

    static async Task<long> RunAsync(Workload work, IConsumer<Null, byte[]> consumer, IProducer<Null, byte[]> producer)
    {
        consumer.Assign([new TopicPartitionOffset(work.Topic, 0, Offset.Beginning)]);
        long read = 0;
        var begun = Stopwatch.GetTimestamp();
        await foreach (var record in consumer.ConsumeAsync())
        {
            var message = new Message<Null, byte[]> { Value = record.Message.Value };
            if (!producer.TryProduce(work.Output, message, out _)) await producer.EnqueueAsync(work.Output, message);
            read++;
            if (read < work.Records && Stopwatch.GetElapsedTime(begun) < Workload.CommitInterval) continue;
            var flushed = await producer.FlushAsync();
            if (flushed.Failed > 0) throw flushed.FirstError!;
            await consumer.CommitAsync([new TopicPartitionOffset(work.Topic, 0, record.Offset + 1)]);
            if (read == work.Records) break;
            begun = Stopwatch.GetTimestamp();
        }
        return read;
    }

    static IConsumer<Null, byte[]> Consumer(Workload work) =>
        new ConsumerBuilder<Null, byte[]>(new ConsumerConfig { BootstrapServers = work.Bootstrap, GroupId = work.Topic, EnableAutoCommit = false }).Build();
}
#endif
