using System.Buffers.Binary;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>
/// The frame around the content of our own small files: magic, version, length and CRC-32C, so that no damage is taken for content.
/// Big-endian, as everything Kafka writes.
/// </summary>
static class CheckedContent
{
    const int MagicAt = 0, VersionAt = 4, LengthAt = 8, CrcAt = 12;
    public const int FrameSize = 16;

    public static byte[] Frame(uint magic, int version, ReadOnlySpan<byte> content)
    {
        var framed = new byte[FrameSize + content.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(MagicAt), magic);
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(VersionAt), version);
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(LengthAt), content.Length);
        content.CopyTo(framed.AsSpan(FrameSize));
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(CrcAt), CrcOf(framed));
        return framed;
    }

    /// <returns>The content; null when the bytes are not an undamaged frame of this magic and version.</returns>
    public static ReadOnlyMemory<byte>? Unframe(uint magic, int version, byte[] framed)
    {
        if (framed.Length < FrameSize
            || BinaryPrimitives.ReadUInt32BigEndian(framed.AsSpan(MagicAt)) != magic
            || BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(VersionAt)) != version
            || BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(LengthAt)) != framed.Length - FrameSize
            || BinaryPrimitives.ReadUInt32BigEndian(framed.AsSpan(CrcAt)) != CrcOf(framed)) return null;
        return framed.AsMemory(FrameSize);
    }

    public static bool HasMagic(uint magic, ReadOnlySpan<byte> head) => BinaryPrimitives.ReadUInt32BigEndian(head) == magic;

    /// <returns>How many bytes a frame has that begins so; null when too few are there or the length is none.</returns>
    public static int? SizeOf(ReadOnlySpan<byte> head) =>
        head.Length >= FrameSize && BinaryPrimitives.ReadInt32BigEndian(head[LengthAt..]) is >= 0 and <= int.MaxValue - FrameSize and var length ? FrameSize + length : null;

    static uint CrcOf(byte[] framed) => Crc32C.Append(Crc32C.Compute(framed.AsSpan(0, CrcAt)), framed.AsSpan(FrameSize));
}
