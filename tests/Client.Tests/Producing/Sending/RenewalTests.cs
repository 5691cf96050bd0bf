using System.Collections.Concurrent;
using System.Net;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Testing;

namespace Semel.Client.Tests.Producing.Sending;

/// <summary>A producer that outlives the broker's data, or its topic, against the real broker.</summary>
public sealed class RenewalTests : IAsyncLifetime
{
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync(partitions: 2);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    static Message<string, string> Value(string value) => new() { Value = value };

    static async Task<List<string>> ReadAsync(string servers)
    {
        await using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = servers }).Build();
        consumer.Assign(new TopicPartitionOffset(TestCluster.Topic, 0, Offset.Beginning), new TopicPartitionOffset(TestCluster.Topic, 1, Offset.Beginning));
        var values = new List<string>();
        await foreach (var record in consumer.ConsumeUntilEndAsync()) values.Add(record.Message.Value!);
        return values;
    }

    /// <summary>Writes until a record is acknowledged; those before it end as they must.</summary>
    static async Task<string> UntilAcknowledgedAsync(IProducer<string, string> producer, List<string> persisted, string prefix)
    {
        for (var attempt = 0; ; attempt++)
        {
            Assert.True(attempt < 50, "nothing is acknowledged any more");
            var value = $"{prefix}{attempt}";
            try
            {
                await producer.ProduceAsync(new TopicPartition(TestCluster.Topic, attempt % 2), Value(value)).AsTask().WaitAsync(Guard);
                persisted.Add(value);
                return value;
            }
            catch (ProduceException failure)
            {
                Assert.Equal((PersistenceStatus.NotPersisted, LocalErrorCode.TopicRecreated), (failure.Status, failure.Error.LocalCode));
            }
        }
    }

    [Fact]
    public async Task A_broker_that_comes_back_empty_is_written_to_under_a_new_id_and_every_acknowledged_record_is_there()
    {
        await using var empty = await InProcessBroker.StartAsync();
        await empty.CreateTopicAsync(TestCluster.Topic, 2);
        await using var survivor = _cluster.Produce();
        var events = new ConcurrentQueue<ProducerEvent>();
        survivor.Events += events.Enqueue;
        for (var record = 0; record < 10; record++) await survivor.ProduceAsync(new TopicPartition(TestCluster.Topic, record % 2), Value($"old {record}"));
        var id = survivor.Info.ProducerId;

        _cluster.Proxy.Upstream = IPEndPoint.Parse(empty.BootstrapServers);
        _cluster.Proxy.CutAll();
        await using var newcomer = _cluster.Produce();
        var persisted = new List<string>();
        for (var round = 0; round < 10; round++)
        {
            var value = $"newcomer {round}";
            await newcomer.ProduceAsync(new TopicPartition(TestCluster.Topic, round % 2), Value(value));
            persisted.Add(value);
            await UntilAcknowledgedAsync(survivor, persisted, $"survivor {round}.");
        }
        Assert.Equal(persisted.Order(), (await ReadAsync(empty.BootstrapServers)).Order());
        Assert.NotEqual(newcomer.Info.ProducerId, survivor.Info.ProducerId);
        Assert.True(survivor.Info.ProducerId != id || newcomer.Info.ProducerId != id);
        await survivor.FlushAsync();
        Assert.Single(events.OfType<ClusterReplaced>());
    }

    [Fact]
    public async Task A_topic_that_was_deleted_and_made_again_is_written_to_under_a_new_id_and_another_topic_misses_nothing()
    {
        const string other = "other";
        await _cluster.Broker.CreateTopicAsync(other);
        await using var producer = _cluster.Produce();
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = _cluster.Broker.BootstrapServers });
        await UntilAcknowledgedAsync(producer, [], "old ");
        await producer.ProduceAsync(other, Value("first"));
        var id = producer.Info.ProducerId;
        Assert.Null((await admin.DeleteTopicsAsync([TestCluster.Topic]))[0].Failure);
        await _cluster.Broker.CreateTopicAsync(TestCluster.Topic, 2);
        var persisted = new List<string>();
        for (var round = 0; round < 20; round++) await UntilAcknowledgedAsync(producer, persisted, $"new {round}.");
        await producer.ProduceAsync(other, Value("last"));
        Assert.NotEqual(id, producer.Info.ProducerId);
        Assert.Equal(persisted.Order(), (await ReadAsync(_cluster.Broker.BootstrapServers)).Order());
    }

    /// <summary>By name only, and the new cluster gives the id that the old one gave: nothing but the question which cluster it is tells the two apart.</summary>
    [Fact]
    public async Task Not_a_byte_of_a_batch_for_the_old_cluster_is_written_to_the_new_one()
    {
        await using var broker = new ScriptedBroker();
        broker.Topics[TestCluster.Topic] = (TopicId.None, 1);
        broker.On<InitProducerIdRequest, InitProducerIdResponse>((_, _) => new InitProducerIdResponse { ProducerId = new ProducerId(7), ProducerEpoch = new ProducerEpoch(0) });
        var sequences = new ConcurrentQueue<string>();
        broker.On<ProduceRequest, ProduceResponse>((request, _) =>
        {
            using var records = new RecordBatchReader(request.TopicData[0].PartitionData[0].Records!.Value.Span);
            sequences.Enqueue($"{broker.ClusterId} {records.Header.BaseSequence}");
            // What is sent first is answered; then nobody answers any more, until the other cluster is there.
            if (broker.ClusterId == "old" && sequences.Count > 1) return null;
            return new ProduceResponse
            {
                Responses = [new ProduceResponse.TopicProduceResponse { Name = TestCluster.Topic, PartitionResponses = [new ProduceResponse.PartitionProduceResponse { Index = 0, BaseOffset = 0 }] }],
            };
        });
        broker.ClusterId = "old";
        await using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = broker.Address.ToString(), ["linger.ms"] = "0", ["retry.backoff.ms"] = "5" }).Build();
        await producer.ProduceAsync(TestCluster.Topic, Value("known"));
        var unknown = producer.ProduceAsync(TestCluster.Topic, Value("unknown")).AsTask();
        await Eventually.Is(() => sequences.Count == 2);
        broker.ClusterId = "new";
        broker.CutConnections();
        Assert.Equal(PersistenceStatus.PossiblyPersisted, (await Assert.ThrowsAsync<ProduceException>(() => unknown.WaitAsync(Guard))).Status);
        await producer.ProduceAsync(TestCluster.Topic, Value("new")).AsTask().WaitAsync(Guard);
        Assert.Equal(["old 0", "old 1", "new 0"], sequences);
    }

    [Fact]
    public async Task What_was_on_its_way_to_the_old_cluster_and_is_unknown_is_told_as_possibly_persisted_and_is_not_in_the_new_one()
    {
        await using var empty = await InProcessBroker.StartAsync();
        await empty.CreateTopicAsync(TestCluster.Topic, 2);
        await using var producer = _cluster.Produce(("allow.topic.recreation", "true"));
        await producer.ProduceAsync(new TopicPartition(TestCluster.Topic, 0), Value("known"));
        _cluster.Fault("Produce:answer:blackhole");
        var unknown = producer.ProduceAsync(new TopicPartition(TestCluster.Topic, 0), Value("unknown")).AsTask();
        await Eventually.Is(() => _cluster.Proxy.Counters.Total.Faults > 0);
        _cluster.Fault();
        _cluster.Proxy.Upstream = IPEndPoint.Parse(empty.BootstrapServers);
        _cluster.Proxy.CutAll();
        var failure = await Assert.ThrowsAsync<ProduceException>(() => unknown.WaitAsync(Guard));
        Assert.Equal(PersistenceStatus.PossiblyPersisted, failure.Status);
        await producer.ProduceAsync(new TopicPartition(TestCluster.Topic, 0), Value("new"));
        Assert.Equal(["new"], await ReadAsync(empty.BootstrapServers));
    }
}
