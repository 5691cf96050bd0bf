using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>Batches that are damaged, cannot be read, or lie about themselves.</summary>
public sealed class ConsumerDamageTests : ConsumerTest
{
    [Fact]
    public async Task A_damaged_batch_is_fetched_again_and_delivered_when_it_is_sound_then()
    {
        _log.Append("0").Append("1");
        var fetches = 0;
        _log.Distort = bytes => fetches++ < 2 ? Batches.Damaged(bytes) : bytes;
        Assert.Equal(["0", "1"], await TakeAsync(Reading(Offset.Beginning), 2));
        Assert.Equal(3, fetches);
    }

    [Fact]
    public async Task A_batch_that_stays_damaged_is_told_after_what_lies_before_it_and_seeking_past_it_goes_on()
    {
        _log.Append("0").Append("1", "2").Append("3");
        _log.Distort = bytes =>
        {
            var at = bytes.AsSpan().IndexOf(Batches.Plain(1, "1", "2").AsSpan(0, 8));
            if (at >= 0) bytes[at + 25] ^= 1;
            return bytes;
        };
        var consumer = Reading(Offset.Beginning);
        var events = new List<ConsumerEvent>();
        consumer.Events += events.Add;
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.CorruptRecord, new TopicPartitionOffset(_partition, 1)), (failure.Fault, failure.TopicPartitionOffset));
        Assert.Equal(ConsumeFault.CorruptRecord, Assert.Single(events).Fault);
        Assert.Equal(3, _log.FetchedFrom.Count(offset => offset <= 1));
        Assert.True(consumer.GetPositions(_partition).IsStopped);
        consumer.Seek(new TopicPartitionOffset(_partition, 3));
        Assert.Equal("3", (await NextAsync(consumer)).Message.Value);
    }

    /// <summary>What a broker answers for a fetch that begins where its log has a hole.</summary>
    [Fact]
    public async Task An_offset_that_the_broker_cannot_read_is_told_by_name_and_neither_skipped_nor_asked_for_without_end()
    {
        _log.Append("0").Append("1", "2").Append("3");
        _log.Refuse = offset => offset is 1 or 2 ? ErrorCode.CorruptMessage : ErrorCode.None;
        var consumer = Reading(Offset.Beginning, ("max.partition.fetch.bytes", "1"));
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.CorruptRecord, ErrorCode.CorruptMessage, new TopicPartitionOffset(_partition, 1)), (failure.Fault, failure.Error.Code, failure.TopicPartitionOffset));
        Assert.Contains($"offset 1 of {_partition}", failure.Message);
        Assert.Contains("Seek past it", failure.Message);
        Assert.Equal(3, _log.FetchedFrom.Count(offset => offset == 1));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        Assert.True(consumer.GetPositions(_partition).IsStopped);
        Assert.Equal(3, _log.FetchedFrom.Count(offset => offset == 1));
        consumer.Seek(new TopicPartitionOffset(_partition, 3));
        Assert.Equal("3", (await NextAsync(consumer)).Message.Value);
    }

    [Fact]
    public async Task Damage_is_not_looked_for_when_crcs_are_not_to_be_checked()
    {
        var batch = Batches.Plain(0, "0");
        batch[17] ^= 1;
        _log.Add(batch);
        Assert.Equal(["0"], await TakeAsync(Reading(Offset.Beginning, ("check.crcs", "false")), 1));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public async Task A_codec_that_Kafka_does_not_have_is_named_and_never_skipped(byte codec)
    {
        _log.Append("0").Add(Batches.Pretend(Batches.Plain(1, "1", "2"), (CompressionCodec)codec)).Append("3");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.UnsupportedCodec, 1L), (failure.Fault, failure.TopicPartitionOffset.Offset.Value));
        Assert.Contains($"codec {codec}", failure.Message);
        Assert.Contains("past offset 2", failure.Message);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task Compressed_records_that_are_none_are_damage(CompressionCodec codec)
    {
        _log.Append("0").Add(Batches.Pretend(Batches.Plain(1, "1", "2"), codec)).Append("3");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal((ConsumeFault.CorruptRecord, 1L), (failure.Fault, failure.TopicPartitionOffset.Offset.Value));
    }

    [Fact]
    public async Task Records_that_cannot_be_opened_do_not_matter_in_an_aborted_transaction()
    {
        _log.Transactional(1, CompressionCodec.None, "0");
        _log.Add(Batches.Pretend(Batches.Of(1, ["1"], 1, transactional: true), CompressionCodec.Zstd)).Abort(1, 0).Append("kept");
        Assert.Equal(["kept"], await ToEndAsync(Reading(Offset.Beginning)));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task A_batch_that_grows_beyond_the_limit_is_corrupt_at_once(CompressionCodec codec)
    {
        _log.Append("0").Append(codec, new string('x', 1_000_000)).Append("2");
        var consumer = Reading(Offset.Beginning, ("max.decompressed.batch.bytes", "100000"));
        Assert.Equal(["0"], await TakeAsync(consumer, 1));
        var failure = await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(consumer));
        Assert.Equal(ConsumeFault.CorruptRecord, failure.Fault);
        Assert.Contains("max.decompressed.batch.bytes=100000", failure.Message);
    }

    [Fact]
    public async Task Records_whose_count_or_lengths_lie_are_damage()
    {
        _log.Add(Batches.With(Batches.Plain(0, "a", "b"), header => header with { RecordCount = 2_000_000_000 }));
        Assert.Equal(ConsumeFault.CorruptRecord, (await Assert.ThrowsAsync<ConsumeException>(() => NextAsync(Reading(Offset.Beginning)))).Fault);
    }
}
