using System.Buffers.Binary;
using Semel.Codecs;
using Semel.Machines.Partition;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

/// <summary>What a broker checks on a produced batch before it looks at any state, row by row, the refused beside the accepted.</summary>
public class BatchEnvelopeTests
{
    static readonly Instant Now = new(1_000_000_000_000);
    const long Recent = 999_999_999_000;
    const short NewestVersion = 13;

    static EnvelopeVerdict Check(byte[] records, EnvelopeLimits? limits = null, short version = NewestVersion) =>
        BatchEnvelope.Check(records, false, WithCodecs(limits ?? new EnvelopeLimits()), Now, version);

    static EnvelopeLimits WithCodecs(EnvelopeLimits limits) => limits with { Reading = limits.Reading with { Codecs = CodecTable.All } };

    static void Refused(ErrorCode error, EnvelopeVerdict verdict)
    {
        Assert.Equal(error, verdict.Error);
        Assert.False(string.IsNullOrEmpty(verdict.Message));
    }

    static void Accepted(EnvelopeVerdict verdict) => Assert.Equal((ErrorCode.None, (string?)null), (verdict.Error, verdict.Message));

    static byte[] Sound(int records = 3, CompressionCodec codec = CompressionCodec.None) => TestBatch.Of(1, 0, 0, records, timestamp: Recent, codec: codec);

    static byte[] With(Func<RecordBatchHeader, RecordBatchHeader> change, int records = 3) => TestBatch.With(Sound(records), change);

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_sound_batch_is_accepted_with_its_header_and_length(CompressionCodec codec)
    {
        var batch = Sound(codec: codec);
        var verdict = Check(batch);
        Accepted(verdict);
        Assert.Equal((batch.Length, 3), (verdict.Length, verdict.Header.RecordCount));
    }

