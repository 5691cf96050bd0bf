using System.Text;
using Semel.Codecs;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class RecordBatchBuilderTests
{
    static bool Append(RecordBatchBuilder builder, string? key, string? value, long timestamp = Batches.Time, params RecordHeader[] headers) =>
        builder.TryAppend(timestamp, Encoding.UTF8.GetBytes(key ?? ""), key is null, Encoding.UTF8.GetBytes(value ?? ""), value is null, headers);

    [Fact]
    public void A_batch_has_the_bytes_that_another_implementation_makes()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Append(builder, "key", "value-0", Batches.Time, new RecordHeader("h", "v"u8.ToArray()), new RecordHeader("null", null));
        Append(builder, null, null);
        Append(builder, "", "");
        builder.Close(CompressionCodec.None);
        builder.Stamp(new ProducerId(900), new ProducerEpoch(5), 7, transactional: false);
        Assert.Equal(Batches.Plain, Convert.ToHexStringLower(builder.Bytes.Span));
    }

    [Fact]
    public void A_transactional_batch_at_the_last_sequence_has_the_bytes_that_another_implementation_makes()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Append(builder, null, "a", 1);
        Append(builder, null, "b", 1);
        builder.Close(CompressionCodec.None);
        builder.Stamp(new ProducerId(4611686018427387904), new ProducerEpoch(32767), int.MaxValue, transactional: true);
        Assert.Equal(Batches.AtTheWrap, Convert.ToHexStringLower(builder.Bytes.Span));
    }

    [Fact]
    public void Without_a_stamp_a_closed_batch_has_no_producer()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Append(builder, null, "v");
        builder.Close(CompressionCodec.None);
        Assert.True(RecordBatchHeader.TryRead(builder.Bytes.Span, out var header));
        Assert.Equal((ProducerId.None, ProducerEpoch.None, SequenceNumber.None), (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
        Assert.True(RecordBatch.HasValidCrc(builder.Bytes.Span));
    }

    [Fact]
    public void Each_stamp_leaves_a_right_checksum_and_the_records_as_they_were()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        for (var i = 0; i < 1000; i++) Append(builder, "key", $"value {i}", Batches.Time + i);
        builder.Close(CompressionCodec.None);
        var records = builder.Bytes[RecordBatchHeader.Size..].ToArray();
        (long Id, short Epoch, int Sequence, bool Transactional)[] stamps = [(1, 0, 0, true), (1, 1, 0, true), (77, 3, int.MaxValue - 10, false)];
        foreach (var stamp in stamps)
        {
            builder.Stamp(new ProducerId(stamp.Id), new ProducerEpoch(stamp.Epoch), stamp.Sequence, stamp.Transactional);
            Assert.True(RecordBatch.HasValidCrc(builder.Bytes.Span));
            Assert.True(RecordBatchHeader.TryRead(builder.Bytes.Span, out var header));
            Assert.Equal(stamp, (header.ProducerId.Value, header.ProducerEpoch.Value, header.BaseSequence, header.Attributes.IsTransactional));
            Assert.Equal(records, builder.Bytes[RecordBatchHeader.Size..].ToArray());
        }
    }

    [Fact]
    public void The_base_timestamp_is_the_first_records_and_the_largest_is_remembered()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        foreach (var timestamp in (long[])[1000, 5, 7000, 6000]) Append(builder, null, "v", timestamp);
        builder.Close(CompressionCodec.None);
        Assert.True(RecordBatchHeader.TryRead(builder.Bytes.Span, out var header));
        Assert.Equal((1000, 7000), (header.BaseTimestamp, header.MaxTimestamp));
        using var reader = new RecordBatchReader(builder.Bytes.Span, Batches.Reading());
        foreach (var timestamp in (long[])[1000, 5, 7000, 6000])
        {
            Assert.True(reader.MoveNext());
            Assert.Equal(timestamp, reader.Timestamp);
        }
    }

    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(-1, 0)]
    public void Timestamps_as_far_apart_as_can_be_come_back(long first, long second)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Append(builder, null, "v", first);
        Append(builder, null, "v", second);
        builder.Close(CompressionCodec.None);
        using var reader = new RecordBatchReader(builder.Bytes.Span, Batches.Reading());
        Assert.True(reader.MoveNext());
        Assert.Equal(first, reader.Timestamp);
        Assert.True(reader.MoveNext());
        Assert.Equal(second, reader.Timestamp);
    }

    [Fact]
    public void A_record_that_would_pass_the_limit_is_refused_and_changes_nothing()
    {
        using var builder = new RecordBatchBuilder(sizeLimit: 100);
        Assert.True(Append(builder, null, new string('a', 20), 10));
        var size = builder.SizeInBytes;
        Assert.False(Append(builder, null, new string('b', 20), 99));
        Assert.Equal((1, size, 10), (builder.RecordCount, builder.SizeInBytes, builder.MaxTimestamp));
        builder.Close(CompressionCodec.None);
        Assert.Equal(size, builder.Bytes.Length);
        Assert.Null(RecordBatch.Validate(builder.Bytes.Span, Batches.Reading(0)));
    }

    [Fact]
    public void A_record_fits_when_the_batch_reaches_the_limit_exactly()
    {
        // 61 of header, and per record length, attributes, two deltas, two lengths, header count and 1 byte of value.
        using var builder = new RecordBatchBuilder(sizeLimit: 61 + 8 + 8);
        Assert.True(Append(builder, null, "a"));
        Assert.True(Append(builder, null, "b"));
        Assert.Equal(61 + 8 + 8, builder.SizeInBytes);
        Assert.False(Append(builder, null, ""));
    }

    [Fact]
    public void A_record_larger_than_the_limit_gets_a_batch_of_its_own()
    {
        using var builder = new RecordBatchBuilder(sizeLimit: 100);
        Assert.True(Append(builder, null, new string('a', 5000)));
        Assert.False(Append(builder, null, "b"));
        builder.Close(CompressionCodec.None);
        Assert.Null(RecordBatch.Validate(builder.Bytes.Span, Batches.Reading(0)));
    }

    [Fact]
    public void No_record_takes_more_than_the_largest_size()
    {
        RecordHeader[] headers = [new("name", new byte[200]), new("größe", null)];
        var random = new Random(7);
        using var builder = new RecordBatchBuilder(int.MaxValue);
        for (var i = 0; i < 500; i++)
        {
            var before = builder.SizeInBytes;
            byte[] key = new byte[random.Next(300)], value = new byte[random.Next(70_000)];
            builder.TryAppend(random.NextInt64(), key, false, value, false, headers);
            Assert.InRange(builder.SizeInBytes - before, 1, RecordBatchBuilder.LargestSize(key.Length, value.Length, headers));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public void Gzip_of_every_level_comes_back(int? level)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        for (var i = 0; i < 2000; i++) Append(builder, $"key {i % 7}", $"value {i}", Batches.Time + i);
        var plainSize = builder.SizeInBytes;
        builder.Close(CompressionCodec.Gzip, level, CodecTable.All);
        builder.Stamp(new ProducerId(3), new ProducerEpoch(0), 0, transactional: true);
        Assert.True(RecordBatch.HasValidCrc(builder.Bytes.Span));
        Assert.Equal(builder.Bytes.Length, builder.SizeInBytes);
        if (level != 0) Assert.True(builder.SizeInBytes < plainSize / 2);
        Assert.Null(RecordBatch.Validate(builder.Bytes.Span, Batches.Reading(plainSize)));
        using var reader = new RecordBatchReader(builder.Bytes.Span, Batches.Reading());
        for (var i = 0; i < 2000; i++)
        {
            Assert.True(reader.MoveNext());
            Assert.Equal(($"value {i}", $"key {i % 7}", Batches.Time + i), (Encoding.UTF8.GetString(reader.Value), Encoding.UTF8.GetString(reader.Key), reader.Timestamp));
        }
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Records_that_gzip_makes_larger_stay_gzip()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Append(builder, null, "v");
        var plainSize = builder.SizeInBytes;
        builder.Close(CompressionCodec.Gzip, null, CodecTable.All);
        Assert.True(builder.SizeInBytes > plainSize);
        Assert.Null(RecordBatch.Validate(builder.Bytes.Span, Batches.Reading(1000)));
        Assert.True(RecordBatchHeader.TryRead(builder.Bytes.Span, out var header));
        Assert.Equal(CompressionCodec.Gzip, header.Attributes.Codec);
    }

    [Theory]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData((CompressionCodec)5)]
    public void Codecs_that_are_not_given_are_refused_by_name(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(1000);
        Append(builder, null, "v");
        var refused = Assert.Throws<NotSupportedException>(() => builder.Close(codec));
        Assert.Contains(codec.ToString(), refused.Message);
        builder.Close(CompressionCodec.None);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(10)]
    public void A_level_that_gzip_has_not_is_refused_and_the_batch_stays_open(int level)
    {
        using var builder = new RecordBatchBuilder(1000);
        Append(builder, null, "v");
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Close(CompressionCodec.Gzip, level, CodecTable.All));
        Assert.False(builder.IsClosed);
    }

    [Fact]
    public void What_an_open_or_a_closed_batch_cannot_do_is_refused()
    {
        using var builder = new RecordBatchBuilder(1000);
        Assert.Throws<InvalidOperationException>(() => builder.Bytes);
        Assert.Throws<InvalidOperationException>(() => builder.Stamp(ProducerId.None, ProducerEpoch.None, 0, false));
        Assert.Throws<InvalidOperationException>(() => builder.Close(CompressionCodec.None));
        Append(builder, null, "v");
        builder.Close(CompressionCodec.None);
        Assert.Throws<InvalidOperationException>(() => Append(builder, null, "v"));
        Assert.Throws<InvalidOperationException>(() => builder.Close(CompressionCodec.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RecordBatchBuilder(0));
    }

    [Fact]
    public void A_builder_that_was_reset_builds_another_batch()
    {
        using var builder = new RecordBatchBuilder(1000);
        Append(builder, null, "first", 5);
        builder.Close(CompressionCodec.Gzip, null, CodecTable.All);
        builder.Reset();
        Append(builder, null, "a", 1);
        Append(builder, null, "b", 1);
        builder.Close(CompressionCodec.None);
        builder.Stamp(new ProducerId(4611686018427387904), new ProducerEpoch(32767), int.MaxValue, transactional: true);
        Assert.Equal(Batches.AtTheWrap, Convert.ToHexStringLower(builder.Bytes.Span));
    }

    [Fact]
    public void A_disposed_builder_takes_nothing_more()
    {
        var builder = new RecordBatchBuilder(1000);
        Append(builder, null, "v");
        builder.Dispose();
        builder.Dispose();
        Assert.Throws<InvalidOperationException>(() => Append(builder, null, "v"));
        Assert.True(builder.Bytes.IsEmpty);
    }

    [Fact]
    public void Headers_that_change_while_they_are_written_are_refused_and_leave_no_trace()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        Append(builder, null, "v");
        var size = builder.SizeInBytes;
        Assert.ThrowsAny<Exception>(() => builder.TryAppend(0, default, true, default, true, new GrowingHeaders()));
        Assert.Equal((1, size), (builder.RecordCount, builder.SizeInBytes));
    }

    sealed class GrowingHeaders : IReadOnlyList<RecordHeader>
    {
        int _asked;
        public RecordHeader this[int index] => new("key", new byte[_asked++ * 10_000]);
        public int Count => 1;
        public IEnumerator<RecordHeader> GetEnumerator() => throw new NotSupportedException();
        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
