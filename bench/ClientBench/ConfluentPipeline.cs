using System.Diagnostics;
using Confluent.Kafka;

namespace Semel.ClientBench;

/// <summary>The same with Confluent.Kafka, in transactions.</summary>
static class ConfluentPipeline
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<Figures> TransactionalAsync(Workload work)
    {
        using var consumer = new ConsumerBuilder<Null, byte[]>(new ConsumerConfig { BootstrapServers = work.Bootstrap, GroupId = work.Topic, EnableAutoCommit = false }).Build();
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = work.Bootstrap, TransactionalId = work.Topic, LingerMs = 5, BatchSize = 1_000_000, BatchNumMessages = 100_000, QueueBufferingMaxMessages = 500_000,
        }).Build();
        producer.InitTransactions(Patience);
        var figures = await Workload.MeasureAsync(() => Task.FromResult(Run(work, consumer, producer)));
        consumer.Close();
        return figures;
    }

    static long Run(Workload work, IConsumer<Null, byte[]> consumer, IProducer<Null, byte[]> producer)
    {
        consumer.Assign(new TopicPartitionOffset(work.Topic, 0, Offset.Beginning));
        long read = 0;
        var begun = Stopwatch.GetTimestamp();
        producer.BeginTransaction();
        while (true)
        {
            var record = consumer.Consume();
            var message = new Message<Null, byte[]> { Value = record.Message.Value };
            while (!ConfluentRuns.TryProduce(producer, work.Output, message)) Thread.Sleep(1);
            read++;
            if (read < work.Records && Stopwatch.GetElapsedTime(begun) < Workload.CommitInterval) continue;
            producer.SendOffsetsToTransaction([new TopicPartitionOffset(work.Topic, 0, record.Offset + 1)], consumer.ConsumerGroupMetadata, Patience);
            producer.CommitTransaction(Patience);
            if (read == work.Records) return read;
            begun = Stopwatch.GetTimestamp();
            producer.BeginTransaction();
        }
    }
}
