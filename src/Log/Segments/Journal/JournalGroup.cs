using System.Buffers.Binary;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Journal;

/// <summary>
/// The header of a group: what one forced write put into the journal. Groups begin at multiples of 4096 bytes, so that no page with acknowledged bytes is
/// ever written again. Big-endian, 64 bytes: magic, version, run, secret, sequence, forced, size, entries, CRC of the entries, CRC of this header.
/// </summary>
/// <param name="Run">Which opening of the store wrote it.</param>
/// <param name="Secret">Random per run, so that nobody can put a group into a record's value that recovery would take for one.</param>
/// <param name="Sequence">Counts the groups of a run from 0.</param>
/// <param name="Forced">Every group below this sequence had been forced when this one was written: if one of them cannot be read, that is damage.</param>
/// <param name="Size">Bytes of header and entries, without the filling up to the next page.</param>
/// <param name="EntryCount">How many entries follow.</param>
/// <param name="EntriesCrc">Over every entry's header and the part of each of its batches that the batch's own CRC leaves out.</param>
readonly record struct JournalGroup(uint Run, ulong Secret, long Sequence, long Forced, int Size, int EntryCount, uint EntriesCrc)
{
    public const int HeaderSize = 64, Alignment = 4096;
    const uint Magic = 0x534C4A47;
    const int Version = 1;
    const int VersionAt = 4, RunAt = 8, SecretAt = 16, SequenceAt = 24, ForcedAt = 32, SizeAt = 40, CountAt = 44, EntriesCrcAt = 48, HeaderCrcAt = 52;

    /// <summary>Bytes it takes in the file.</summary>
    public long AlignedSize => Align(Size);

    public static long Align(long size) => (size + Alignment - 1) & -Alignment;

    public void Write(Span<byte> bytes)
    {
        bytes[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32BigEndian(bytes[VersionAt..], Version);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[RunAt..], Run);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[SecretAt..], Secret);
        BinaryPrimitives.WriteInt64BigEndian(bytes[SequenceAt..], Sequence);
        BinaryPrimitives.WriteInt64BigEndian(bytes[ForcedAt..], Forced);
        BinaryPrimitives.WriteInt32BigEndian(bytes[SizeAt..], Size);
        BinaryPrimitives.WriteInt32BigEndian(bytes[CountAt..], EntryCount);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[EntriesCrcAt..], EntriesCrc);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[HeaderCrcAt..], Crc32C.Compute(bytes[..HeaderCrcAt]));
    }

    /// <returns>False when no group's header is there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out JournalGroup group)
    {
        group = default;
        if (bytes.Length < HeaderSize
            || BinaryPrimitives.ReadUInt32BigEndian(bytes) != Magic
            || BinaryPrimitives.ReadInt32BigEndian(bytes[VersionAt..]) != Version
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[HeaderCrcAt..]) != Crc32C.Compute(bytes[..HeaderCrcAt])) return false;
        group = new JournalGroup(
            BinaryPrimitives.ReadUInt32BigEndian(bytes[RunAt..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[SecretAt..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[SequenceAt..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[ForcedAt..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[SizeAt..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[CountAt..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[EntriesCrcAt..]));
        return group.Size >= HeaderSize;
    }
}
