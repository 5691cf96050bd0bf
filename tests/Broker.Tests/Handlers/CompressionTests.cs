using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Codecs;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Handlers;

/// <summary>What is done to compressed batches, and by whose wish: topic's, broker's, producer's.</summary>
public class CompressionTests : BrokerTest
{
    protected override BrokerOptions Options => new() { TopicDefaults = new Dictionary<string, string> { ["compression.type"] = "lz4" } };

    public static TheoryData<string, CompressionCodec?> Types => new()
    {
        { "producer", null }, { "uncompressed", CompressionCodec.None }, { "gzip", CompressionCodec.Gzip }, { "snappy", CompressionCodec.Snappy }, { "lz4", CompressionCodec.Lz4 }, { "zstd", CompressionCodec.Zstd },
    };

    Task CreateAsync(string name, params (string Name, string Value)[] configs) => Broker.CreateTopicAsync(name, 1, configs.ToDictionary(pair => pair.Name, pair => pair.Value));

    static async Task<List<RecordBatchHeader>> HeadersAsync(FrameClient client, string topic)
    {
        var headers = new List<RecordBatchHeader>();
        foreach (var batch in RecordBatches.Split((await client.FetchAsync(topic, 0, 0)).Records!.Value))
        {
            Assert.True(RecordBatch.HasValidCrc(batch.Bytes.Span));
            headers.Add(batch.Header);
        }
        return headers;
    }

    [Theory, MemberData(nameof(Types))]
    public async Task Batches_of_every_codec_are_stored_with_the_codec_of_their_topic_and_known_again(string type, CompressionCodec? stored)
    {
        await CreateAsync("t", ("compression.type", type));
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        var (sequence, sent) = (0, new List<string>());
        foreach (var codec in Enum.GetValues<CompressionCodec>())
        {
            string[] values = [.. Enumerable.Range(sequence, 5).Select(number => $"{codec} {number} {new string('x', 200)}")];
            var batch = TestBatch.Build(producer, 0, sequence, codec, false, values);
            Assert.Equal((ErrorCode.None, (long)sequence), await OutcomeAsync(client, batch));
            // Again, as it was and with another codec, as after a restart with another setting: both are the batch that is there.
            Assert.Equal((ErrorCode.None, (long)sequence), await OutcomeAsync(client, batch));
            Assert.Equal((ErrorCode.None, (long)sequence), await OutcomeAsync(client, TestBatch.Build(producer, 0, sequence, CompressionCodec.Zstd, false, values)));
            sequence += 5;
            sent.AddRange(values);
        }
        Assert.Equal(sent, await client.ReadAllAsync("t"));
        var headers = await HeadersAsync(client, "t");
        Assert.Equal(Enum.GetValues<CompressionCodec>().Select(codec => stored ?? codec), headers.Select(header => header.Attributes.Codec));
        Assert.Equal([0, 5, 10, 15, 20], headers.Select(header => header.BaseSequence));
        Assert.All(headers, header => Assert.Equal((producer, 5, header.BaseOffset), (header.ProducerId, header.RecordCount, (long)header.BaseSequence)));
    }

    static async Task<(ErrorCode, long)> OutcomeAsync(FrameClient client, byte[] batch) =>
        await client.ProduceAsync("t", 0, batch) is var row ? (row.ErrorCode, row.BaseOffset) : default;

    [Fact]
    public async Task A_topic_without_a_wish_of_its_own_has_the_brokers()
    {
        await CreateAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        Assert.Equal(CompressionCodec.Lz4, Assert.Single(await HeadersAsync(client, "t")).Attributes.Codec);
    }

