using System.Runtime.InteropServices;
using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class VarintTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(63, "7E")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(-65, "8101")]
    [InlineData(8191, "FE7F")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(int.MinValue, "FFFFFFFF0F")]
    public void Numbers_of_32_bits_are_written_and_read_as_Kafka_does(int value, string hex)
    {
        Span<byte> bytes = stackalloc byte[Varint.MaxSizeOfInt64];
        var length = Varint.Write(bytes, value);
        Assert.Equal(hex, Convert.ToHexString(bytes[..length]));
        Assert.Equal(length, Varint.Size(value));
        Assert.Equal((length, value), (Varint.ReadInt32(bytes[..length], 0, out var read), read));
    }

    [Theory]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    [InlineData(1L << 40, "808080808040")]
    [InlineData(-3, "05")]
    public void Numbers_of_64_bits_are_written_and_read_as_Kafka_does(long value, string hex)
    {
        Span<byte> bytes = stackalloc byte[Varint.MaxSizeOfInt64];
        ref var start = ref MemoryMarshal.GetReference(bytes);
        Varint.Write(ref start, value);
        Assert.Equal(hex, Convert.ToHexString(bytes[..Varint.Size(value)]));
        Assert.Equal((hex.Length / 2, value), (Varint.ReadInt64(bytes, 0, out var read), read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("FFFFFFFF")]
    [InlineData("FFFFFFFF1F")]
    [InlineData("FFFFFFFFFF00")]
    public void A_number_that_ends_too_early_or_has_more_than_32_bits_is_refused(string hex) => Assert.Equal(-1, Varint.ReadInt32(Convert.FromHexString(hex), 0, out _));

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF00")]
    public void A_number_that_ends_too_early_or_has_more_than_64_bits_is_refused(string hex) => Assert.Equal(-1, Varint.ReadInt64(Convert.FromHexString(hex), 0, out _));
}
