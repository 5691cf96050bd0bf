using System.Buffers;
using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>
/// Where in a segment to begin to look, by its indexes. Index files carry no checksum, so an entry counts only when the batch that it names is really there; without one
/// the search begins at the segment's first batch, which is slower and as right.
/// </summary>
static class IndexHints
{
    const int WindowBytes = 64 << 10;

    /// <summary>The position of a batch; none before it holds the offset.</summary>
    public static int ForOffset(Segment segment, long offset, int limit)
    {
        var (lastOffset, position) = segment.Offsets.LastUpTo(offset);
        if (position < 0 || position >= limit) return 0;
        Span<byte> header = stackalloc byte[RecordBatchHeader.Size];
        var cursor = new HeaderCursor(segment, position, limit, header);
        return cursor.TryMoveNext(out _) && cursor.Header.LastOffset == lastOffset ? position : 0;
    }

    /// <summary>The position of a batch; all records before it are older than the timestamp.</summary>
    /// <param name="window">Where bytes are read to.</param>
    public static int ForTimestamp(Segment segment, long timestamp, int limit, Span<byte> window) =>
        PositionOf(segment, segment.Times.LastOlderThan(timestamp), limit, window);

    /// <summary>The position of a batch; among the records below an offset, none before it has the largest timestamp.</summary>
    public static int ForLargestBelow(Segment segment, long upToOffset, int limit, Span<byte> window) =>
        PositionOf(segment, segment.Times.LastBelow(upToOffset), limit, window);

    /// <summary>The position of the batch that an entry of the time index names; 0 when it names none.</summary>
    static int PositionOf(Segment segment, TimestampedOffset entry, int limit, Span<byte> window)
    {
        if (entry == TimeIndex.None) return 0;
        var cursor = new HeaderCursor(segment, ForOffset(segment, entry.Offset, limit), limit, window);
        while (cursor.TryMoveNext(out _) && cursor.Header.BaseOffset <= entry.Offset)
        {
            if (cursor.Header.LastOffset == entry.Offset) return cursor.Header.MaxTimestamp == entry.Timestamp ? cursor.Position : 0;
        }
        return 0;
    }

    /// <summary>
    /// What is published of a segment, with its largest timestamp. That of a segment that was opened sealed is found at the first call: its time index may have lost
    /// its last entries, so what follows the last one is looked at, which is nothing in a segment whose last batch is its newest.
    /// </summary>
    public static Segment.Extent WithLargest(Segment segment)
    {
        var extent = segment.Published;
        if (!segment.IsSealed || extent.Largest.Timestamp >= 0) return extent;
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            if (segment.Runs is not null) return extent;
            var cursor = new HeaderCursor(segment, PositionOf(segment, segment.Times.Last, extent.Length, window), extent.Length, window);
            var largest = TimeIndex.None;
            while (cursor.MoveNextSound()) largest = TimeIndex.With(largest, cursor.Header);
            if (cursor.DueOffset >= 0 && !segment.Order.AllowsEnd(cursor.DueOffset, extent.EndOffset)) throw segment.DamagedAt(extent.Length, $"it ends with offset {cursor.DueOffset} where {extent.EndOffset} is due");
            return segment.Learn(largest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }
}
