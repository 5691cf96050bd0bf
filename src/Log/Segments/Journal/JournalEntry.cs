using System.Buffers.Binary;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// The header of one append in a group; its batches follow. Big-endian, 48 bytes. An entry without bytes says that the log's segment was
/// forced up to there by other means.
/// </summary>
/// <param name="Log">The log's identity.</param>
/// <param name="SegmentBase">The base offset of the segment that the bytes belong to.</param>
/// <param name="Position">Where they begin in the segment.</param>
/// <param name="Length">Bytes of the batches.</param>
/// <param name="EndOffset">The log's end after them.</param>
readonly record struct JournalEntry(ulong Log, long SegmentBase, int Position, int Length, long EndOffset)
{
    public const int HeaderSize = 48;

    /// <summary>The bytes at the head of a batch that its own CRC leaves out: base offset, length, leader epoch, magic and the CRC itself.</summary>
    const int BatchHeadSize = RecordBatchHeader.CrcStart;

    public void Write(Span<byte> bytes)
    {
        bytes[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Log);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], SegmentBase);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], Position);
        BinaryPrimitives.WriteInt32BigEndian(bytes[20..], Length);
        BinaryPrimitives.WriteInt64BigEndian(bytes[24..], EndOffset);
    }

    public static JournalEntry Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[16..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[20..]),
        BinaryPrimitives.ReadInt64BigEndian(bytes[24..]));

    /// <summary>Goes on with the CRC of a group by one batch: its head only, because the rest is covered by the CRC within that head.</summary>
    public static uint AppendHead(uint crc, ReadOnlySpan<byte> batch) => Crc32C.Append(crc, batch[..BatchHeadSize]);
}
