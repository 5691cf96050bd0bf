using Semel.Client;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Our client on the broker that users go to when they outgrow one machine, unchanged.</summary>
public class OurClientOnKafkaTests
{
    static IProducer<string, string> Producer(string bootstrap) =>
        new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap, DeliveryTimeoutMs = 120_000, MaxBlockMs = 60_000, BatchSize = 4096 }).Build();

    static async Task<List<ConsumeResult<string, string>>> ReadAsync(string bootstrap, string topic, int partitions)
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = bootstrap }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(new(topic, p), Offset.Beginning)));
        var read = new List<ConsumeResult<string, string>>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) read.Add(record);
        return read;
    }

    [PeersFact]
    public async Task Every_record_is_there_once_and_in_order_although_the_broker_is_killed()
    {
        using var kafka = new ApacheKafka();
        await ExpectOnceAndInOrderAsync(kafka, 1);
    }

    /// <summary>Each kill moves the leadership of a third of the partitions to another broker, and the restart some of it back.</summary>
    [PeersFact]
    public async Task Every_record_is_there_once_and_in_order_although_the_leaders_of_three_brokers_change()
    {
        using var kafka = new ApacheKafka(brokers: 3);
        await using (var admin = new AdminClient(new ClientConfig { BootstrapServers = kafka.Bootstrap }))
            await admin.CreateTopicsAsync([new NewTopic("kept", 3, 3) { Configs = new Dictionary<string, string> { ["min.insync.replicas"] = "2" } }]);
        await ExpectOnceAndInOrderAsync(kafka, 1, 2, 3);
    }

    /// <summary>Sends before, while and after each of the brokers named is killed and started again, a few records ahead of their acknowledgements.</summary>
    static async Task ExpectOnceAndInOrderAsync(ApacheKafka kafka, params int[] kills)
    {
        const int Around = 1000, Ahead = 5;
        var deliveries = new List<Delivery>();
        await using (var producer = Producer(kafka.Bootstrap))
        {
            foreach (var broker in kills)
            {
                for (var i = 0; i < Around; i++) await SendAsync();
                var killing = Task.Run(() => kafka.KillAndRestart(broker));
                do await SendAsync();
                while (!killing.IsCompleted);
                await killing;
            }
            for (var i = 0; i < Around; i++) await SendAsync();
            var flushed = await producer.FlushAsync();
            Assert.Equal((deliveries.Count, 0), (flushed.Delivered, flushed.Failed));

            // The keys decide the partitions; the numbers are the order.
            async Task SendAsync()
            {
                var i = deliveries.Count;
                deliveries.Add(await producer.EnqueueAsync("kept", new Message<string, string> { Key = $"k{i % 17}", Value = $"{i}" }));
                if (i >= Ahead) await deliveries[i - Ahead];
            }
        }
        var read = await ReadAsync(kafka.Bootstrap, "kept", 3);
        Assert.Equal(Enumerable.Range(0, deliveries.Count), read.Select(r => int.Parse(r.Message.Value!)).Order());
        foreach (var partition in read.GroupBy(r => r.Partition)) Assert.Equal(partition.Select(r => int.Parse(r.Message.Value!)).Order(), partition.Select(r => int.Parse(r.Message.Value!)));
        var places = read.ToDictionary(r => int.Parse(r.Message.Value!), r => (r.Partition, r.Offset));
        for (var i = 0; i < deliveries.Count; i++)
        {
            var result = await deliveries[i];
            Assert.Equal(PersistenceStatus.Persisted, result.Status);
            if (result.Offset.Value >= 0) Assert.Equal(places[i], (result.Partition, result.Offset));
        }
    }

    /// <summary>The same keys lie in the same partitions as those of Java's producer.</summary>
    [PeersFact]
    public async Task Keys_are_placed_as_Java_places_them()
    {
        using var kafka = new ApacheKafka();
        await using (var producer = Producer(kafka.Bootstrap))
        {
            for (var i = 0; i < 50; i++) await producer.EnqueueAsync("placed", new Message<string, string> { Key = $"key-{i}", Value = "ours" });
            await producer.FlushAsync();
        }
        var java = Ran.Program(Path.Combine(PeersFolder.Required, "tools", "kafka-console-producer.sh"),
            ["--bootstrap-server", kafka.Bootstrap, "--topic", "placed", "--reader-property", "parse.key=true", "--reader-property", "key.separator=:"],
            TimeSpan.FromSeconds(60), input: string.Concat(Enumerable.Range(0, 50).Select(i => $"key-{i}:java\n")));
        Assert.True(java.ExitCode == 0, java.Error);
        var read = await ReadAsync(kafka.Bootstrap, "placed", 3);
        Assert.Equal(100, read.Count);
        foreach (var key in read.GroupBy(r => r.Message.Key)) Assert.Single(key.Select(r => r.Partition).Distinct());
    }
}
