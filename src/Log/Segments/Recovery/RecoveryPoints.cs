using System.Buffers.Binary;
using System.Text;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// What the store's one file of recovery points says: which logs there are, what must be replayed from the journal, from where each log must be scanned, and what was forced
/// of each of its segments. One file for all logs, because a checkpoint moves many of them at once.
/// </summary>
/// <param name="Run">Counts the openings of the store that wrote something.</param>
/// <param name="Secret">Of that run's groups in the journal.</param>
/// <param name="IsJournalInUse">The journal may hold bytes that the segments do not.</param>
/// <param name="Flush">How that run forced: with <see cref="FlushMode.Os"/> nobody knows where the forced bytes end.</param>
/// <param name="JournalFrom">The sequence of the first group that is needed.</param>
sealed record RecoveryPoints(uint Run, ulong Secret, bool IsJournalInUse, FlushMode Flush, long JournalFrom, SortedDictionary<ulong, KnownLog> Logs)
{
    public const string FileName = "recovery.points";
    const uint FileMagic = 0x534C5250;
    const int Version = 2, VersionWithoutNames = 1;
    const int HeaderSize = 32, MarksSize = 72, CountsSize = 8, PrintSize = 28;
    const int JournalInUseFlag = 1, DiskFlag = 2;

    public static RecoveryPoints None => new(0, 0, false, FlushMode.Disk, 0, []);

    /// <summary>The size of each file of the journal; 0 when that is not known.</summary>
    public int JournalFileBytes { get; init; }

    /// <summary>Whether the logs' names are in it, and so whether a log that it does not know was never there.</summary>
    public bool HasNames { get; private init; } = true;

    public byte[] Encode()
    {
        var content = new byte[HeaderSize + Logs.Values.Sum(static log => MarksSize + CountsSize + Encoding.UTF8.GetByteCount(log.Name ?? "") + log.Segments.Length * PrintSize)];
        BinaryPrimitives.WriteUInt32BigEndian(content, Run);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), (IsJournalInUse ? JournalInUseFlag : 0) | (Flush == FlushMode.Disk ? DiskFlag : 0));
        BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(8), Secret);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(16), JournalFrom);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(24), Logs.Count);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(28), JournalFileBytes);
        var rest = content.AsSpan(HeaderSize);
        foreach (var (identity, log) in Logs)
        {
            WriteMarks(rest, identity, log.Marks);
            BinaryPrimitives.WriteInt32BigEndian(rest[MarksSize..], log.Segments.Length);
            var nameLength = Encoding.UTF8.GetBytes(log.Name ?? "", rest[(MarksSize + CountsSize)..]);
            BinaryPrimitives.WriteInt32BigEndian(rest[(MarksSize + 4)..], nameLength);
            rest = rest[(MarksSize + CountsSize + nameLength)..];
            foreach (var segment in log.Segments)
            {
                WritePrint(rest, segment);
                rest = rest[PrintSize..];
            }
        }
        return CheckedContent.Frame(FileMagic, Version, content);
    }

    static void WriteMarks(Span<byte> bytes, ulong identity, in LogMarks marks)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, identity);
        BinaryPrimitives.WriteInt32BigEndian(bytes[8..], marks.WasClosed ? 1 : 0);
        WritePoint(bytes[12..], marks.Recovery);
        BinaryPrimitives.WriteInt64BigEndian(bytes[32..], marks.Largest.Timestamp);
        BinaryPrimitives.WriteInt64BigEndian(bytes[40..], marks.Largest.Offset);
        WritePoint(bytes[48..], marks.Durable);
    }

    static void WritePoint(Span<byte> bytes, LogPoint point)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, point.Offset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], point.SegmentBase);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], point.Position);
    }

    static void WritePrint(Span<byte> bytes, in SegmentPrint print)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, print.BaseOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], print.EndOffset);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], print.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes[20..], print.Head is null ? 0 : 1);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[24..], print.Head ?? 0);
    }

    /// <returns>Null when the bytes are damaged.</returns>
    public static RecoveryPoints? Decode(byte[] framed)
    {
        var hasNames = true;
        if (CheckedContent.Unframe(FileMagic, Version, framed) is not { } content)
        {
            hasNames = false;
            if (CheckedContent.Unframe(FileMagic, VersionWithoutNames, framed) is not { } old) return null;
            content = old;
        }
        if (content.Length < HeaderSize) return null;
        var bytes = content.Span;
        var logs = new SortedDictionary<ulong, KnownLog>();
        var rest = bytes[HeaderSize..];
        for (var count = BinaryPrimitives.ReadInt32BigEndian(bytes[24..]); count > 0; count--)
        {
            if (!TryReadLog(ref rest, hasNames, logs)) return null;
        }
        if (rest.Length > 0) return null;
        var flags = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        return new RecoveryPoints(
            BinaryPrimitives.ReadUInt32BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            (flags & JournalInUseFlag) != 0,
            (flags & DiskFlag) != 0 ? FlushMode.Disk : FlushMode.Os,
            BinaryPrimitives.ReadInt64BigEndian(bytes[16..]),
            logs)
        {
            JournalFileBytes = hasNames ? BinaryPrimitives.ReadInt32BigEndian(bytes[28..]) : 0,
            HasNames = hasNames,
        };
    }

    static bool TryReadLog(ref ReadOnlySpan<byte> rest, bool hasNames, SortedDictionary<ulong, KnownLog> logs)
    {
        if (rest.Length < (hasNames ? MarksSize + CountsSize : MarksSize)) return false;
        var identity = BinaryPrimitives.ReadUInt64BigEndian(rest);
        var marks = new LogMarks(
            BinaryPrimitives.ReadInt32BigEndian(rest[8..]) != 0,
            ReadPoint(rest[12..]),
            new TimestampedOffset(BinaryPrimitives.ReadInt64BigEndian(rest[40..]), BinaryPrimitives.ReadInt64BigEndian(rest[32..])),
            ReadPoint(rest[48..]));
        if (!hasNames)
        {
            rest = rest[MarksSize..];
            logs[identity] = new KnownLog(null, marks, []);
            return true;
        }
        var (count, nameLength) = (BinaryPrimitives.ReadInt32BigEndian(rest[MarksSize..]), BinaryPrimitives.ReadInt32BigEndian(rest[(MarksSize + 4)..]));
        rest = rest[(MarksSize + CountsSize)..];
        if (nameLength < 0 || count < 0 || rest.Length < nameLength + (long)count * PrintSize) return false;
        var name = nameLength == 0 ? null : Encoding.UTF8.GetString(rest[..nameLength]);
        rest = rest[nameLength..];
        var segments = count == 0 ? [] : new SegmentPrint[count];
        for (var at = 0; at < count; at++, rest = rest[PrintSize..]) segments[at] = ReadPrint(rest);
        logs[identity] = new KnownLog(name, marks, segments);
        return true;
    }

    static LogPoint ReadPoint(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes),
        BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[16..]));

    static SegmentPrint ReadPrint(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes),
        BinaryPrimitives.ReadInt32BigEndian(bytes[16..]),
        BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[20..]) == 0 ? null : BinaryPrimitives.ReadUInt32BigEndian(bytes[24..]));
}