    [Fact]
    public async Task Markers_are_never_compressed_and_what_they_end_is_filtered_as_ever()
    {
        await CreateAsync("t", ("compression.type", "zstd"));
        var client = await ConnectAsync();
        var transactional = new TransactionalClient(client, "x", isNew: true);
        await transactional.InitAsync();
        foreach (var commit in new[] { true, false })
        {
            Assert.Equal(ErrorCode.None, await transactional.ProduceAsync("t", 0, $"{commit}"));
            Assert.Equal(ErrorCode.None, await transactional.EndAsync(commit));
        }
        var headers = await HeadersAsync(client, "t");
        Assert.Equal([(false, CompressionCodec.Zstd), (true, CompressionCodec.None), (false, CompressionCodec.Zstd), (true, CompressionCodec.None)], headers.Select(header => (header.Attributes.IsControl, header.Attributes.Codec)));
        Assert.All(headers, header => Assert.True(header.Attributes.IsTransactional));
        Assert.Equal(["True"], TestBatch.CommittedOf(await client.FetchAsync("t", 0, 0, IsolationLevel.ReadCommitted)));
    }

    [Fact]
    public async Task The_time_of_the_append_is_given_to_recompressed_batches_too()
    {
        await CreateAsync("t", ("compression.type", "gzip"), ("message.timestamp.type", "LogAppendTime"));
        var client = await ConnectAsync();
        var row = await client.ProduceAsync("t", 0, TestBatch.With(TestBatch.Plain("a"), header => header with { BaseTimestamp = 5, MaxTimestamp = 5 }));
        var header = Assert.Single(await HeadersAsync(client, "t"));
        Assert.Equal((TimestampType.LogAppendTime, row.LogAppendTimeMs, 5L), (header.Attributes.TimestampType, header.MaxTimestamp, header.BaseTimestamp));
    }

    [Fact]
    public async Task A_record_larger_than_the_topic_takes_when_decompressed_is_refused_and_its_neighbours_are_not()
    {
        await CreateAsync("t", ("max.decompressed.message.bytes", "1000"), ("compression.type", "producer"));
        var client = await ConnectAsync();
        var large = new string('x', 2000);
        foreach (var codec in Plain)
        {
            var refused = await client.ProduceAsync("t", 0, TestBatch.Build(ProducerId.None, -1, -1, codec, false, "a", large));
            Assert.Equal((ErrorCode.InvalidRecord, -1L), (refused.ErrorCode, refused.BaseOffset));
            Assert.Empty(refused.RecordErrors);
            Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Build(ProducerId.None, -1, -1, codec, false, [.. Enumerable.Repeat(new string('y', 900), 10)]))).ErrorCode);
        }
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Plain(large))).ErrorCode);
    }

    static readonly CompressionCodec[] Plain = [CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd];

    [Fact]
    public async Task What_recompression_makes_larger_than_the_topic_takes_is_refused_and_a_retry_of_what_is_there_is_not()
    {
        await CreateAsync("t", ("max.message.bytes", "10000"), ("compression.type", "uncompressed"));
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        var refused = await client.ProduceAsync("t", 0, TestBatch.Build(producer, 0, 0, CompressionCodec.Zstd, false, new string('x', 20_000)));
        Assert.Equal(ErrorCode.MessageTooLarge, refused.ErrorCode);
        Assert.Contains("compression.type", refused.ErrorMessage);
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "there"))).ErrorCode);
        var again = await client.ProduceAsync("t", 0, TestBatch.Build(producer, 0, 0, CompressionCodec.Zstd, false, new string('x', 20_000)));
        Assert.Equal((ErrorCode.None, 0L), (again.ErrorCode, again.BaseOffset));
    }

    [Fact]
    public async Task Records_are_found_by_their_time_in_every_codec()
    {
        await CreateAsync("t", ("compression.type", "producer"));
        var client = await ConnectAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var codec in Plain)
        {
            using var builder = new RecordBatchBuilder(1 << 20);
            for (var record = 0; record < 3; record++) builder.TryAppend(now + (int)codec * 10 + record, default, true, "v"u8, false);
            builder.Close(codec, null, CodecTable.All);
            await client.ProduceAsync("t", 0, builder.Bytes.ToArray());
        }
        foreach (var codec in Plain)
        {
            var answer = await client.AskAsync(new ListOffsetsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, CurrentLeaderEpoch = -1, Timestamp = now + (int)codec * 10 + 1 }] }] }, 7);
            var row = answer.Topics[0].Partitions[0];
            Assert.Equal((((int)codec - 1) * 3 + 1, now + (int)codec * 10 + 1), (row.Offset, row.Timestamp));
        }
    }
}
