using System.Buffers.Binary;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// What the store's one file of recovery points says: what must be replayed from the journal, and from where each log must be scanned.
/// One file for all logs, because a checkpoint moves many of them at once.
/// </summary>
/// <param name="Run">Counts the openings of the store that wrote something.</param>
/// <param name="Secret">Of that run's groups in the journal.</param>
/// <param name="IsJournalInUse">The journal may hold bytes that the segments do not.</param>
/// <param name="Flush">How that run forced: with <see cref="FlushMode.Os"/> nobody knows where the forced bytes end.</param>
/// <param name="JournalFrom">The sequence of the first group that is needed.</param>
sealed record RecoveryPoints(uint Run, ulong Secret, bool IsJournalInUse, FlushMode Flush, long JournalFrom, SortedDictionary<ulong, LogMarks> Logs)
{
    public const string FileName = "recovery.points";
    const uint FileMagic = 0x534C5250;
    const int Version = 1;
    const int HeaderSize = 32, EntrySize = 72;
    const int JournalInUseFlag = 1, DiskFlag = 2;

    public static RecoveryPoints None => new(0, 0, false, FlushMode.Disk, 0, []);

    public byte[] Encode()
    {
        var content = new byte[HeaderSize + Logs.Count * EntrySize];
        BinaryPrimitives.WriteUInt32BigEndian(content, Run);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), (IsJournalInUse ? JournalInUseFlag : 0) | (Flush == FlushMode.Disk ? DiskFlag : 0));
        BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(8), Secret);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(16), JournalFrom);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(24), Logs.Count);
        var entry = content.AsSpan(HeaderSize);
        foreach (var (identity, marks) in Logs)
        {
            BinaryPrimitives.WriteUInt64BigEndian(entry, identity);
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], marks.WasClosed ? 1 : 0);
            WritePoint(entry[12..], marks.Recovery);
            BinaryPrimitives.WriteInt64BigEndian(entry[32..], marks.Largest.Timestamp);
            BinaryPrimitives.WriteInt64BigEndian(entry[40..], marks.Largest.Offset);
            WritePoint(entry[48..], marks.Durable);
            entry = entry[EntrySize..];
        }
        return CheckedContent.Frame(FileMagic, Version, content);
    }

    static void WritePoint(Span<byte> bytes, LogPoint point)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, point.Offset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], point.SegmentBase);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], point.Position);
    }

    /// <returns>Null when the bytes are damaged.</returns>
    public static RecoveryPoints? Decode(byte[] framed)
    {
        if (CheckedContent.Unframe(FileMagic, Version, framed) is not { } content || content.Length < HeaderSize) return null;
        var bytes = content.Span;
        var flags = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[24..]);
        if (content.Length != HeaderSize + (long)count * EntrySize) return null;
        var logs = new SortedDictionary<ulong, LogMarks>();
        for (var entry = bytes[HeaderSize..]; entry.Length > 0; entry = entry[EntrySize..])
        {
            logs[BinaryPrimitives.ReadUInt64BigEndian(entry)] = new LogMarks(
                BinaryPrimitives.ReadInt32BigEndian(entry[8..]) != 0,
                ReadPoint(entry[12..]),
                new TimestampedOffset(BinaryPrimitives.ReadInt64BigEndian(entry[40..]), BinaryPrimitives.ReadInt64BigEndian(entry[32..])),
                ReadPoint(entry[48..]));
        }
        return new RecoveryPoints(
            BinaryPrimitives.ReadUInt32BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            (flags & JournalInUseFlag) != 0,
            (flags & DiskFlag) != 0 ? FlushMode.Disk : FlushMode.Os,
            BinaryPrimitives.ReadInt64BigEndian(bytes[16..]),
            logs);
    }

    static LogPoint ReadPoint(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes),
        BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[16..]));
}
