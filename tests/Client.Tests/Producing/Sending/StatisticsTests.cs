using Semel.Protocol;

namespace Semel.Client.Tests.Producing.Sending;

public sealed class StatisticsTests
{
    const string Topic = TestCluster.Topic;

    [Fact]
    public async Task A_producer_tells_what_it_has_done_and_what_it_has_in_hand()
    {
        await using var cluster = await TestCluster.StartAsync(partitions: 2);
        var producer = cluster.Produce(("linger.ms", "600000"), ("delivery.timeout.ms", "700000"), ("close.timeout.ms", "0"), ("buffer.memory", "2000000"));
        var none = producer.GetStatistics();
        Assert.Equal((0, 0, 0, 2_000_000), (none.RecordsAccepted, none.BufferedBytes, none.Waiting, none.BufferLimit));
        await producer.EnqueueAsync(Topic, new RawRecord { Partition = 0, Value = new byte[100] });
        await producer.FlushAsync();
        cluster.Fault("Produce:answer:cut:count=1");
        await producer.EnqueueAsync(Topic, new RawRecord { Partition = 0, Value = new byte[100] });
        await producer.EnqueueAsync(Topic, new RawRecord { Partition = 1, Value = new byte[100] });
        await producer.FlushAsync();
        await producer.EnqueueAsync(Topic, new RawRecord { Partition = 1, Value = new byte[100] });
        var now = producer.GetStatistics();
        Assert.Equal((3, 3, 3, 0), (now.RecordsAccepted, now.BatchesClosed, now.RecordsPersisted, now.RecordsFailed));
        Assert.True(now is { BytesAccepted: > 300, BytesPersisted: > 300, Retries: >= 1, RequestsAnswered: >= 2, BufferedBytes: > 0 } && now.LastRequestLatency > TimeSpan.Zero, $"{now}");
        Assert.Equal([new PartitionQueue(new TopicPartition(Topic, 1), 1)], now.Queues);
        await producer.DisposeAsync();
        var end = producer.GetStatistics();
        Assert.Equal((1, 0), (end.RecordsFailed, end.Queues.Count));
    }
}
