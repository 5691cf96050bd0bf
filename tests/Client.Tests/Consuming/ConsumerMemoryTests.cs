using Semel.Client.Consuming;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public sealed class ConsumerMemoryTests : IAsyncDisposable
{
    readonly ScriptedBroker _broker = new();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    Consumer<byte[], byte[]> Reading(int partitions, params (string Key, string Value)[] config)
    {
        var keys = new ConsumerConfig { BootstrapServers = _broker.Address.ToString() };
        foreach (var (key, value) in config) keys[key] = value;
        var consumer = (Consumer<byte[], byte[]>)new ConsumerBuilder<byte[], byte[]>(keys).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(number => new TopicPartitionOffset("t", number, 0)));
        return consumer;
    }

    static ScriptedLog[] Logs(int count, int batches, int valueBytes) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, batches).Aggregate(new ScriptedLog(), (log, _) => log.Append(new string('x', valueBytes))))];

    [Fact]
    public async Task Fetched_data_stays_within_the_limit_and_every_partition_is_read()
    {
        ScriptedLog.Serve(_broker, "t", Logs(count: 20, batches: 50, valueBytes: 10_000));
        await using var consumer = Reading(20, ("queued.max.messages.kbytes", "512"), ("max.partition.fetch.bytes", "50000"));
        var read = new int[20];
        while (read.Sum() < 20 * 50)
        {
            // One batch of a broker may lie above the limit, since it sends at least one per answer; two answers may be on their way.
            Assert.InRange(consumer.Source.BufferedBytes, 0, (512 << 10) + 2 * 20_000);
            using var batch = await consumer.ConsumeBatchAsync(10);
            foreach (var view in batch) read[view.Partition]++;
        }
        Assert.All(read, count => Assert.Equal(50, count));
    }

    [Fact]
    public async Task A_batch_above_the_limit_is_read_all_the_same()
    {
        ScriptedLog.Serve(_broker, "t", Logs(count: 1, batches: 3, valueBytes: 100_000));
        await using var consumer = Reading(1, ("queued.max.messages.kbytes", "1"));
        for (var record = 0; record < 3; record++) Assert.Equal(100_000, (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.Message.Value!.Length);
    }

    [Fact]
    public async Task A_paused_partition_does_not_keep_the_others_from_being_read()
    {
        var logs = Logs(count: 2, batches: 100, valueBytes: 10_000);
        ScriptedLog.Serve(_broker, "t", logs);
        await using var consumer = Reading(2, ("queued.max.messages.kbytes", "300"), ("max.partition.fetch.bytes", "200000"));
        consumer.Pause(new TopicPartition("t", 0));
        consumer.Resume(new TopicPartition("t", 0));
        while (consumer.Source.BufferedBytes < 200_000) await Task.Yield();
        consumer.Pause(new TopicPartition("t", 0));
        for (var record = 0; record < 100; record++) Assert.Equal(new(new TopicPartition("t", 1), record), (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.TopicPartitionOffset);
        consumer.Resume(new TopicPartition("t", 0));
        for (var record = 0; record < 100; record++) Assert.Equal(new(new TopicPartition("t", 0), record), (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.TopicPartitionOffset);
    }

    [Fact]
    public async Task Everything_is_given_back_when_it_was_read()
    {
        var logs = Logs(count: 1, batches: 5, valueBytes: 1000);
        logs[0].Append(CompressionCodec.Gzip, new string('y', 50_000));
        ScriptedLog.Serve(_broker, "t", logs);
        await using var consumer = Reading(1);
        for (var record = 0; record < 6;)
        {
            using var batch = await consumer.ConsumeBatchAsync();
            record += batch.Count;
        }
        Assert.Equal(0, consumer.Source.BufferedBytes);
    }

    [Fact]
    public void Decoding_and_handing_out_allocate_less_than_a_byte_per_record()
    {
        var options = new ConsumerOptions { Connections = _broker.Options };
        var values = Enumerable.Repeat(new string('x', 100), 600).ToArray();
        var records = Enumerable.Range(0, 16).SelectMany(batch => Batches.Plain(batch * 600, values)).ToArray();
        var line = new DeliveryLine(new NobodyListens());
        var feed = new PartitionFeed(new PartitionPosition(new TopicPartition("t", 0)), null!);
        var deserialization = new Deserialization<byte[], byte[]>(Deserializers.ByteArray, Deserializers.ByteArray);
        Read(line, feed, records, options, deserialization);
        var before = GC.GetAllocatedBytesForCurrentThread();
        long count = 0;
        for (var round = 0; round < 20; round++) count += Read(line, feed, records, options, deserialization);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(20 * 16 * 600, count);
        Assert.InRange(allocated / (double)count, 0, 1);
    }

    static long Read(DeliveryLine line, PartitionFeed feed, byte[] records, ConsumerOptions options, Deserialization<byte[], byte[]> deserialization)
    {
        feed.Position.SeekTo(0);
        var frame = new FetchedFrame(new(records, records.Length, null), _ => { });
        line.Enqueue(ChunkDecoder.Decode(new FetchedChunk(feed, feed.Position.FetchEpoch, 0, records, [], frame, ChunkEnding.None), options, _ => { }));
        long count = 0;
        while (true)
        {
            var pulled = new PulledRecords();
            line.Pull(500, ref pulled);
            if (pulled.IsEmpty) return count;
            using var batch = new ConsumeBatch<byte[], byte[]>(pulled, deserialization);
            foreach (var view in batch)
            {
                Assert.True(view.RawValue.Length == 100);
                count++;
            }
        }
    }

    sealed class NobodyListens : IDeliveryHost
    {
        public void Ended(PartitionFeed feed, in ChunkEnding ending) { }
        public void HasRoom(PartitionFeed feed) { }
    }
}
