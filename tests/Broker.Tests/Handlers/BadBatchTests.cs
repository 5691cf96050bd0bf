using System.Buffers.Binary;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Handlers;

/// <summary>Well-formed requests with bad content: each gets its error, nothing is stored, the connection lives.</summary>
public class BadBatchTests : BrokerTest
{
    protected override BrokerOptions Options => new() { TopicDefaults = new Dictionary<string, string> { ["max.message.bytes"] = "100000" } };

    async Task AssertRefusedAsync(byte[]? batch, ErrorCode expected)
    {
        await Broker.CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        var response = await client.AskAsync(Requests.Produce([("t", 0, batch), ("t", 1, TestBatch.Plain("good"))]), Requests.ProduceVersion);
        Assert.Equal([expected, ErrorCode.None], response.Responses[0].PartitionResponses.Select(row => row.ErrorCode));
        Assert.Equal((-1, -1), (response.Responses[0].PartitionResponses[0].BaseOffset, response.Responses[0].PartitionResponses[0].LogAppendTimeMs));
        Assert.Empty(await client.ReadAllAsync("t", 0));
        await AssertServesAsync(client, "t");
    }

    static byte[] Good => TestBatch.Plain("a", "b");

    static byte[] Patched(byte[] batch, Action<byte[]> patch)
    {
        patch(batch);
        return batch;
    }

