using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Codecs.Tests;

/// <summary>What holds for each of the four.</summary>
public class RoundTripTests
{
    public static TheoryData<CompressionCodec> Codecs => [.. Plain.Codecs];

    [Theory, MemberData(nameof(Codecs))]
    public void What_goes_in_comes_out_at_every_size(CompressionCodec codec)
    {
        foreach (var length in new[] { 1, 2, 7, 64, 1000, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 65_536, 300_000, 3 << 20 })
        {
            Assert.Equal(Plain.Text(length), Plain.Opened(codec, Plain.Compress(codec, Plain.Text(length))));
            Assert.Equal(Plain.Noise(length), Plain.Opened(codec, Plain.Compress(codec, Plain.Noise(length))));
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip, new[] { -1, 0, 1, 6, 9 })]
    [InlineData(CompressionCodec.Lz4, new[] { 0, 1, 3, 9, 12, 17 })]
    [InlineData(CompressionCodec.Zstd, new[] { -131072, -5, 0, 1, 3, 9, 19, 22 })]
    public void Every_level_can_be_read(CompressionCodec codec, int[] levels)
    {
        var plain = Plain.Text(50_000);
        foreach (var level in levels) Assert.Equal(plain, Plain.Opened(codec, Plain.Compress(codec, plain, level)));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip, 1, 9)]
    [InlineData(CompressionCodec.Lz4, 0, 9)]
    [InlineData(CompressionCodec.Zstd, 1, 19)]
    public void A_higher_level_makes_less_of_it(CompressionCodec codec, int low, int high)
    {
        var plain = Plain.Text(200_000);
        Assert.True(Plain.Compress(codec, plain, high).Length < Plain.Compress(codec, plain, low).Length);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip, -2)]
    [InlineData(CompressionCodec.Gzip, 10)]
    [InlineData(CompressionCodec.Lz4, -1)]
    [InlineData(CompressionCodec.Lz4, 18)]
    [InlineData(CompressionCodec.Zstd, -131073)]
    [InlineData(CompressionCodec.Zstd, 23)]
    public void A_level_that_a_codec_has_not_is_refused_by_its_range(CompressionCodec codec, int level)
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => Plain.Compress(codec, [1], level));
        var (lowest, highest) = CodecTable.Of(codec).Levels;
        Assert.Contains($"{lowest} to {highest}", refusal.Message);
    }

    [Theory, MemberData(nameof(Codecs))]
    public void A_bomb_is_given_up_at_the_limit_and_one_byte_less_is_not(CompressionCodec codec)
    {
        const int limit = 1 << 20;
        Assert.Equal(RecordFaultKind.None, Plain.Open(codec, Plain.Compress(codec, new byte[limit]), out var plain, limit));
        Assert.Equal(limit, plain.Length);
        Assert.Equal(RecordFaultKind.DecompressedSize, Plain.Open(codec, Plain.Compress(codec, new byte[limit + 1]), out _, limit));
        var bomb = Plain.Compress(codec, new byte[100 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(RecordFaultKind.DecompressedSize, Plain.Open(codec, bomb, out _, limit));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6 * limit);
    }

    [Theory, MemberData(nameof(Codecs))]
    public void A_block_that_is_cut_or_changed_is_a_fault_and_never_an_exception(CompressionCodec codec)
    {
        var plain = Plain.Text(5000);
        var block = Plain.Compress(codec, plain);
        for (var length = 0; length < block.Length; length++)
            if (Plain.Open(codec, block.AsSpan(0, length), out var cut, 100_000) == RecordFaultKind.None) Assert.NotEqual(plain, cut);
        var random = new Random(3);
        for (var round = 0; round < 20_000; round++)
        {
            var changed = (byte[])block.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--) changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            Plain.Open(codec, changed, out _, 100_000);
        }
    }

    [Theory, MemberData(nameof(Codecs))]
    public void Many_threads_compress_and_open_side_by_side(CompressionCodec codec) => Parallel.For(0, 64, seed =>
    {
        var plain = Plain.Text(10_000 + seed * 311, seed);
        Assert.Equal(plain, Plain.Opened(codec, Plain.Compress(codec, plain)));
    });

    [Fact]
    public void No_other_number_is_a_codec()
    {
        Assert.Null(CodecTable.All.Find(CompressionCodec.None));
        for (var number = 5; number < 8; number++) Assert.Null(CodecTable.All.Find((CompressionCodec)number));
        Assert.Throws<ArgumentOutOfRangeException>(() => CodecTable.Of(CompressionCodec.None));
        foreach (var codec in Plain.Codecs) Assert.Equal(codec, CodecTable.Of(codec).Kind);
    }
}
