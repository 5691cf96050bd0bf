using Confluent.Kafka;

namespace Semel.Confluent.Tests;

/// <summary>Consume, transform, produce, as the users of Confluent.Kafka write it.</summary>
public sealed class TransactionProgramTests(BrokerForPrograms programs) : IClassFixture<BrokerForPrograms>
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>One run of the copier: batches of ten in a transaction each, every third of which is aborted and done again from the committed position.</summary>
    void Copy(string from, string to, string group, string transactionalId, int stopAfter)
    {
        using var producer = programs.Producer(transactionalId);
        using var consumer = new ConsumerBuilder<string, string>(programs.Reading(group)).Build();
        producer.InitTransactions(Patience);
        consumer.Subscribe(from);
        var (transactions, ended) = (0, new HashSet<int>());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (transactions < stopAfter)
        {
            var batch = new List<ConsumeResult<string, string>>();
            while (batch.Count < 10 && (consumer.Assignment.Count == 0 || ended.Count < consumer.Assignment.Count))
            {
                var result = consumer.Consume(limit.Token);
                if (result.IsPartitionEOF) ended.Add(result.Partition.Value);
                else batch.Add(result);
            }
            if (batch.Count == 0) break;
            producer.BeginTransaction();
            foreach (var record in batch) producer.Produce(to, new() { Key = record.Message.Key, Value = record.Message.Value + "!" });
            var positions = batch.GroupBy(record => record.TopicPartition).Select(same => new TopicPartitionOffset(same.Key, same.Max(record => record.Offset.Value) + 1)).ToList();
            producer.SendOffsetsToTransaction(positions, consumer.ConsumerGroupMetadata, Patience);
            if (++transactions % 3 == 0)
            {
                producer.AbortTransaction(Patience);
                foreach (var committed in consumer.Committed(consumer.Assignment, Patience)) consumer.Seek(new(committed.TopicPartition, committed.Offset == Offset.Unset ? Offset.Beginning : committed.Offset));
                ended.Clear();
            }
            else producer.CommitTransaction(Patience);
        }
        consumer.Close();
    }

    [Fact]
    public async Task A_copier_that_aborts_now_and_then_and_is_started_again_copies_each_record_once()
    {
        const int records = 200, partitions = 3;
        var (from, to, group, id) = (await programs.CreateTopicAsync("in", partitions), await programs.CreateTopicAsync("out", partitions), BrokerForPrograms.NewName("copier"), BrokerForPrograms.NewName("id"));
        await programs.FillAsync(from, records);
        Copy(from, to, group, id, stopAfter: 7);
        Copy(from, to, group, id, stopAfter: int.MaxValue);
        var copied = programs.ReadAll(to, partitions);
        Assert.Equal(records, copied.Count);
        Assert.Equal(records, copied.Select(record => record.Message.Value).Distinct().Count());
        using var admin = programs.Admin();
        var committed = await admin.ListConsumerGroupOffsetsAsync([new(group, null)]);
        Assert.Equal(records, committed[0].Partitions.Sum(partition => partition.Offset.Value));
    }

    [Fact]
    public async Task A_producer_whose_transactional_id_was_taken_over_is_told_that_it_is_fenced_and_nothing_of_it_is_seen()
    {
        var topic = await programs.CreateTopicAsync("out", 1);
        var id = BrokerForPrograms.NewName("id");
        using var first = programs.Producer(id);
        first.InitTransactions(Patience);
        first.BeginTransaction();
        await first.ProduceAsync(topic, new() { Key = "k", Value = "of the first" });
        using var second = programs.Producer(id);
        second.InitTransactions(Patience);
        second.BeginTransaction();
        await second.ProduceAsync(topic, new() { Key = "k", Value = "of the second" });
        second.CommitTransaction(Patience);
        var fenced = Assert.ThrowsAny<KafkaException>(() => first.CommitTransaction(Patience));
        Assert.True(fenced.Error.IsFatal, fenced.Error.ToString());
        Assert.Equal(["of the second"], programs.ReadAll(topic, 1).Select(record => record.Message.Value));
    }

    [Fact]
    public async Task A_commit_can_be_read_when_it_returns()
    {
        const int partitions = 20;
        var topic = await programs.CreateTopicAsync("out", partitions);
        using var producer = programs.Producer(BrokerForPrograms.NewName("id"));
        producer.InitTransactions(Patience);
        for (var transaction = 1; transaction <= 10; transaction++)
        {
            producer.BeginTransaction();
            for (var partition = 0; partition < partitions; partition++) producer.Produce(new TopicPartition(topic, partition), new() { Key = "k", Value = $"{transaction}" });
            producer.CommitTransaction(Patience);
            Assert.Equal(partitions * transaction, programs.ReadAll(topic, partitions).Count);
        }
    }

    [Fact]
    public async Task A_transaction_goes_through_a_broker_that_is_killed_and_started_again()
    {
        var topic = await programs.CreateTopicAsync("out", 2);
        // On a cluster of one broker, 2.16 drops its brokers after lost connections and starts again from the bootstrap list, unless it is told not to.
        using var producer = programs.Producer(BrokerForPrograms.NewName("id"), static config => config.Set("metadata.recovery.strategy", "none"));
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        await producer.ProduceAsync(new TopicPartition(topic, 0), new() { Key = "k", Value = "before" });
        await programs.Broker.KillAndRestartAsync();
        await producer.ProduceAsync(new TopicPartition(topic, 1), new() { Key = "k", Value = "after" });
        producer.CommitTransaction(Patience);
        Assert.Equal(["after", "before"], programs.ReadAll(topic, 2).Select(record => record.Message.Value).Order());
    }
}