    [Fact] public Task Null_records() => AssertRefusedAsync(null, ErrorCode.InvalidRecord);
    [Fact] public Task No_bytes() => AssertRefusedAsync([], ErrorCode.InvalidRecord);
    [Fact] public Task Half_a_batch() => AssertRefusedAsync(Good[..40], ErrorCode.InvalidRecord);
    [Fact] public Task Two_batches() => AssertRefusedAsync([.. Good, .. Good], ErrorCode.InvalidRecord);
    [Fact] public Task A_wrong_checksum() => AssertRefusedAsync(Patched(Good, batch => batch[^1] ^= 1), ErrorCode.CorruptMessage);
    [Fact] public Task A_length_below_a_header() => AssertRefusedAsync(Patched(Good, batch => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), 20)), ErrorCode.CorruptMessage);
    [Fact] public Task A_negative_length() => AssertRefusedAsync(Patched(Good, batch => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), -1)), ErrorCode.CorruptMessage);
    [Fact] public Task The_largest_length_there_is() => AssertRefusedAsync(Patched(Good, batch => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), int.MaxValue)), ErrorCode.InvalidRecord);

    [Theory]
    [InlineData(0, ErrorCode.InvalidRecord)]
    [InlineData(1, ErrorCode.InvalidRecord)]
    [InlineData(3, ErrorCode.CorruptMessage)]
    [InlineData(127, ErrorCode.CorruptMessage)]
    [InlineData(-1, ErrorCode.CorruptMessage)]
    public Task Another_magic(sbyte magic, ErrorCode expected) => AssertRefusedAsync(Patched(Good, batch => batch[16] = (byte)magic), expected);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public Task Another_record_count(int count) => AssertRefusedAsync(TestBatch.With(Good, header => header with { RecordCount = count }), ErrorCode.InvalidRecord);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public Task Another_last_offset(int delta) => AssertRefusedAsync(TestBatch.With(Good, header => header with { LastOffsetDelta = delta }), ErrorCode.InvalidRecord);

    [Fact] public Task A_base_offset() => AssertRefusedAsync(TestBatch.With(Good, header => header with { BaseOffset = 7 }), ErrorCode.InvalidRecord);
    [Fact] public Task A_control_batch() => AssertRefusedAsync(TestBatch.With(Good, header => header with { Attributes = BatchAttributes.Of(CompressionCodec.None, control: true) }), ErrorCode.InvalidRecord);
    [Fact] public Task A_producer_id_without_a_sequence() => AssertRefusedAsync(TestBatch.Of(new ProducerId(7), 0, -1, "a"), ErrorCode.InvalidRecord);
    [Fact] public Task A_producer_id_without_an_epoch() => AssertRefusedAsync(TestBatch.Of(new ProducerId(7), -1, 0, "a"), ErrorCode.InvalidRecord);
    [Fact] public Task A_producer_id_below_none() => AssertRefusedAsync(TestBatch.With(Good, header => header with { ProducerId = new ProducerId(-2) }), ErrorCode.InvalidRecord);
    [Fact] public Task A_batch_that_is_too_large() => AssertRefusedAsync(TestBatch.Plain(new string('x', 100_001)), ErrorCode.MessageTooLarge);

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public Task An_unknown_codec(byte codec) =>
        AssertRefusedAsync(TestBatch.With(Good, header => header with { Attributes = new BatchAttributes(codec) }), ErrorCode.UnsupportedCompressionType);

    [Fact]
    public Task A_block_that_cannot_be_decompressed() =>
        AssertRefusedAsync(TestBatch.With(Good, header => header with { Attributes = BatchAttributes.Of(CompressionCodec.Gzip) }), ErrorCode.CorruptMessage);

    [Fact]
    public Task A_block_that_decompresses_to_gigabytes()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            // 80 MiB pack into some 80 KiB, which is below the largest batch.
            for (var megabyte = 0; megabyte < 80; megabyte++) gzip.Write(new byte[1 << 20]);
        }
        Assert.InRange(packed.Length, 1, 99_000);
        var batch = new byte[RecordBatchHeader.Size + packed.Length];
        Good.AsSpan(0, RecordBatchHeader.Size).CopyTo(batch);
        packed.ToArray().CopyTo(batch, RecordBatchHeader.Size);
        return AssertRefusedAsync(TestBatch.With(batch, header => header with
        {
            BatchLength = batch.Length - RecordBatchHeader.LengthPrefix,
            Attributes = BatchAttributes.Of(CompressionCodec.Gzip),
            RecordCount = 1,
            LastOffsetDelta = 0,
        }), ErrorCode.MessageTooLarge);
    }

    [Theory]
    [InlineData(RecordBatchHeader.Size, 0x03)] // The first record's length is -2.
    [InlineData(RecordBatchHeader.Size, 0x7e)] // It is longer than the batch.
    public Task A_record_length_that_lies(int at, byte value) => AssertRefusedAsync(TestBatch.Sealed(Patched(Good, batch => batch[at] = value)), ErrorCode.InvalidRecord);

    [Theory]
    [InlineData(0x01)] // -1 headers.
    [InlineData(0x7e)] // 63 headers.
    public Task A_header_count_that_lies(byte value) => AssertRefusedAsync(TestBatch.Sealed(Patched(Good, batch => batch[^1] = value)), ErrorCode.InvalidRecord);

    [Fact]
    public Task A_timestamp_in_the_far_future() =>
        AssertRefusedAsync(TestBatch.With(Good, header => header with { BaseTimestamp = header.BaseTimestamp + 7_200_000, MaxTimestamp = header.MaxTimestamp + 7_200_000 }), ErrorCode.InvalidTimestamp);

    [Fact]
    public async Task Bytes_behind_the_batch_that_are_no_whole_batch_are_cut_off()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, [.. Good, 1, 2, 3])).ErrorCode);
        Assert.Equal(Good.Length, (await client.FetchAsync("t", 0, 0)).Records!.Value.Length);
    }

    [Fact]
    public Task Bytes_behind_the_batch_that_begin_no_batch() => AssertRefusedAsync([.. Good, .. new byte[40]], ErrorCode.CorruptMessage);

    [Fact]
    public async Task A_compacted_topic_refuses_records_without_a_key_and_names_them()
    {
        await Broker.CreateTopicAsync("t", configs: new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
        var client = await ConnectAsync();
        var row = await client.ProduceAsync("t", 0, Good);
        Assert.Equal(ErrorCode.InvalidRecord, row.ErrorCode);
        Assert.Equal(0, row.RecordErrors[0].BatchIndex);
    }

    [Fact]
    public async Task The_answer_says_in_words_why_a_batch_was_refused()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Contains("100000", (await client.ProduceAsync("t", 0, TestBatch.Plain(new string('x', 100_001)))).ErrorMessage);
    }
}
