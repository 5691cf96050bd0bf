namespace Semel.Log.Segments.Files;

/// <summary>A log's segments in order, never none. Never changes: the log replaces the list.</summary>
sealed class SegmentList(Segment[] segments)
{
    public ReadOnlySpan<Segment> All => segments;
    public Segment Last => segments[^1];
    public int Count => segments.Length;

    /// <summary>All but the last, which is written to.</summary>
    public IEnumerable<Segment> Sealed => segments.Take(segments.Length - 1);

    public HashSet<long> Bases => [.. segments.Select(segment => segment.BaseOffset)];
    public Segment this[int index] => segments[index];

    /// <summary>The place of the segment an offset lies in; 0 for offsets below the first.</summary>
    public int IndexOf(long offset)
    {
        int low = 0, high = segments.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].BaseOffset <= offset) low = middle + 1;
            else high = middle;
        }
        return Math.Max(0, low - 1);
    }

    public bool Has(Segment segment) => Array.IndexOf(segments, segment) >= 0;

    /// <summary>The segments that begin in a range.</summary>
    public IEnumerable<Segment> Within(long fromOffset, long upToOffset) => segments.Where(segment => segment.BaseOffset >= fromOffset && segment.BaseOffset < upToOffset);

    public SegmentList Exchanged(long fromOffset, long upToOffset, IReadOnlyList<Segment> others) =>
        new([.. segments.Where(segment => segment.BaseOffset < fromOffset), .. others, .. segments.Where(segment => segment.BaseOffset >= upToOffset)]);

    public SegmentList With(Segment last) => new([.. segments, last]);
    public SegmentList From(int first) => new(segments[first..]);
}
