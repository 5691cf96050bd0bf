using Semel.Log.Batches;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// Makes the index files of a segment again that somebody removed or cut, or that a power cut took. Only for segments that were forced: nothing of them is cut off, and what
/// is no sound batch is damage. An index that lost whole entries at its end cannot be told from a complete one without reading the segment; it stays,
/// and searches find the rest by headers.
/// </summary>
static class LostIndexes
{
    const int WindowBytes = 4096;

    /// <summary>Looks at the sizes of the files; into the segment only where one of them is empty and should perhaps not be.</summary>
    public static bool AreOf(Segment segment, int indexInterval)
    {
        var length = segment.Published.Length;
        if (length == 0) return false;
        if (!segment.HasIndexFiles) return true;
        var (offsets, times) = (segment.Offsets.Entries.Count, segment.Times.Entries.Count);
        // Each entry of the time index is made with one of the other, except the one at the end.
        if (times == 1 || (times > 0 && offsets > 0)) return false;
        Span<byte> window = stackalloc byte[WindowBytes];
        var cursor = new HeaderCursor(segment, 0, length, window);
        if (times == 0) return cursor.TryMoveNext(out _) && cursor.Header.MaxTimestamp >= 0;
        while (cursor.TryMoveNext(out _))
        {
            if (cursor.Position > indexInterval) return true;
        }
        return false;
    }

    /// <returns>How many bytes were verified.</returns>
    /// <exception cref="LogDamagedException">Not all of the segment is sound; nothing was changed.</exception>
    public static long MakeAgain(Segment segment, int indexInterval)
    {
        var known = segment.Published;
        segment.DropIndexes();
        var end = SegmentScan.Run(segment, known.Length, indexInterval);
        if (end.Fault is { } fault)
            throw new LogDamagedException($"{segment.FilePath} is damaged at position {end.Position}, where offset {end.Offset} must be: {fault}. It was read because its index files are missing or cut; restore it from a copy.");
        if (!segment.Order.AllowsEnd(end.Offset, known.EndOffset))
            throw new LogDamagedException($"{segment.FilePath} ends at position {end.Position} with offset {end.Offset}, but it must end with offset {known.EndOffset}; restore it from a copy.");
        segment.EndAt(known.EndOffset);
        return end.ScannedBytes;
    }
}
