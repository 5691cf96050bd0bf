using System.Buffers.Binary;
using K4os.Compression.LZ4.Streams;
using Semel.Protocol;
using Semel.Protocol.Records;
using Snappier;

namespace Semel.Codecs.Tests;

/// <summary>The forms in which Kafka's clients write the codecs, and what libraries make of them by themselves.</summary>
public class FramingTests
{
    static readonly byte[] One = Plain.Text(70_000, 1), Two = Plain.Text(40_000, 2);

    static byte[] Joined(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    // gzip

    [Fact]
    public void Gzip_members_may_be_joined() =>
        Assert.Equal(Joined(One, Two), Plain.Opened(CompressionCodec.Gzip, Joined(Plain.Compress(CompressionCodec.Gzip, One), Plain.Compress(CompressionCodec.Gzip, Two))));

    [Fact]
    public void Bytes_behind_a_gzip_member_are_a_fault() =>
        Assert.Equal(RecordFaultKind.Compression, Plain.Open(CompressionCodec.Gzip, Joined(Plain.Compress(CompressionCodec.Gzip, One), [1, 2, 3, 4, 5, 6]), out _));

    // snappy

    [Fact]
    public void Snappy_is_written_as_the_Java_client_reads_it()
    {
        var block = Plain.Compress(CompressionCodec.Snappy, One);
        Assert.Equal([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1], block[..16]);
        var (at, parts) = (16, 0);
        for (; at < block.Length; parts++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(block.AsSpan(at));
            Assert.Equal(Math.Min(32 * 1024, One.Length - parts * 32 * 1024), Snappy.GetUncompressedLength(block.AsSpan(at + 4, length)));
            at += 4 + length;
        }
        Assert.Equal((block.Length, 3), (at, parts));
    }

    [Fact]
    public void A_raw_snappy_block_is_read() => Assert.Equal(One, Plain.Opened(CompressionCodec.Snappy, Snappy.CompressToArray(One)));

    [Fact]
    public void Snappy_frames_may_be_joined() =>
        Assert.Equal(Joined(One, Two), Plain.Opened(CompressionCodec.Snappy, Joined(Plain.Compress(CompressionCodec.Snappy, One), Plain.Compress(CompressionCodec.Snappy, Two))));

    [Fact]
    public void A_snappy_block_that_says_more_than_its_bytes_can_make_takes_no_memory()
    {
        // A length of 2 GB less one, and a literal of one byte.
        byte[] lie = [0xff, 0xff, 0xff, 0xff, 0x07, 0x00, 0x41];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(RecordFaultKind.Compression, Plain.Open(CompressionCodec.Snappy, lie, out _, int.MaxValue));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    public void A_length_inside_a_snappy_frame_that_does_not_fit_is_a_fault(int length)
    {
        var block = Plain.Compress(CompressionCodec.Snappy, One);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(16), length);
        Assert.Equal(RecordFaultKind.Compression, Plain.Open(CompressionCodec.Snappy, block, out _));
    }

    // lz4

    static byte[] Lz4(ReadOnlySpan<byte> plain, Action<LZ4EncoderSettings> set)
    {
        var settings = new LZ4EncoderSettings { ChainBlocks = false };
        set(settings);
        using var target = new PooledBytes(0);
        LZ4Frame.Encode(plain, target, settings);
        return target.Written.ToArray();
    }

    [Fact]
    public void Lz4_is_written_in_blocks_that_stand_by_themselves_as_the_Java_client_does() =>
        Assert.Equal([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82], Plain.Compress(CompressionCodec.Lz4, One)[..7]);

    [Fact]
    public void Lz4_of_any_flags_is_read()
    {
        foreach (var block in new[] { 64 << 10, 256 << 10, 1 << 20, 4 << 20 })
            Assert.Equal(One, Plain.Opened(CompressionCodec.Lz4, Lz4(One, set => set.BlockSize = block)));
        Assert.Equal(One, Plain.Opened(CompressionCodec.Lz4, Lz4(One, set => set.ChainBlocks = true)));
        Assert.Equal(One, Plain.Opened(CompressionCodec.Lz4, Lz4(One, set => set.ContentChecksum = set.BlockChecksum = true)));
    }

    [Fact]
    public void A_checksum_of_lz4_that_is_wrong_is_a_fault()
    {
        foreach (var isOfBlock in new[] { true, false })
        {
            var frame = Lz4(One, set => (set.BlockChecksum, set.ContentChecksum) = (isOfBlock, !isOfBlock));
            Assert.Equal(One, Plain.Opened(CompressionCodec.Lz4, frame));
            frame[isOfBlock ? ^5 : ^1] ^= 1;
            Assert.Equal(RecordFaultKind.Compression, Plain.Open(CompressionCodec.Lz4, frame, out _));
        }
    }

    [Fact]
    public void Lz4_frames_may_be_joined_and_an_empty_one_hides_nothing()
    {
        var (one, two, empty) = (Plain.Compress(CompressionCodec.Lz4, One), Plain.Compress(CompressionCodec.Lz4, Two), Plain.Compress(CompressionCodec.Lz4, []));
        Assert.Equal(Joined(One, Two), Plain.Opened(CompressionCodec.Lz4, Joined(one, two)));
        Assert.Equal(Joined(One, Two), Plain.Opened(CompressionCodec.Lz4, Joined(empty, one, empty, empty, two, empty)));
    }

    [Fact]
    public void Bytes_behind_an_lz4_frame_that_are_none_are_a_fault()
    {
        var frame = Plain.Compress(CompressionCodec.Lz4, One);
        for (var count = 1; count < 12; count++) Assert.Equal(RecordFaultKind.Compression, Plain.Open(CompressionCodec.Lz4, Joined(frame, Plain.Noise(count)), out _));
    }

    // zstd

    /// <summary>A frame by hand: window descriptor or content size as wanted, then one block of a byte that is repeated.</summary>
    static byte[] ZstdFrame(byte descriptor, byte[] fields, int repeats) =>
        [0x28, 0xb5, 0x2f, 0xfd, descriptor, .. fields, .. BitConverter.GetBytes(1 | 1 << 1 | repeats << 3)[..3], (byte)'z'];

    [Fact]
    public void Zstd_frames_may_be_joined_with_skippable_ones_between()
    {
        byte[] skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        Assert.Equal(Joined(One, Two), Plain.Opened(CompressionCodec.Zstd, Joined(Plain.Compress(CompressionCodec.Zstd, One), skippable, Plain.Compress(CompressionCodec.Zstd, Two))));
    }

    [Fact]
    public void A_window_of_zstd_costs_nothing_before_something_is_in_it()
    {
        // Two to the power of 30: more than a stepwise reader takes, and not a byte of it is needed.
        var frame = ZstdFrame(0x00, [20 << 3], repeats: 1000);
        Assert.Equal(Enumerable.Repeat((byte)'z', 1000), Plain.Opened(CompressionCodec.Zstd, frame));
    }

    [Fact]
    public void A_content_size_of_zstd_that_lies_takes_no_memory()
    {
        var frame = ZstdFrame(0xe0, BitConverter.GetBytes(1L << 40), repeats: 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(RecordFaultKind.Compression, Plain.Open(CompressionCodec.Zstd, frame, out _, int.MaxValue));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_zstd_frame_without_its_content_size_is_read()
    {
        using var compressor = new ZstdSharp.Compressor(3);
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_contentSizeFlag, 0);
        Assert.Equal(One, Plain.Opened(CompressionCodec.Zstd, compressor.Wrap(One)));
    }
}
