using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class Crc32CTests
{
    /// <summary>The definition, one bit at a time.</summary>
    static uint BitByBit(uint register, ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            register ^= next;
            for (var bit = 0; bit < 8; bit++) register = (register >> 1) ^ ((register & 1) != 0 ? 0x82F63B78 : 0);
        }
        return register;
    }

    static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void The_check_value_of_the_algorithm_comes_out() => Assert.Equal(0xE3069283, Crc32C.Compute("123456789"u8));

    [Fact]
    public void No_bytes_have_the_checksum_zero() => Assert.Equal(0u, Crc32C.Compute([]));

    [Theory]
    [InlineData(0x00, 0x8A9136AA)]
    [InlineData(0xFF, 0x62A8AB43)]
    public void Thirty_two_equal_bytes_have_the_checksum_of_RFC_3720(byte value, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Enumerable.Repeat(value, 32).ToArray()));

    [Fact]
    public void Every_way_agrees_with_the_definition_at_every_length_and_alignment()
    {
        var bytes = RandomBytes(2100, 1);
        var random = new Random(2);
        for (var length = 0; length <= 2000; length++)
        {
            var at = random.Next(64);
            var register = (uint)random.NextInt64(1L << 32);
            var piece = bytes.AsSpan(at, length);
            var expected = BitByBit(register, piece);
            Assert.Equal(expected, Crc32CSingleLane.Update(register, piece));
            Assert.Equal(~expected, Crc32C.Append(~register, piece));
            if (Crc32CLanes.IsSupported) Assert.Equal(expected, Crc32CLanes.Update(register, piece));
            if (Crc32CFolding.IsSupported && length >= 64) Assert.Equal(expected, Crc32CFolding.Update(register, piece));
        }
    }

    [Theory]
    [InlineData(3071)]
    [InlineData(3072)]
    [InlineData(3073)]
    [InlineData(100_003)]
    public void Every_way_agrees_with_the_definition_on_long_pieces(int length)
    {
        var bytes = RandomBytes(length, length);
        var expected = BitByBit(~0u, bytes);
        Assert.Equal(~expected, Crc32C.Compute(bytes));
        Assert.Equal(expected, Crc32CSingleLane.Update(~0u, bytes));
        if (Crc32CLanes.IsSupported) Assert.Equal(expected, Crc32CLanes.Update(~0u, bytes));
        if (Crc32CFolding.IsSupported) Assert.Equal(expected, Crc32CFolding.Update(~0u, bytes));
    }

    [Fact]
    public void Appending_piece_by_piece_gives_the_checksum_of_the_whole()
    {
        var bytes = RandomBytes(5000, 3);
        var random = new Random(4);
        for (var round = 0; round < 200; round++)
        {
            uint crc = 0;
            for (var at = 0; at < bytes.Length;)
            {
                var count = Math.Min(random.Next(700), bytes.Length - at);
                crc = Crc32C.Append(crc, bytes.AsSpan(at, count));
                at += count;
            }
            Assert.Equal(Crc32C.Compute(bytes), crc);
        }
    }

    [Fact]
    public void Combining_the_checksums_of_two_parts_gives_that_of_both()
    {
        var bytes = RandomBytes(4000, 5);
        var random = new Random(6);
        var whole = Crc32C.Compute(bytes);
        for (var round = 0; round < 1000; round++)
        {
            var cut = random.Next(bytes.Length + 1);
            Assert.Equal(whole, Crc32C.Combine(Crc32C.Compute(bytes.AsSpan(0, cut)), Crc32C.Compute(bytes.AsSpan(cut)), bytes.Length - cut));
        }
    }

    [Fact]
    public void Combining_works_over_lengths_that_no_array_has()
    {
        // A number of bytes as a sum of smaller ones must move a checksum as far as those one after the other.
        long[] parts = [1, 4096, int.MaxValue, 1L << 31, 1L << 40, (1L << 58) + 12345];
        var crc = 0xDEADBEEF;
        foreach (var part in parts) crc = Crc32C.Combine(crc, 0, part);
        Assert.Equal(crc, Crc32C.Combine(0xDEADBEEF, 0, parts.Sum()));
    }

    [Fact]
    public void Combining_over_zeros_gives_the_checksum_of_the_zeros_appended()
    {
        var text = "some bytes"u8.ToArray();
        byte[] followed = [.. text, .. new byte[100_000]];
        Assert.Equal(Crc32C.Compute(followed), Crc32C.Combine(Crc32C.Compute(text), Crc32C.Compute(new byte[100_000]), 100_000));
    }

    [Fact]
    public void A_negative_length_cannot_be_combined() => Assert.Throws<ArgumentOutOfRangeException>(() => Crc32C.Combine(1, 2, -1));

    [Fact]
    public void The_powers_of_x_repeat_after_two_to_the_31_less_one()
    {
        const uint one = 0x80000000;
        Assert.Equal(one, Polynomial.XTo(int.MaxValue));
        Assert.Equal(Polynomial.XTo(5), Polynomial.XTo(5L + int.MaxValue));
        Assert.Equal(one, Polynomial.Multiply(Polynomial.XTo(-33), Polynomial.XTo(33)));
    }
}
