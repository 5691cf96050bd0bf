using Semel.Protocol.Tests.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Wire;

public class WireWriterTests
{
    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7f")]
    [InlineData(128u, "8001")]
    [InlineData(16384u, "808001")]
    [InlineData(uint.MaxValue, "ffffffff0f")]
    public void An_unsigned_varint_takes_as_few_bytes_as_it_can(uint value, string hex)
    {
        using var writer = new WireWriter();
        writer.WriteUnsignedVarint(value);
        Assert.Equal(hex, MessageBytes.ToHex(writer.ToArray()));
    }

    [Fact]
    public void A_string_too_long_for_two_bytes_of_length_is_refused_in_an_old_version_only()
    {
        using var writer = new WireWriter();
        var text = new string('a', short.MaxValue + 1);
        Assert.Throws<InvalidOperationException>(() => writer.WriteString(text, flexible: false));
        writer.Reset();
        writer.WriteString(text, flexible: true);
        Assert.Equal(text, new WireReader(writer.ToArray()).ReadString(flexible: true));
    }

    /// <summary>The size of a tagged field takes one byte up to 127, two up to 16383, and so on; its contents may be copied or referred to.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(124)]
    [InlineData(125)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(8000)]
    [InlineData(9000)]
    [InlineData(16379)]
    [InlineData(16384)]
    [InlineData(70_000)]
    [InlineData(2_100_000)]
    public void A_tagged_field_has_the_size_of_its_contents_in_front(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        using var writer = new WireWriter(16);
        writer.WriteInt16(7);
        var start = writer.BeginTaggedField(3);
        writer.WriteInt8(5);
        writer.WriteRaw(bytes);
        writer.WriteInt8(6);
        writer.EndTaggedField(start);
        writer.WriteInt16(8);
        AssertOuter(writer, 3, contents =>
        {
            Assert.Equal(5, contents[0]);
            Assert.Equal(bytes, contents.AsSpan(1, length).ToArray());
            Assert.Equal(6, contents[^1]);
        });
    }

    [Fact]
    public void Tagged_fields_within_tagged_fields_move_together()
    {
        var large = new byte[10_000];
        new Random(1).NextBytes(large);
        using var writer = new WireWriter(16);
        writer.WriteInt16(7);
        var outer = writer.BeginTaggedField(1);
        var inner = writer.BeginTaggedField(2);
        writer.WriteRaw(large);
        writer.WriteRaw(large);
        writer.EndTaggedField(inner);
        writer.EndTaggedField(outer);
        writer.WriteInt16(8);
        AssertOuter(writer, 1, contents =>
        {
            var reader = new WireReader(contents);
            Assert.Equal(2u, reader.ReadUnsignedVarint());
            Assert.Equal(20_000u, reader.ReadUnsignedVarint());
            Assert.Equal([.. large, .. large], contents.AsSpan(reader.Position).ToArray());
        });
    }

    [Fact]
    public void What_was_referred_to_before_a_tagged_field_stays_where_it_is()
    {
        var large = new byte[10_000];
        new Random(2).NextBytes(large);
        using var writer = new WireWriter(16);
        writer.WriteRaw(large);
        var start = writer.BeginTaggedField(1);
        writer.WriteRaw(new byte[200]);
        writer.EndTaggedField(start);
        var whole = writer.ToArray();
        Assert.Equal([.. large, 1, 0xc8, 0x01, .. new byte[200]], whole);
    }

    [Fact]
    public void A_reset_writer_writes_the_next_message_from_its_start()
    {
        using var writer = new WireWriter();
        writer.WriteRaw(new byte[20_000]);
        writer.WriteInt32(1);
        writer.Reset();
        writer.WriteInt8(2);
        Assert.Equal([2], writer.ToArray());
        Assert.True(writer.TryGetSinglePiece(out var piece));
        Assert.Equal([2], piece.ToArray());
    }

    [Fact]
    public void Reserved_bytes_are_zero_until_they_are_written()
    {
        using var writer = new WireWriter();
        writer.WriteInt64(-1);
        writer.Reset();
        var at = writer.ReserveInt32();
        writer.WriteInt8(1);
        Assert.Equal([0, 0, 0, 0, 1], writer.ToArray());
        writer.PatchInt32(at, 0x01020304);
        Assert.Equal([1, 2, 3, 4, 1], writer.ToArray());
    }

    static void AssertOuter(WireWriter writer, uint tag, Action<byte[]> assertContents)
    {
        var whole = writer.ToArray();
        Assert.Equal(writer.Length, whole.Length);
        var reader = new WireReader(whole);
        Assert.Equal(7, reader.ReadInt16());
        Assert.Equal(tag, reader.ReadUnsignedVarint());
        var size = (int)reader.ReadUnsignedVarint();
        var start = reader.Position;
        reader.Skip(size);
        Assert.Equal(8, reader.ReadInt16());
        Assert.Equal(0, reader.Remaining);
        assertContents(whole[start..(start + size)]);
    }
}
