using System.Buffers;
using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Files;

/// <summary>A search met a segment that is not what it must be; the inner exception says why.</summary>
sealed class SearchFailedException(Segment segment, Exception reason) : Exception(reason.Message, reason)
{
    public Segment Segment => segment;
}

/// <summary>
/// Finds records by timestamp: the segment by its largest timestamp, the place in it by the time index, the batch by headers, then the record. What a hole may hold is not
/// passed over: an answer is given only when nothing in a hole could be a better one.
/// </summary>
static class TimestampSearch
{
    const int WindowBytes = 64 << 10;

    /// <exception cref="LogHoleException">The answer may lie in a hole.</exception>
    /// <exception cref="SearchFailedException">A segment is damaged.</exception>
    public static TimestampedOffset? First(SegmentList segments, long timestamp, LogBounds bounds, LogHoles holes, IRecordCodecs? codecs)
    {
        for (var at = segments.IndexOf(bounds.StartOffset); at < segments.Count && segments[at].BaseOffset < bounds.EndOffset; at++)
        {
            if (In(segments[at], window => First(segments[at], timestamp, bounds, codecs, window)) is not { } found) continue;
            holes.ThrowIfAmong(bounds.StartOffset, found.Offset);
            return found;
        }
        holes.ThrowIfAmong(bounds.StartOffset, bounds.EndOffset);
        return null;
    }

    static TimestampedOffset? First(Segment segment, long timestamp, LogBounds bounds, IRecordCodecs? codecs, byte[] window)
    {
        var extent = IndexHints.WithLargest(segment);
        if (extent.Largest.Timestamp < timestamp && extent.Largest.Timestamp >= 0) return null;
        var begin = segment.Runs is not null ? 0 : Math.Max(IndexHints.ForOffset(segment, bounds.StartOffset, extent.Length), IndexHints.ForTimestamp(segment, timestamp, extent.Length, window));
        foreach (var (from, due, to) in Pieces(segment, begin, extent.Length))
        {
            var cursor = new HeaderCursor(segment, from, to, window) { DueOffset = due };
            while (cursor.MoveNextSound())
            {
                if (cursor.Header.BaseOffset >= bounds.EndOffset) return null;
                if (cursor.Header.MaxTimestamp < timestamp || cursor.Header.NextOffset <= bounds.StartOffset) continue;
                if (InBatch(segment, cursor.Position, cursor.NextPosition, timestamp, bounds, codecs, largest: false) is { } found) return found;
            }
        }
        return null;
    }

    /// <summary>The first of the records with the largest timestamp.</summary>
    /// <exception cref="LogHoleException">It may lie in a hole.</exception>
    /// <exception cref="SearchFailedException">A segment is damaged.</exception>
    public static TimestampedOffset? Largest(SegmentList segments, LogBounds bounds, LogHoles holes, IRecordCodecs? codecs)
    {
        holes.ThrowIfAmong(bounds.StartOffset, bounds.EndOffset);
        TimestampedOffset? largest = null;
        for (var at = segments.IndexOf(bounds.StartOffset); at < segments.Count && segments[at].BaseOffset < bounds.EndOffset; at++)
            largest = Larger(largest, In(segments[at], window => Largest(segments[at], largest, bounds, codecs, window)));
        holes.ThrowIfAmong(bounds.StartOffset, bounds.EndOffset);
        return largest;
    }

    static TimestampedOffset? Largest(Segment segment, TimestampedOffset? soFar, LogBounds bounds, IRecordCodecs? codecs, byte[] window)
    {
        var extent = IndexHints.WithLargest(segment);
        // Below zero it is not known.
        if (soFar is { } known && extent.Largest.Timestamp >= 0 && extent.Largest.Timestamp <= known.Timestamp) return null;
        var begin = segment.Runs is not null ? 0 : LargestIsAround(segment, extent, bounds, window);
        var (position, next, timestamp) = (-1, -1, long.MinValue);
        TimestampedOffset? largest = null;
        foreach (var (from, due, to) in Pieces(segment, begin, extent.Length))
        {
            var cursor = new HeaderCursor(segment, from, to, window) { DueOffset = due };
            while (cursor.MoveNextSound() && cursor.Header.BaseOffset < bounds.EndOffset)
            {
                if (cursor.Header.NextOffset <= bounds.StartOffset || cursor.Header.RecordCount == 0) continue;
                // Of a batch that the bounds cut, the header's timestamp may belong to a record outside.
                if (cursor.Header.BaseOffset < bounds.StartOffset || cursor.Header.NextOffset > bounds.EndOffset)
                    largest = Larger(largest, InBatch(segment, cursor.Position, cursor.NextPosition, 0, bounds, codecs, largest: true));
                else if (position < 0 || cursor.Header.MaxTimestamp > timestamp)
                    (position, next, timestamp) = (cursor.Position, cursor.NextPosition, cursor.Header.MaxTimestamp);
            }
        }
        return position < 0 ? largest : Larger(largest, InBatch(segment, position, next, 0, bounds, codecs, largest: true));
    }

    static TimestampedOffset? In(Segment segment, Func<byte[], TimestampedOffset?> search)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            return search(window);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SearchFailedException(segment, failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>The parts of a segment that can be read, with the base offset of the first batch of each; -1 when that is not known.</summary>
    static IEnumerable<(int From, long Due, int To)> Pieces(Segment segment, int begin, int length) =>
        segment.Runs is { } runs ? runs.Select(run => (run.Position, run.StartOffset, Math.Min(length, run.EndPosition))) : [(begin, begin == 0 ? segment.BaseOffset : -1, length)];

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

    static TimestampedOffset? InBatch(Segment segment, int position, int next, long timestamp, LogBounds bounds, IRecordCodecs? codecs, bool largest)
    {
        var rented = ArrayPool<byte>.Shared.Rent(next - position);
        try
        {
            var batch = rented.AsSpan(0, next - position);
            segment.Read(batch, position);
            return largest ? RecordSearch.WithLargestTimestamp(batch, bounds.StartOffset, bounds.EndOffset, codecs) : RecordSearch.FirstAtOrAfter(batch, timestamp, bounds.StartOffset, bounds.EndOffset, codecs);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
