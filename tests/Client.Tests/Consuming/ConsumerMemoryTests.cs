using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming.Reading;
using Semel.Client.Consuming;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public sealed class ConsumerMemoryTests : IAsyncDisposable
{
    readonly ScriptedBroker _broker = new();
    readonly FetchMemory _memory = new(limitBytes: 64 << 20, () => { });

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

    /// <summary>Batches of 100 records of 1000 equal bytes: ten times the limit of the smaller case, and a hundredth of that on the wire.</summary>
    static ScriptedLog[] CompressedLogs(int count, int batches) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, batches)
        .Aggregate(new ScriptedLog(), (log, _) => log.Append(CompressionCodec.Gzip, [.. Enumerable.Repeat(new string('x', 1000), 100)])))];

    /// <summary>What comes out of one of them, with a few bytes per record beside its value.</summary>
    const int CompressedBatchBytes = 102_000;

    [Theory]
    [InlineData(10, 1)]
    [InlineData(64, 1)]
    [InlineData(64, 1000)]
    [InlineData(1024, 1)]
    [InlineData(1024, 1000)]
    public async Task Decompressed_data_stays_within_the_limit_but_for_one_batch_and_every_partition_is_read(int limitKilobytes, int pullRecords)
    {
        ScriptedLog.Serve(_broker, "t", CompressedLogs(count: 8, batches: 10));
        await using var consumer = Reading(8, ("queued.max.messages.kbytes", $"{limitKilobytes}"));
        var next = new long[8];
        while (next.Sum() < 8 * 10 * 100)
        {
            using var batch = await consumer.ConsumeBatchAsync(pullRecords);
            Assert.InRange(consumer.Source.BufferedBytes, 0, (limitKilobytes << 10) + CompressedBatchBytes);
            foreach (var view in batch) Assert.Equal(next[view.Partition]++, view.Offset);
        }
        Assert.All(next, count => Assert.Equal(1000, count));
    }

    [Fact]
    public async Task What_was_decompressed_is_given_back_record_by_record_pulls_too()
    {
        ScriptedLog.Serve(_broker, "t", CompressedLogs(count: 2, batches: 5));
        await using var consumer = Reading(2, ("queued.max.messages.kbytes", "64"));
        for (var record = 0; record < 2 * 5 * 100; record++)
        {
            Assert.NotNull(await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)));
            Assert.InRange(consumer.Source.BufferedBytes, 0, (64 << 10) + CompressedBatchBytes);
        }
        Assert.Equal(0, consumer.Source.BufferedBytes);
    }

    [Fact]
    public async Task Pulling_batches_after_single_records_keeps_no_memory_of_those()
    {
        ScriptedLog.Serve(_broker, "t", CompressedLogs(count: 2, batches: 5));
        await using var consumer = Reading(2, ("queued.max.messages.kbytes", "64"));
        Assert.NotNull(await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)));
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var read = 1; read < 2 * 5 * 100;)
        {
            using var batch = await consumer.ConsumeBatchAsync(guard.Token);
            read += batch.Count;
        }
        Assert.Equal(0, consumer.Source.BufferedBytes);
    }

    [Fact]
    public async Task A_paused_partition_that_is_full_of_decompressed_data_does_not_keep_the_others_from_being_read()
    {
        ScriptedLog.Serve(_broker, "t", CompressedLogs(count: 2, batches: 10));
        await using var consumer = Reading(2, ("queued.max.messages.kbytes", "300"));
        var first = (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.TopicPartitionOffset;
        consumer.Pause(first.TopicPartition);
        var other = new TopicPartition("t", 1 - first.Partition);
        for (var record = 0; record < 1000; record++) Assert.Equal(new(other, record), (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.TopicPartitionOffset);
        consumer.Resume(first.TopicPartition);
        for (var record = 1; record < 1000; record++) Assert.Equal(new(first.TopicPartition, record), (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.TopicPartitionOffset);
    }

    [Fact]
    public async Task Seeking_while_most_of_a_chunk_waits_to_be_decompressed_drops_what_waits()
    {
        ScriptedLog.Serve(_broker, "t", CompressedLogs(count: 1, batches: 10));
        await using var consumer = Reading(1, ("queued.max.messages.kbytes", "64"));
        foreach (var offset in new long[] { 0, 950, 150, 700, 5 })
        {
            consumer.Seek(new TopicPartitionOffset("t", 0, offset));
            for (var record = offset; record < offset + 50; record++) Assert.Equal(record, (await consumer.ConsumeAsync(TimeSpan.FromSeconds(20)))!.Value.Offset.Value);
        }
        consumer.Seek(new TopicPartitionOffset("t", 0, 1000));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        Assert.InRange(consumer.Source.BufferedBytes, 0, (64 << 10) + CompressedBatchBytes);
    }

    [Fact]
    public void Decoding_and_handing_out_allocate_less_than_a_byte_per_record()
    {
        var options = new ConsumerOptions { Connections = _broker.Options };
        var values = Enumerable.Repeat(new string('x', 100), 600).ToArray();
        var records = Enumerable.Range(0, 16).SelectMany(batch => Batches.Plain(batch * 600, values)).ToArray();
        var line = new ConsumerTurn(new ConsumerState(options, _memory)).Line;
        var feed = new PartitionFeed(new PartitionPosition(new TopicPartition("t", 0)));
        var deserialization = new Deserialization<byte[], byte[]>(Deserializers.ByteArray, Deserializers.ByteArray);
        Read(line, feed, records, options, deserialization);
        var before = GC.GetAllocatedBytesForCurrentThread();
        long count = 0;
        for (var round = 0; round < 20; round++) count += Read(line, feed, records, options, deserialization);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(20 * 16 * 600, count);
        Assert.InRange(allocated / (double)count, 0, 1);
    }

    long Read(DeliveryLine line, PartitionFeed feed, byte[] records, ConsumerOptions options, Deserialization<byte[], byte[]> deserialization)
    {
        feed.Position.SeekTo(0);
        var frame = new FetchedFrame(new(records, records.Length, null), _ => { });
        var (decoded, rest) = ChunkDecoder.Decode(new FetchedChunk(feed, feed.Position.FetchEpoch, 0, records, [], frame, ChunkEnding.None), options, _memory, granted: 0);
        line.Enqueue(decoded, rest);
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
}
