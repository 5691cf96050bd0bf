using System.IO.Compression;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class RecordBatchValidateTests
{
    const int Limit = 1 << 20;

    static byte[] Zip(ReadOnlySpan<byte> area)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(area);
        return target.ToArray();
    }

    /// <summary>The same fault must be found in the plain and in the compressed form.</summary>
    static void Refused(RecordFaultKind kind, int index, byte[] area, int recordCount = 1)
    {
        Assert.Equal(new RecordFault(kind, index), RecordBatch.Validate(Batches.Of(area, recordCount), Batches.Reading(Limit)));
        Assert.Equal(new RecordFault(kind, index), RecordBatch.Validate(Batches.Of(Zip(area), recordCount, attributes: 1), Batches.Reading(Limit)));
        Assert.Equal(ErrorCode.InvalidRecord, new RecordFault(kind, index).ErrorCode);
    }

    [Theory]
    [InlineData(Batches.Plain)]
    [InlineData(Batches.AtTheWrap)]
    [InlineData(Batches.Gzip)]
    [InlineData(Batches.CommitMarker)]
    public void Sound_batches_of_another_implementation_pass(string hex)
    {
        Assert.True(RecordBatch.HasValidCrc(Batches.Bytes(hex)));
        Assert.Null(RecordBatch.Validate(Batches.Bytes(hex), Batches.Reading(Limit)));
    }

    [Fact]
    public void A_record_with_headers_passes() =>
        Assert.Null(RecordBatch.Validate(Batches.Of(Batches.Record(0, 0, -1, -1, 2, 1, "h", -1, 0, 1, "v"), 1), Batches.Reading(Limit)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Records_of_codecs_that_are_not_given_are_not_looked_at_and_others_are(short codec)
    {
        Assert.Null(RecordBatch.Validate(Batches.Of([1, 2, 3], 1, codec), new RecordReading()));
        Assert.Equal(new RecordFault(RecordFaultKind.Compression), RecordBatch.Validate(Batches.Of([1, 2, 3], 1, codec), Batches.Reading(Limit)));
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(-1, -2)]
    [InlineData(2, 2)]
    [InlineData(2, 0)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MinValue, int.MaxValue)]
    public void Counts_that_do_not_fit_each_other_are_refused_whatever_the_codec(int recordCount, int lastOffsetDelta)
    {
        for (short codec = 0; codec < 5; codec++)
        {
            byte[] area = codec == 1 ? Zip(Batches.Sound(0)) : Batches.Sound(0);
            Assert.Equal(new RecordFault(RecordFaultKind.RecordCount), RecordBatch.Validate(Batches.Of(area, recordCount, codec, lastOffsetDelta), Batches.Reading(Limit)));
        }
    }

    [Fact]
    public void Fewer_records_than_counted_are_refused() => Refused(RecordFaultKind.RecordCount, -1, [.. Batches.Sound(0), .. Batches.Sound(1)], 3);

    [Fact]
    public void More_records_than_counted_are_refused() => Refused(RecordFaultKind.RecordCount, -1, [.. Batches.Sound(0), .. Batches.Sound(1)], 1);

    [Fact]
    public void A_count_far_beyond_the_bytes_is_refused_at_once() => Refused(RecordFaultKind.RecordCount, -1, Batches.Sound(0), int.MaxValue);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    [InlineData(-1, 1)]
    public void An_offset_delta_that_is_not_the_records_place_is_refused(int delta, int index) =>
        Refused(RecordFaultKind.OffsetDelta, 1, [.. Batches.Sound(0), .. Batches.Sound(delta)], index + 1 < 2 ? 2 : index + 1);

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(9)]
    public void A_record_length_that_lies_is_refused(int length) =>
        Refused(RecordFaultKind.RecordLength, 0, [.. Batches.Zigzag(length), .. Batches.Body(0, 0, 1, "k", 1, "v", 0)]);

    [Theory]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public void A_key_or_value_length_that_lies_is_refused(int length)
    {
        Refused(RecordFaultKind.RecordLength, 0, Batches.Record(0, 0, length, "k", 1, "v", 0));
        Refused(RecordFaultKind.RecordLength, 0, Batches.Record(0, 0, 1, "k", length, "v", 0));
    }

    [Fact]
    public void Bytes_left_over_in_a_record_are_refused()
    {
        Refused(RecordFaultKind.RecordLength, 0, Batches.Record(0, 0, 1, "k", 1, "v", 0, 0));
        Refused(RecordFaultKind.RecordLength, 0, Batches.Record(0, 0, -1, -1, 1, 1, "h", -1, 0));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_negative_number_of_headers_is_refused(int count) => Refused(RecordFaultKind.HeaderCount, 0, Batches.Record(0, 0, -1, -1, count));

    [Theory]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public void More_headers_counted_than_there_are_is_refused(int count) => Refused(RecordFaultKind.RecordLength, 0, Batches.Record(0, 0, -1, -1, count, 1, "h", -1));

    [Fact]
    public void A_header_without_a_key_is_refused() => Refused(RecordFaultKind.NullHeaderKey, 0, Batches.Record(0, 0, -1, -1, 1, -1, 1, "v"));

    [Theory]
    [InlineData(100, -1)]
    [InlineData(1, 100)]
    [InlineData(1, -2)]
    public void A_header_length_that_lies_is_refused(int keyLength, int valueLength) =>
        Refused(RecordFaultKind.RecordLength, 0, Batches.Record(0, 0, -1, -1, 1, keyLength, "h", valueLength));

    [Fact]
    public void Codecs_that_do_not_exist_are_refused()
    {
        for (short codec = 5; codec < 8; codec++)
        {
            var fault = RecordBatch.Validate(Batches.Of([1], 1, codec), Batches.Reading(Limit));
            Assert.Equal(new RecordFault(RecordFaultKind.UnknownCodec), fault);
            Assert.Equal(ErrorCode.UnsupportedCompressionType, fault!.Value.ErrorCode);
        }
    }

    [Fact]
    public void A_block_that_cannot_be_decompressed_is_a_corrupt_message()
    {
        var fault = RecordBatch.Validate(Batches.Of(new byte[50], 1, attributes: 1), Batches.Reading(Limit));
        Assert.Equal(new RecordFault(RecordFaultKind.Compression), fault);
        Assert.Equal(ErrorCode.CorruptMessage, fault!.Value.ErrorCode);
    }

    [Fact]
    public void A_block_that_becomes_too_large_is_a_message_too_large()
    {
        var fault = RecordBatch.Validate(Batches.Of(Zip(new byte[5000]), 1, attributes: 1), Batches.Reading(4999));
        Assert.Equal(new RecordFault(RecordFaultKind.DecompressedSize), fault);
        Assert.Equal(ErrorCode.MessageTooLarge, fault!.Value.ErrorCode);
    }

    [Fact]
    public void Bytes_after_the_batch_are_refused() =>
        Assert.Equal(new RecordFault(RecordFaultKind.BatchLength), RecordBatch.Validate([.. Batches.Bytes(Batches.Plain), 0], Batches.Reading(Limit)));

    [Fact]
    public void Every_single_wrong_byte_is_found_by_the_checksum_or_lies_before_it()
    {
        var batch = Batches.Bytes(Batches.Plain);
        for (var at = 0; at < batch.Length; at++)
        {
            batch[at] ^= 0x01;
            Assert.Equal(at < 17, RecordBatch.HasValidCrc(batch));
            batch[at] ^= 0x01;
        }
    }

    [Fact]
    public void No_random_record_area_ends_in_anything_but_a_verdict()
    {
        var random = new Random(11);
        var whole = Batches.Bytes(Batches.Plain);
        for (var round = 0; round < 20_000; round++)
        {
            var batch = (byte[])whole.Clone();
            for (var i = random.Next(1, 4); i > 0; i--) batch[random.Next(57, batch.Length)] = (byte)random.Next(256);
            var fault = RecordBatch.Validate(batch, Batches.Reading(Limit));
            if (fault is not null) continue;
            using var reader = new RecordBatchReader(batch, Batches.Reading());
            for (var i = 0; i < Batches.CountOf(batch); i++)
            {
                Assert.True(reader.MoveNext());
                reader.Headers.ToArray();
            }
            Assert.False(reader.MoveNext());
        }
    }

    [Fact]
    public void The_summary_tells_the_first_null_key_and_the_span_of_time()
    {
        byte[] area = [.. Batches.Sound(0), .. Batches.Record(-500, 1, -1, 1, "v", 0), .. Batches.Record(70_000, 2, -1, -1, 0)];
        Assert.Null(RecordBatch.Validate(Batches.Of(area, 3), Batches.Reading(Limit), out var summary));
        Assert.Equal(new RecordAreaSummary(1, Batches.Time - 500, Batches.Time + 70_000), summary);
        Assert.True(summary.WasRead);
        Assert.Null(RecordBatch.Validate(Batches.Of(area, 3, attributes: 3), new RecordReading(), out summary));
        Assert.False(summary.WasRead);
    }

    [Fact]
    public void Restamping_gives_the_checksum_that_computing_it_anew_would()
    {
        var batch = Batches.Bytes(Batches.Gzip);
        RecordBatch.RestampLogAppendTime(batch, 1_800_000_000_000);
        Assert.True(RecordBatch.HasValidCrc(batch));
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        Assert.Equal((TimestampType.LogAppendTime, 1_800_000_000_000, CompressionCodec.Gzip), (header.Attributes.TimestampType, header.MaxTimestamp, header.Attributes.Codec));
        RecordBatch.Restamp(batch, TimestampType.CreateTime, Batches.Time);
        Assert.Equal(Batches.Gzip, Convert.ToHexStringLower(batch));
    }

    [Fact]
    public void Restamping_does_not_cover_up_damage()
    {
        var batch = Batches.Bytes(Batches.Plain);
        batch[^1] ^= 4;
        RecordBatch.RestampLogAppendTime(batch, 5);
        Assert.False(RecordBatch.HasValidCrc(batch));
    }

    [Fact]
    public void Giving_a_batch_its_place_leaves_the_checksum_as_it_was()
    {
        var batch = Batches.Bytes(Batches.Plain);
        RecordBatchHeader.StampPlace(batch, 123_456_789_012, 17);
        Assert.True(RecordBatch.HasValidCrc(batch));
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        Assert.Equal((123_456_789_012, 17), (header.BaseOffset, header.LeaderEpoch));
    }

    [Fact]
    public void Fewer_bytes_than_a_header_have_no_valid_checksum() => Assert.False(RecordBatch.HasValidCrc(new byte[60]));

    [Fact]
    public void Every_fault_has_a_sentence_of_its_own()
    {
        var kinds = Enum.GetValues<RecordFaultKind>();
        Assert.Equal(kinds.Length, kinds.Select(kind => new RecordFault(kind).ToString()).Distinct().Count());
        Assert.StartsWith("record 3 of the batch", new RecordFault(RecordFaultKind.OffsetDelta, 3).ToString());
    }
}
