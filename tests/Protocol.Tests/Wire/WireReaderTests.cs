using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class WireReaderTests
{
    [Fact]
    public void Fixed_width_numbers_are_big_endian()
    {
        var reader = new WireReader(MessageBytes.FromHex("01 02 ff 0102 fffe 01020304 fffffffe 0102030405060708 3ff8000000000000"));
        Assert.True(reader.ReadBoolean());
        Assert.True(reader.ReadBoolean());
        Assert.Equal(-1, reader.ReadInt8());
        Assert.Equal(0x0102, reader.ReadInt16());
        Assert.Equal(0xfffe, reader.ReadUInt16());
        Assert.Equal(0x01020304, reader.ReadInt32());
        Assert.Equal(0xfffffffe, reader.ReadUInt32());
        Assert.Equal(0x0102030405060708, reader.ReadInt64());
        Assert.Equal(1.5, reader.ReadFloat64());
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void A_uuid_is_its_text_in_order()
    {
        var reader = new WireReader(MessageBytes.FromHex("00112233445566778899aabbccddeeff"));
        Assert.Equal(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), reader.ReadUuid());
    }

    [Theory]
    [InlineData("00", 0u)]
    [InlineData("7f", 127u)]
    [InlineData("8001", 128u)]
    [InlineData("ff7f", 16383u)]
    [InlineData("808001", 16384u)]
    [InlineData("ffffffff0f", uint.MaxValue)]
    [InlineData("8000", 0u)]
    public void An_unsigned_varint_has_its_lowest_group_first(string hex, uint value)
    {
        var reader = new WireReader(MessageBytes.FromHex(hex));
        Assert.Equal(value, reader.ReadUnsignedVarint());
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("ffffffff10")]
    [InlineData("ffffffff1f")]
    [InlineData("808080808000")]
    public void An_unsigned_varint_that_is_cut_off_or_too_large_is_malformed(string hex) =>
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex(hex)).ReadUnsignedVarint());

    [Theory]
    [InlineData("0002 6162", false, "ab")]
    [InlineData("0000", false, "")]
    [InlineData("ffff", false, null)]
    [InlineData("8000", false, null)]
    [InlineData("03 6162", true, "ab")]
    [InlineData("01", true, "")]
    [InlineData("00", true, null)]
    [InlineData("0004 f09d849e", false, "𝄞")]
    public void A_string_has_its_length_in_front(string hex, bool flexible, string? text)
    {
        var reader = new WireReader(MessageBytes.FromHex(hex));
        Assert.Equal(text, reader.ReadNullableString(flexible));
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData("ffff", false)]
    [InlineData("00", true)]
    [InlineData("0003 6162", false)]
    [InlineData("04 6162", true)]
    [InlineData("0002 c328", false)]
    [InlineData("0001 ff", false)]
    [InlineData("ffffffff0f", true)]
    public void A_string_that_is_null_cut_off_or_not_UTF8_is_malformed(string hex, bool flexible) =>
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex(hex)).ReadString(flexible));

    [Fact]
    public void Bytes_are_a_slice_of_the_frame()
    {
        var frame = MessageBytes.FromHex("00000002 0102 03 0304 00 ffffffff");
        var reader = new WireReader(frame);
        var first = reader.ReadBytes(flexible: false);
        Assert.Equal([3, 4], reader.ReadBytes(flexible: true).ToArray());
        Assert.Null(reader.ReadNullableBytes(flexible: true));
        Assert.Null(reader.ReadNullableBytes(flexible: false));
        frame[4] = 9;
        Assert.Equal([9, 2], first.ToArray());
    }

    [Theory]
    [InlineData("ffffffff", false)]
    [InlineData("00", true)]
    [InlineData("00000003 0102", false)]
    [InlineData("7fffffff 0102", false)]
    [InlineData("ffffffff07 0102", true)]
    public void Bytes_that_are_null_or_cut_off_are_malformed(string hex, bool flexible) =>
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex(hex)).ReadBytes(flexible));

    [Theory]
    [InlineData("00000002 0000", false, 1, 2)]
    [InlineData("00000002 00000000", false, 2, 2)]
    [InlineData("03 0000", true, 1, 2)]
    [InlineData("ffffffff", false, 1, -1)]
    [InlineData("80000000", false, 1, -1)]
    [InlineData("00", true, 1, -1)]
    public void An_array_length_that_can_be_is_read(string hex, bool flexible, int elementSize, int count) =>
        Assert.Equal(count, new WireReader(MessageBytes.FromHex(hex)).ReadArrayLength(flexible, elementSize));

    [Theory]
    [InlineData("00000003 0000", false, 1)]
    [InlineData("00000002 000000", false, 2)]
    [InlineData("04 0000", true, 1)]
    [InlineData("7fffffff 0000", false, 1000)]
    [InlineData("ffffffff07 0000", true, 1000)]
    [InlineData("ffffffff0f 0000", true, 1)]
    public void An_array_length_that_cannot_be_in_what_is_left_is_malformed(string hex, bool flexible, int elementSize) =>
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex(hex)).ReadArrayLength(flexible, elementSize));

    [Fact]
    public void A_slice_ends_where_its_field_ends()
    {
        var reader = new WireReader(MessageBytes.FromHex("02 0001 0002"));
        var field = reader.SliceTaggedField();
        Assert.Equal(1, field.ReadInt16());
        Assert.Equal(2, reader.ReadInt16());
        field.RequireEnd("a field");
    }

    [Fact]
    public void A_field_whose_size_lies_is_malformed()
    {
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex("03 0001")).SliceTaggedField());
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex("ffffffff0f 0001")).SliceTaggedField());
        Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex("01")).RequireEnd("a field"));
    }

    [Theory]
    [InlineData("00", true)]
    [InlineData("02 00 01 ff 05 00", true)]
    [InlineData("02 05 00 05 00", true)]
    [InlineData("01 00 02 ff", false)]
    [InlineData("02 00 00", false)]
    [InlineData("ffffffff0f 00 00", false)]
    [InlineData("01 00 ffffffff0f", false)]
    public void Unknown_tagged_fields_are_passed_over_by_their_sizes(string hex, bool wellFormed)
    {
        var thrown = Record.Exception(() =>
        {
            var reader = new WireReader(MessageBytes.FromHex(hex));
            reader.SkipTaggedFields();
            Assert.Equal(0, reader.Remaining);
        });
        Assert.Equal(wellFormed, thrown is null);
        Assert.True(thrown is null or WireFormatException);
    }

    [Theory]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_001, false)]
    public void An_array_has_a_million_elements_at_most(int count, bool isTaken)
    {
        foreach (var flexible in new[] { false, true })
        {
            using var writer = new WireWriter();
            if (flexible) writer.WriteUnsignedVarint((uint)count + 1);
            else writer.WriteInt32(count);
            var bytes = (byte[])[.. writer.ToArray(), .. new byte[count]];
            var thrown = Record.Exception(() => Assert.Equal(count, new WireReader(bytes).ReadArrayLength(flexible)));
            Assert.Equal(isTaken, thrown is null);
            Assert.True(thrown is null or WireFormatException, $"{thrown}");
        }
    }

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void A_section_has_ten_thousand_tagged_fields_at_most(int count, bool isTaken)
    {
        using var writer = new WireWriter();
        writer.WriteUnsignedVarint((uint)count);
        // Each with the tag 5 and no contents.
        var bytes = (byte[])[.. writer.ToArray(), .. Enumerable.Repeat<byte[]>([5, 0], count).SelectMany(field => field)];
        var thrown = Record.Exception(() => new WireReader(bytes).SkipTaggedFields());
        Assert.Equal(isTaken, thrown is null);
        Assert.True(thrown is null or WireFormatException, $"{thrown}");
    }

    [Fact]
    public void A_number_of_tagged_fields_that_cannot_be_in_what_is_left_is_refused_before_they_are_read()
    {
        var thrown = Assert.Throws<WireFormatException>(() => new WireReader(MessageBytes.FromHex("03 00 00 00 00 00")).ReadTagCount());
        Assert.Contains("5 bytes are left", thrown.Message);
    }
}
