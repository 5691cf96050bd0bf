using System.IO.Compression;
using System.Text;
using Semel.Codecs;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class RecordBatchReaderTests
{
    static RecordFaultKind FaultOf(byte[] batch, int limit = 1 << 20, bool codecs = true)
    {
        var thrown = Assert.Throws<RecordFormatException>(() =>
        {
            using var reader = new RecordBatchReader(batch, codecs ? Batches.Reading(limit) : new RecordReading());
            while (reader.MoveNext()) reader.Headers.ToArray();
        });
        Assert.NotEqual("", thrown.Message);
        return thrown.Fault.Kind;
    }

    static byte[] Zip(params byte[][] members)
    {
        using var target = new MemoryStream();
        foreach (var member in members)
        {
            using var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true);
            gzip.Write(member);
        }
        return target.ToArray();
    }

    [Fact]
    public void The_records_of_another_implementation_are_read()
    {
        using var reader = new RecordBatchReader(Batches.Bytes(Batches.Plain));
        Assert.Equal(new ProducerId(900), reader.Header.ProducerId);
        Assert.True(reader.MoveNext());
        Assert.Equal((0, 0L, Batches.Time, 2), (reader.Index, reader.Offset, reader.Timestamp, reader.HeaderCount));
        Assert.Equal(("key", "value-0"), (Encoding.UTF8.GetString(reader.Key), Encoding.UTF8.GetString(reader.Value)));
        var headers = reader.Headers.ToArray();
        Assert.Equal(("h", "v", "null"), (headers[0].Key, Encoding.UTF8.GetString(headers[0].Value!.Value.Span), headers[1].Key));
        Assert.Null(headers[1].Value);
        Assert.True(reader.MoveNext());
        Assert.Equal((true, true, 0, 0), (reader.KeyIsNull, reader.ValueIsNull, reader.Key.Length, reader.Value.Length));
        Assert.True(reader.MoveNext());
        Assert.Equal((false, false, 0, 0, 2L), (reader.KeyIsNull, reader.ValueIsNull, reader.Key.Length, reader.Value.Length, reader.Offset));
        Assert.False(reader.MoveNext());
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Gzip_of_another_implementation_is_read()
    {
        using var reader = new RecordBatchReader(Batches.Bytes(Batches.Gzip), Batches.Reading());
        var count = 0;
        for (; reader.MoveNext(); count++) Assert.Equal("hello", Encoding.UTF8.GetString(reader.Value));
        Assert.Equal(20, count);
    }

    [Fact]
    public void Headers_are_walked_over_without_a_copy()
    {
        using var reader = new RecordBatchReader(Batches.Bytes(Batches.Plain));
        reader.MoveNext();
        var seen = new List<string>();
        foreach (var header in reader.Headers) seen.Add($"{header.KeyText}={(header.ValueIsNull ? "null" : Encoding.UTF8.GetString(header.Value))}");
        Assert.Equal(["h=v", "null=null"], seen);
    }

    [Fact]
    public void Offsets_count_from_the_base_offset_and_follow_the_deltas_that_compaction_left()
    {
        var batch = Batches.Of([.. Batches.Sound(1), .. Batches.Sound(4)], 2, lastOffsetDelta: 6);
        RecordBatchHeader.StampPlace(batch, 1000, 3);
        using var reader = new RecordBatchReader(batch);
        Assert.True(reader.MoveNext());
        Assert.Equal(1001, reader.Offset);
        Assert.True(reader.MoveNext());
        Assert.Equal(1004, reader.Offset);
        Assert.Equal(1007, reader.Header.NextOffset);
    }

    [Fact]
    public void A_batch_that_compaction_emptied_has_no_records()
    {
        using var reader = new RecordBatchReader(Batches.Of([], 0, lastOffsetDelta: 4));
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void With_log_append_time_each_record_has_the_batchs_timestamp()
    {
        var batch = Batches.Bytes(Batches.Plain);
        RecordBatch.RestampLogAppendTime(batch, 42);
        using var reader = new RecordBatchReader(batch);
        while (reader.MoveNext()) Assert.Equal(42, reader.Timestamp);
    }

    [Fact]
    public void Bytes_after_the_batch_are_not_looked_at()
    {
        using var reader = new RecordBatchReader([.. Batches.Bytes(Batches.AtTheWrap), 1, 2, 3]);
        Assert.True(reader.MoveNext());
        Assert.True(reader.MoveNext());
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void Gzip_of_several_members_is_read_as_one()
    {
        byte[] first = [.. Batches.Sound(0), .. Batches.Sound(1)], second = Batches.Sound(2);
        using var reader = new RecordBatchReader(Batches.Of(Zip(first, second), 3, attributes: 1), Batches.Reading());
        for (var i = 0; i < 3; i++) Assert.True(reader.MoveNext());
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void A_gzip_bomb_is_given_up_at_the_limit()
    {
        var batch = Batches.Of(Zip(new byte[50 << 20]), 1, attributes: 1);
        Assert.True(batch.Length < 60_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(RecordFaultKind.DecompressedSize, FaultOf(batch, limit: 100_000));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000);
    }

    [Fact]
    public void Records_of_exactly_the_limit_are_read_and_one_byte_more_is_refused()
    {
        var area = Batches.Record(0, 0, 1, "k", 30_000, new string('v', 30_000), 0);
        var batch = Batches.Of(Zip(area), 1, attributes: 1);
        using (var reader = new RecordBatchReader(batch, Batches.Reading(area.Length)))
        {
            Assert.True(reader.MoveNext());
            Assert.False(reader.MoveNext());
        }
        Assert.Equal(RecordFaultKind.DecompressedSize, FaultOf(batch, area.Length - 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(19)]
    public void A_gzip_block_too_short_for_one_is_damaged(int length) =>
        Assert.Equal(RecordFaultKind.Compression, FaultOf(Batches.Of(Zip(Batches.Sound(0)).AsSpan(0, length), 1, attributes: 1)));

    [Fact]
    public void A_gzip_block_cut_anywhere_is_damaged()
    {
        var area = new List<byte>();
        for (var i = 0; i < 100; i++) area.AddRange(Batches.Record(0, i, -1, 10, $"value {i:0000}", 0));
        var whole = Zip(area.ToArray());
        for (var length = 0; length < whole.Length; length++)
            Assert.Contains(FaultOf(Batches.Of(whole.AsSpan(0, length), 100, attributes: 1)), (RecordFaultKind[])[RecordFaultKind.Compression, RecordFaultKind.RecordCount, RecordFaultKind.RecordLength]);
    }

    [Fact]
    public void A_gzip_block_with_other_bytes_behind_it_is_damaged() =>
        Assert.Equal(RecordFaultKind.Compression, FaultOf(Batches.Of([.. Zip(Batches.Sound(0)), 0xAA, 0xBB, 0xCC, 0xDD], 1, attributes: 1)));

    [Fact]
    public void A_gzip_block_with_a_wrong_byte_is_damaged()
    {
        var whole = Zip(Batches.Record(0, 0, -1, 26, "abcdefghijklmnopqrstuvwxyz", 0));
        var unused = 0;
        // The bytes of the gzip header from 4 to 9 are a time and hints, which mean nothing.
        for (var bit = 10 * 8; bit < whole.Length * 8; bit++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var batch = Batches.Of(damaged, 1, attributes: 1);
            // The last byte of the deflate data is filled up with bits that mean nothing.
            if (RecordBatch.Validate(batch, Batches.Reading(1000)) is not { } fault) unused++;
            else Assert.Equal(RecordFaultKind.Compression, fault.Kind);
        }
        Assert.InRange(unused, 0, 7);
    }

    [Theory]
    [InlineData(1, RecordFaultKind.UnsupportedCodec)]
    [InlineData(2, RecordFaultKind.UnsupportedCodec)]
    [InlineData(3, RecordFaultKind.UnsupportedCodec)]
    [InlineData(4, RecordFaultKind.UnsupportedCodec)]
    [InlineData(5, RecordFaultKind.UnknownCodec)]
    [InlineData(7, RecordFaultKind.UnknownCodec)]
    public void A_codec_that_the_reader_has_not_been_given_is_refused(short codec, RecordFaultKind expected) => Assert.Equal(expected, FaultOf(Batches.Of([1, 2, 3], 1, codec), codecs: false));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(-1)]
    public void Only_magic_2_is_read(sbyte magic) => Assert.Equal(RecordFaultKind.Magic, FaultOf(Batches.Of(Batches.Sound(0), 1, magic: magic)));

    [Fact]
    public void A_batch_cut_anywhere_is_refused()
    {
        var whole = Batches.Bytes(Batches.Plain);
        for (var length = 0; length < whole.Length; length++) Assert.Equal(RecordFaultKind.BatchLength, FaultOf(whole[..length]));
    }

    [Theory]
    [InlineData(48)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_length_that_lies_is_refused(int batchLength) =>
        Assert.Equal(RecordFaultKind.BatchLength, FaultOf(Batches.Of(Batches.Sound(0), 1, batchLength: batchLength)));

    [Fact]
    public void More_or_fewer_records_than_counted_are_refused()
    {
        byte[] two = [.. Batches.Sound(0), .. Batches.Sound(1)];
        Assert.Equal(RecordFaultKind.RecordCount, FaultOf(Batches.Of(two, 1)));
        Assert.Equal(RecordFaultKind.RecordCount, FaultOf(Batches.Of(two, 3)));
    }

    [Fact]
    public void A_batch_kept_as_memory_gives_slices_of_its_own_bytes()
    {
        var bytes = Batches.Bytes(Batches.Plain);
        using var batch = new DecompressedBatch(bytes, Batches.Reading());
        var records = batch.Records;
        Assert.True(records.MoveNext());
        Assert.Equal("value-0", Encoding.UTF8.GetString(batch.Area.Slice(records.ValueAt, records.Value.Length).Span));
        Assert.Equal("key", Encoding.UTF8.GetString(batch.Area.Slice(records.KeyAt, records.Key.Length).Span));
        Assert.True(batch.Area.Span.Overlaps(bytes));
    }

    [Fact]
    public void A_compressed_batch_kept_as_memory_gives_slices_until_it_is_disposed()
    {
        var batch = new DecompressedBatch(Batches.Bytes(Batches.Gzip), Batches.Reading());
        var records = batch.Records;
        Assert.True(records.MoveNext());
        Assert.Equal("hello", Encoding.UTF8.GetString(batch.Area.Slice(records.ValueAt, 5).Span));
        batch.Dispose();
        batch.Dispose();
        Assert.True(batch.Area.IsEmpty);
        Assert.Throws<RecordFormatException>(() => new DecompressedBatch(new byte[10], Batches.Reading()));
    }

    [Fact]
    public void A_batch_tells_how_much_will_come_out_of_it_without_being_decompressed()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        builder.TryAppend(1000, default, keyIsNull: true, new byte[100_000], valueIsNull: false);
        builder.Close(CompressionCodec.Gzip, null, CodecTable.All);
        var batch = builder.Bytes.ToArray();
        using var decompressed = new DecompressedBatch(batch, Batches.Reading());
        Assert.Equal(decompressed.Area.Length, DecompressedBatch.ExpectedBytes(batch, CodecTable.All));
        Assert.Equal(decompressed.Area.Length, DecompressedBatch.ExpectedBytes([.. batch, 1, 2, 3], CodecTable.All));
        Assert.Equal(0, DecompressedBatch.ExpectedBytes(batch.AsSpan(0, batch.Length - 1), CodecTable.All));
    }

    [Fact]
    public void Nothing_comes_out_of_a_batch_that_is_not_compressed()
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        builder.TryAppend(1000, default, keyIsNull: true, "value"u8, valueIsNull: false);
        builder.Close(CompressionCodec.None);
        Assert.Equal(0, DecompressedBatch.ExpectedBytes(builder.Bytes.ToArray(), CodecTable.All));
        Assert.Equal(0, DecompressedBatch.ExpectedBytes([], CodecTable.All));
    }
}
