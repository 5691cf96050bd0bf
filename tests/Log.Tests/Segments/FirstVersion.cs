using System.Buffers.Binary;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Recovery;

namespace Semel.Log.Tests.Segments;

/// <summary>Recovery points as the first version of the file had them: a header of 32 bytes and 72 for each log.</summary>
static class FirstVersion
{
    const uint Magic = 0x534C5250;

    public static byte[] Of(byte[] points)
    {
        var known = RecoveryPoints.Decode(points)!;
        var content = new byte[32 + 72 * known.Logs.Count];
        BinaryPrimitives.WriteUInt32BigEndian(content, known.Run);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), (known.IsJournalInUse ? 1 : 0) | 2);
        BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(8), known.Secret);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(16), known.JournalFrom);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(24), known.Logs.Count);
        var entry = content.AsSpan(32);
        foreach (var (identity, log) in known.Logs)
        {
            BinaryPrimitives.WriteUInt64BigEndian(entry, identity);
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], log.Marks.WasClosed ? 1 : 0);
            WritePoint(entry[12..], log.Marks.Recovery);
            BinaryPrimitives.WriteInt64BigEndian(entry[32..], log.Marks.Largest.Timestamp);
            BinaryPrimitives.WriteInt64BigEndian(entry[40..], log.Marks.Largest.Offset);
            WritePoint(entry[48..], log.Marks.Durable);
            entry = entry[72..];
        }
        return CheckedContent.Frame(Magic, 1, content);
    }

    static void WritePoint(Span<byte> bytes, LogPoint point)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, point.Offset);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], point.SegmentBase);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], point.Position);
    }
}
