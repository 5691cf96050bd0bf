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

    /// <summary>What is acknowledged from now on, one record after the other; those that waited while their topic went are refused by name.</summary>
    static async Task<List<string>> AcknowledgedAsync(IProducer<string, string> producer, string topic, string prefix, int count)
    {
        var acknowledged = new List<string>();
        for (var i = 0; acknowledged.Count < count; i++)
        {
            Assert.True(i < 10 * count, $"{acknowledged.Count} of {i} records were acknowledged");
            var value = $"{prefix}{i}";
            try
            {
                await producer.ProduceAsync(topic, new Message<string, string> { Key = $"k{i % 17}", Value = value });
                acknowledged.Add(value);
            }
            catch (ProduceException failure)
            {
                Assert.Equal((PersistenceStatus.NotPersisted, LocalErrorCode.TopicRecreated), (failure.Status, failure.Error.LocalCode));
            }
        }
        return acknowledged;
    }

    [PeersFact]
    public async Task A_topic_that_is_deleted_and_made_again_is_written_to_under_a_new_id_and_has_every_acknowledged_record_once()
    {
        using var kafka = new ApacheKafka();
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = kafka.Bootstrap });
        Assert.Null((await admin.CreateTopicsAsync([new NewTopic("anew", 3, 1)]))[0].Failure);
        await using var producer = Producer(kafka.Bootstrap);
        await AcknowledgedAsync(producer, "anew", "old ", 100);
        var id = producer.Info.ProducerId;
        Assert.Null((await admin.DeleteTopicsAsync(["anew"]))[0].Failure);
        Assert.Null((await admin.CreateTopicsAsync([new NewTopic("anew", 3, 1)]))[0].Failure);
        var acknowledged = await AcknowledgedAsync(producer, "anew", "new ", 100);
        Assert.Equal(acknowledged.Order(), (await ReadAsync(kafka.Bootstrap, "anew", 3)).Select(r => r.Message.Value!).Order());
        Assert.NotEqual(id, producer.Info.ProducerId);
    }

    /// <summary>Kafka counts producer ids from 0 again: without a new id the survivor and the newcomer would write under the same.</summary>
    [PeersFact]
    public async Task A_producer_that_outlives_the_brokers_data_loses_no_acknowledged_record_of_its_own_or_of_a_newcomer()
    {
        using var kafka = new ApacheKafka();
        await using var survivor = Producer(kafka.Bootstrap);
        var replaced = new TaskCompletionSource<ClusterReplaced>(TaskCreationOptions.RunContinuationsAsynchronously);
        survivor.Events += happened =>
        {
            if (happened is ClusterReplaced told) replaced.TrySetResult(told);
        };
        await AcknowledgedAsync(survivor, "kept", "old ", 100);
        kafka.ComeBackEmpty();
        await using var newcomer = Producer(kafka.Bootstrap);
        List<string> acknowledged = [];
        for (var round = 0; round < 5; round++)
        {
            acknowledged.AddRange(await AcknowledgedAsync(newcomer, "kept", $"newcomer {round}.", 20));
            acknowledged.AddRange(await AcknowledgedAsync(survivor, "kept", $"survivor {round}.", 20));
        }
        Assert.Equal(acknowledged.Order(), (await ReadAsync(kafka.Bootstrap, "kept", 3)).Select(r => r.Message.Value!).Order());
        Assert.NotEqual(newcomer.Info.ProducerId, survivor.Info.ProducerId);
        await replaced.Task.WaitAsync(TimeSpan.FromSeconds(10));
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