    [Fact]
    public void Null_is_no_batch() => Refused(ErrorCode.InvalidRecord, BatchEnvelope.Check(default, true, new EnvelopeLimits(), Now, NewestVersion));

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(16)]
    [InlineData(60)]
    public void Fewer_bytes_than_the_batch_says_are_no_batch(int length) => Refused(ErrorCode.InvalidRecord, Check(Sound()[..length]));

    [Fact]
    public void One_byte_too_few_is_no_batch() => Refused(ErrorCode.InvalidRecord, Check(Sound()[..^1]));

    [Fact]
    public void Two_batches_and_bytes_that_begin_none_are_refused_and_a_batch_that_was_cut_off_is_left_out()
    {
        var batch = Sound();
        Refused(ErrorCode.InvalidRecord, Check([.. batch, .. batch]));
        Refused(ErrorCode.CorruptMessage, Check([.. batch, .. new byte[12]]));
        Refused(ErrorCode.CorruptMessage, Check([.. batch, .. batch[..16], 7, 0, 0]));
        foreach (var tail in new byte[][] { [1], new byte[11], batch[..12], batch[..16], batch[..^1] })
        {
            var verdict = Check([.. batch, .. tail]);
            Accepted(verdict);
            Assert.Equal(batch.Length, verdict.Length);
        }
    }

    [Theory]
    [InlineData(-1, ErrorCode.CorruptMessage)]
    [InlineData(0, ErrorCode.InvalidRecord)]
    [InlineData(1, ErrorCode.InvalidRecord)]
    [InlineData(2, ErrorCode.None)]
    [InlineData(3, ErrorCode.CorruptMessage)]
    public void Only_magic_2_is_taken(sbyte magic, ErrorCode error) => Assert.Equal(error, Check(With(header => header with { Magic = magic })).Error);

    [Theory]
    [InlineData(-1, ErrorCode.CorruptMessage)]
    [InlineData(0, ErrorCode.CorruptMessage)]
    [InlineData(13, ErrorCode.CorruptMessage)]
    [InlineData(48, ErrorCode.CorruptMessage)]
    [InlineData(int.MaxValue, ErrorCode.InvalidRecord)]
    [InlineData(int.MinValue, ErrorCode.CorruptMessage)]
    public void A_length_that_lies_is_refused(int length, ErrorCode error)
    {
        var batch = Sound();
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), length);
        Refused(error, Check(batch));
    }

    [Fact]
    public void A_batch_larger_than_the_topic_allows_is_refused_before_its_checksum_is_computed()
    {
        var batch = Sound();
        Accepted(Check(batch, new EnvelopeLimits { MaxMessageBytes = batch.Length }));
        batch[^1] ^= 1;
        Refused(ErrorCode.MessageTooLarge, Check(batch, new EnvelopeLimits { MaxMessageBytes = batch.Length - 1 }));
    }

    [Fact]
    public void A_batch_larger_than_a_segment_is_refused()
    {
        var batch = Sound();
        Accepted(Check(batch, new EnvelopeLimits { SegmentBytes = batch.Length }));
        Refused(ErrorCode.RecordListTooLarge, Check(batch, new EnvelopeLimits { SegmentBytes = batch.Length - 1 }));
    }

    [Fact]
    public void Every_flipped_bit_behind_the_checksum_is_found()
    {
        var sound = Sound();
        for (var bit = RecordBatchHeader.CrcStart * 8; bit < sound.Length * 8; bit++)
        {
            var damaged = (byte[])sound.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(Check(damaged).Error is ErrorCode.CorruptMessage, $"bit {bit}");
        }
    }

    [Fact]
    public void A_base_offset_other_than_0_is_refused() => Refused(ErrorCode.InvalidRecord, Check(With(header => header with { BaseOffset = 1 })));

    [Theory]
    [InlineData(0, -1)]
    [InlineData(0, 2)]
    [InlineData(-3, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(4, 3)]
    [InlineData(2, 1)]
    public void Counts_that_lie_are_refused(int count, int lastOffsetDelta) =>
        Refused(ErrorCode.InvalidRecord, Check(With(header => header with { RecordCount = count, LastOffsetDelta = lastOffsetDelta })));

    [Fact]
    public void Control_batches_are_refused() =>
        Refused(ErrorCode.InvalidRecord, Check(ControlRecord.EndTransactionMarker(true, new ProducerId(1), new ProducerEpoch(0), 0, Recent)));

    [Theory]
    [InlineData(1, 0, 0, false, ErrorCode.None)]
    [InlineData(1, 0, 0, true, ErrorCode.None)]
    [InlineData(1, 32767, int.MaxValue, false, ErrorCode.None)]
    [InlineData(1, -1, 0, false, ErrorCode.InvalidRecord)]
    [InlineData(1, 0, -1, false, ErrorCode.InvalidRecord)]
    [InlineData(1, 0, -2, false, ErrorCode.InvalidRecord)]
    [InlineData(-1, -1, -1, false, ErrorCode.None)]
    [InlineData(-1, 5, 7, false, ErrorCode.None)]
    [InlineData(-1, -1, -2, false, ErrorCode.InvalidRecord)]
    [InlineData(-1, -1, -1, true, ErrorCode.InvalidRecord)]
    [InlineData(-2, -1, -1, false, ErrorCode.InvalidRecord)]
    [InlineData(long.MinValue, 0, 0, false, ErrorCode.InvalidRecord)]
    public void Producer_id_epoch_and_sequence_belong_together(long id, short epoch, int sequence, bool transactional, ErrorCode error) =>
        Assert.Equal(error, Check(TestBatch.Of(id, epoch, sequence, 2, transactional, Recent)).Error);

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void An_unknown_codec_is_refused_but_a_bad_checksum_is_told_first(short codec)
    {
        var batch = With(header => header with { Attributes = new BatchAttributes(codec) });
        Refused(ErrorCode.UnsupportedCompressionType, Check(batch));
        batch[^1] ^= 1;
        Refused(ErrorCode.CorruptMessage, Check(batch));
    }

    [Fact]
    public void Zstd_needs_produce_7()
    {
        var batch = Sound(codec: CompressionCodec.Zstd);
        Accepted(Check(batch, version: 7));
        Refused(ErrorCode.UnsupportedCompressionType, Check(batch, version: 6));
    }

    [Fact]
    public void A_compressed_block_that_is_damaged_is_refused()
    {
        foreach (var codec in new[] { CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd })
        {
            var damaged = Sound(codec: codec);
            damaged[RecordBatchHeader.Size] ^= 0xff;
            Refused(ErrorCode.CorruptMessage, Check(TestBatch.WithCrc(damaged)));
        }
        var batch = Sound(codec: CompressionCodec.Gzip);
        batch[RecordBatchHeader.Size + 12] ^= 0xff;
        Refused(ErrorCode.CorruptMessage, Check(TestBatch.WithCrc(batch)));
    }

    [Fact]
    public void A_small_batch_that_becomes_too_large_is_refused()
    {
        var bomb = TestBatch.Of(1, 0, 0, 1, timestamp: Recent, codec: CompressionCodec.Gzip, value: new string('x', 500_000));
        Assert.True(bomb.Length < 5_000);
        Accepted(Check(bomb, new EnvelopeLimits { Reading = new(null, 600_000) }));
        Refused(ErrorCode.MessageTooLarge, Check(bomb, new EnvelopeLimits { Reading = new(null, 400_000) }));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_record_of_a_compressed_batch_is_bounded_and_not_their_sum(CompressionCodec codec)
    {
        // Attributes, two deltas, a length of one byte and one of two, a header count, and 1 + 100 bytes of key and value.
        var batch = TestBatch.Of(1, 0, 0, 50, timestamp: Recent, codec: codec, value: new string('x', 100));
        EnvelopeLimits Limit(int bytes) => new() { Reading = new RecordReading { LargestRecordBytes = bytes } };
        Accepted(Check(batch, Limit(108)));
        var refused = Check(batch, Limit(107));
        Refused(ErrorCode.InvalidRecord, refused);
        Assert.Null(refused.RecordErrors);
        Accepted(Check(TestBatch.Of(1, 0, 0, 50, timestamp: Recent, value: new string('x', 100)), Limit(107)));
    }

    [Fact]
    public void A_record_whose_offset_delta_is_not_its_place_is_named()
    {
        var batch = Sound();
        // Length, attributes, timestamp delta: the first record's offset delta is its fourth byte.
        batch[RecordBatchHeader.Size + 3] = 2;
        var verdict = Check(TestBatch.WithCrc(batch));
        Refused(ErrorCode.InvalidRecord, verdict);
        Assert.Equal(0, Assert.Single(verdict.RecordErrors!).BatchIndex);
    }

    [Fact]
    public void A_record_length_that_lies_is_refused()
    {
        var batch = Sound();
        batch[RecordBatchHeader.Size] += 2;
        Refused(ErrorCode.InvalidRecord, Check(TestBatch.WithCrc(batch)));
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_compacted_topic_wants_keys_and_names_the_records_without(CompressionCodec codec)
    {
        var compacted = new EnvelopeLimits { Compacted = true };
        var keyless = TestBatch.Of(1, 0, 0, 3, timestamp: Recent, key: null, codec: codec);
        Accepted(Check(keyless));
        Accepted(Check(Sound(codec: codec), compacted));
        var verdict = Check(keyless, compacted);
        Refused(ErrorCode.InvalidRecord, verdict);
        Assert.Equal([0, 1, 2], verdict.RecordErrors!.Select(error => error.BatchIndex));
    }

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(3_600_000, ErrorCode.None)]
    [InlineData(3_600_001, ErrorCode.InvalidTimestamp)]
    [InlineData(-1_000_000_000_000, ErrorCode.None)]
    [InlineData(-1_000_000_000_001, ErrorCode.None)]
    public void By_default_timestamps_may_be_as_old_as_they_like_and_an_hour_ahead(long fromNow, ErrorCode error) =>
        Assert.Equal(error, Check(TestBatch.Plain(timestamp: Now.UnixMilliseconds + fromNow)).Error);

    [Fact]
    public void What_a_clock_or_a_limit_refuses_may_be_there_when_a_producer_with_an_id_sent_it()
    {
        var ahead = Now.UnixMilliseconds + 7_200_000;
        var verdict = Check(TestBatch.Of(1, 0, 5, 3, timestamp: ahead));
        Assert.Equal((ErrorCode.InvalidTimestamp, true, 5), (verdict.Error, verdict.MayBeThere, verdict.Header.BaseSequence));
        verdict = Check(TestBatch.Of(1, 0, 5, 3, timestamp: Recent), new EnvelopeLimits { MaxMessageBytes = 10 });
        Assert.Equal((ErrorCode.MessageTooLarge, true, 5), (verdict.Error, verdict.MayBeThere, verdict.Header.BaseSequence));
        Assert.False(Check(TestBatch.Plain(timestamp: ahead)).MayBeThere);
        Assert.False(Check(TestBatch.Of(1, 0, -1, 3, timestamp: Recent), new EnvelopeLimits { MaxMessageBytes = 10 }).MayBeThere);
        var torn = TestBatch.Of(1, 0, 5, 3, timestamp: Recent);
        torn[^1] ^= 1;
        Assert.False(Check(torn, new EnvelopeLimits { MaxMessageBytes = 10 }).MayBeThere);
        Assert.False(Check(TestBatch.Of(1, 0, 5, 3, timestamp: Recent, key: null), new EnvelopeLimits { Compacted = true }).MayBeThere);
    }

    [Fact]
    public void Records_outside_the_window_are_named()
    {
        var limits = new EnvelopeLimits { TimestampBeforeMaxMs = 10, TimestampAfterMaxMs = 1 };
        var batch = TestBatch.Plain(4, timestamp: Now.UnixMilliseconds - 12);
        var verdict = Check(batch, limits);
        Refused(ErrorCode.InvalidTimestamp, verdict);
        Assert.Equal([0, 1], verdict.RecordErrors!.Select(error => error.BatchIndex));
        verdict = Check(TestBatch.Plain(4, timestamp: Now.UnixMilliseconds), limits);
        Assert.Equal([2, 3], verdict.RecordErrors!.Select(error => error.BatchIndex));
        Accepted(Check(TestBatch.Plain(4, timestamp: Now.UnixMilliseconds - 2), limits));
    }

    [Fact]
    public void A_record_without_a_timestamp_is_not_too_old() =>
        Accepted(Check(TestBatch.Plain(timestamp: -1), new EnvelopeLimits { TimestampBeforeMaxMs = 10 }));

    [Fact]
    public void A_window_that_reaches_beyond_all_timestamps_is_no_window() =>
        Accepted(Check(TestBatch.Plain(timestamp: long.MaxValue - 5), new EnvelopeLimits { TimestampAfterMaxMs = long.MaxValue }));

    [Fact]
    public void Where_the_broker_gives_the_timestamps_the_senders_do_not_matter()
    {
        var appendTime = new EnvelopeLimits { TimestampType = TimestampType.LogAppendTime };
        Accepted(Check(TestBatch.Plain(timestamp: Now.UnixMilliseconds * 2), appendTime));
    }

    [Fact]
    public void Nobody_but_the_broker_gives_append_time()
    {
        var claimed = TestBatch.With(Sound(), header => header with { Attributes = header.Attributes.With(TimestampType.LogAppendTime) });
        Accepted(Check(claimed));
        Refused(ErrorCode.InvalidTimestamp, Check(claimed, new EnvelopeLimits { TimestampType = TimestampType.LogAppendTime }));
    }

    [Fact]
    public void A_batch_that_claims_append_time_does_not_hide_its_records_timestamps()
    {
        var late = TestBatch.With(TestBatch.Plain(timestamp: Now.UnixMilliseconds * 2), header => header with { Attributes = header.Attributes.With(TimestampType.LogAppendTime), MaxTimestamp = Recent });
        Refused(ErrorCode.InvalidTimestamp, Check(late));
    }

    [Theory]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Codecs_that_are_not_read_here_are_judged_by_their_header(CompressionCodec codec)
    {
        var batch = With(header => header with { Attributes = BatchAttributes.Of(codec) });
        static EnvelopeVerdict CheckWithoutCodecs(byte[] records) => BatchEnvelope.Check(records, false, new EnvelopeLimits(), Now, NewestVersion);
        Accepted(CheckWithoutCodecs(batch));
        Refused(ErrorCode.InvalidTimestamp, CheckWithoutCodecs(TestBatch.With(batch, header => header with { MaxTimestamp = Now.UnixMilliseconds * 2 })));
        Refused(ErrorCode.InvalidRecord, CheckWithoutCodecs(TestBatch.With(batch, header => header with { RecordCount = 0 })));
    }

    [Fact]
    public void Random_bytes_are_refused_and_never_throw()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Assert.NotEqual(ErrorCode.None, Check(bytes).Error);
        }
    }

    [Fact]
    public void Damaged_batches_with_a_checksum_that_fits_never_throw()
    {
        var random = new Random(12);
        byte[][] sound = [.. Enum.GetValues<CompressionCodec>().Select(codec => Sound(20, codec))];
        for (var i = 0; i < 20_000; i++)
        {
            var batch = (byte[])sound[i % sound.Length].Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--) batch[random.Next(RecordBatchHeader.CrcStart, batch.Length)] = (byte)random.Next(256);
            var verdict = Check(TestBatch.WithCrc(batch));
            Assert.Equal(verdict.Error == ErrorCode.None, verdict.Message is null);
        }
    }
}
