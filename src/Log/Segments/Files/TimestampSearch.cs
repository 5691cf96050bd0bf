using System.Buffers;
using Semel.Log.Batches;

namespace Semel.Log.Segments.Files;

/// <summary>Finds records by timestamp: the segment by its largest timestamp, the place in it by the time index, the batch by headers, then the record.</summary>
static class TimestampSearch
{
    const int WindowBytes = 64 << 10;

    public static TimestampedOffset? First(SegmentList segments, long timestamp, LogBounds bounds)
    {
        var first = segments.IndexOf(bounds.StartOffset);
        for (var at = first; at < segments.Count; at++)
        {
            var segment = segments[at];
            if (segment.BaseOffset >= bounds.EndOffset) return null;
            var extent = IndexHints.WithLargest(segment);
            if (extent.Largest.Timestamp < timestamp && extent.Largest.Timestamp >= 0) continue;
            if (First(segment, extent, timestamp, bounds) is { } found) return found;
        }
        return null;
    }

    static TimestampedOffset? First(Segment segment, Segment.Extent extent, long timestamp, LogBounds bounds)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            var begin = Math.Max(IndexHints.ForOffset(segment, bounds.StartOffset, extent.Length), IndexHints.ForTimestamp(segment, timestamp, extent.Length, window));
            var cursor = new HeaderCursor(segment, begin, extent.Length, window);
            while (cursor.MoveNext())
            {
                if (cursor.Header.BaseOffset >= bounds.EndOffset) return null;
                if (cursor.Header.MaxTimestamp < timestamp || cursor.Header.NextOffset <= bounds.StartOffset) continue;
                if (InBatch(segment, cursor.Position, cursor.NextPosition, timestamp, bounds, largest: false) is { } found) return found;
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>The first of the records with the largest timestamp.</summary>
    public static TimestampedOffset? Largest(SegmentList segments, LogBounds bounds)
    {
        TimestampedOffset? largest = null;
        for (var at = segments.IndexOf(bounds.StartOffset); at < segments.Count && segments[at].BaseOffset < bounds.EndOffset; at++)
        {
            var extent = IndexHints.WithLargest(segments[at]);
            // Below zero it is not known.
            if (largest is { } soFar && extent.Largest.Timestamp >= 0 && extent.Largest.Timestamp <= soFar.Timestamp) continue;
            largest = Larger(largest, Largest(segments[at], extent, bounds));
        }
        return largest;
    }

    static TimestampedOffset? Largest(Segment segment, Segment.Extent extent, LogBounds bounds)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            var begin = LargestIsAround(segment, extent, bounds, window);
            var (position, next, timestamp) = (-1, -1, long.MinValue);
            TimestampedOffset? largest = null;
            var cursor = new HeaderCursor(segment, begin, extent.Length, window);
            while (cursor.MoveNext() && cursor.Header.BaseOffset < bounds.EndOffset)
            {
                if (cursor.Header.NextOffset <= bounds.StartOffset) continue;
                // Of a batch that the bounds cut, the header's timestamp may belong to a record outside.
                if (cursor.Header.BaseOffset < bounds.StartOffset || cursor.Header.NextOffset > bounds.EndOffset)
                    largest = Larger(largest, InBatch(segment, cursor.Position, cursor.NextPosition, 0, bounds, largest: true));
                else if (position < 0 || cursor.Header.MaxTimestamp > timestamp)
                    (position, next, timestamp) = (cursor.Position, cursor.NextPosition, cursor.Header.MaxTimestamp);
            }
            return position < 0 ? largest : Larger(largest, InBatch(segment, position, next, 0, bounds, largest: true));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>The one with the larger timestamp; of equal ones the first.</summary>
    static TimestampedOffset? Larger(TimestampedOffset? one, TimestampedOffset? other)
    {
        if (one is not { } left || other is not { } right) return one ?? other;
        return right.Timestamp > left.Timestamp || (right.Timestamp == left.Timestamp && right.Offset < left.Offset) ? right : left;
    }

    /// <summary>A position that the search may begin at: no batch before it can have the largest timestamp of those within the bounds.</summary>
    static int LargestIsAround(Segment segment, Segment.Extent extent, LogBounds bounds, Span<byte> window)
    {
        if (bounds.StartOffset > segment.BaseOffset) return IndexHints.ForOffset(segment, bounds.StartOffset, extent.Length);
        if (bounds.EndOffset >= extent.EndOffset && extent.Largest.Timestamp >= 0) return IndexHints.ForOffset(segment, extent.Largest.Offset, extent.Length);
        return IndexHints.ForLargestBelow(segment, bounds.EndOffset, extent.Length, window);
    }

    static TimestampedOffset? InBatch(Segment segment, int position, int next, long timestamp, LogBounds bounds, bool largest)
    {
        var rented = ArrayPool<byte>.Shared.Rent(next - position);
        try
        {
            var batch = rented.AsSpan(0, segment.Read(rented.AsSpan(0, next - position), position));
            return largest ? RecordSearch.WithLargestTimestamp(batch, bounds.StartOffset, bounds.EndOffset) : RecordSearch.FirstAtOrAfter(batch, timestamp, bounds.StartOffset, bounds.EndOffset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
