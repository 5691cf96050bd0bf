using Semel.Log.Batches;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Protocol.Records;

namespace Semel.Log.Segments.Recovery;

/// <summary>
/// Goes through a damaged segment from its beginning to its end and finds what of it can still be read. What follows a bad place counts only when it leads to the segment's
/// end as that is known, or when an index names one of its batches: records may hold bytes that look like batches, and no such bytes are ever given out as the log's.
/// </summary>
/// <param name="segment">Open; nothing of it is changed.</param>
/// <param name="end">Where what was written of it ends.</param>
/// <param name="isOpenEnded">It is not known with which offset it ends: the end of the file must do.</param>
sealed class SegmentInspection(Segment segment, Segment.Extent end, bool isOpenEnded)
{
    readonly List<SoundRun> _runs = [];
    readonly List<Gap> _gaps = [];
    TimestampedOffset _largest = TimeIndex.None;
    long _length;

    public SoundRun[] Runs => [.. _runs];
    public IReadOnlyList<Gap> Gaps => _gaps;

    /// <summary>With the largest timestamp of what can be read.</summary>
    public Segment.Extent End { get; private set; }

    /// <param name="cause">What was met; said of a file that is not there or is another log's.</param>
    public SegmentInspection Run(string cause)
    {
        End = end;
        try
        {
            _length = Math.Min(end.Length, segment.FileLength);
            if (segment.IsOfAnotherLog()) Lost(segment.BaseOffset, end.EndOffset, cause);
            else Inspect();
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException || (failure is IOException reached && !DescriptorLimit.IsReached(reached)))
        {
            _runs.Clear();
            _gaps.Clear();
            var isDenied = failure is UnauthorizedAccessException;
            Lost(segment.BaseOffset, end.EndOffset, isDenied ? $"{segment.FilePath} cannot be read by this user" : failure is FileNotFoundException or DirectoryNotFoundException ? $"{segment.FilePath} is missing" : cause);
        }
        return this;
    }

    void Inspect()
    {
        var (position, offset) = (0, segment.BaseOffset);
        while (true)
        {
            var run = Walk(position, offset, isNamedAsked: false, out var largest, out _);
            if (run.Position > position) Add(position, run, offset, largest);
            if (run.Fault is null && run.Position >= _length)
            {
                var isShort = isOpenEnded ? _length < end.Length : !segment.Order.AllowsEnd(run.Offset, end.EndOffset) || LacksBytes;
                if (isShort) Lost(run.Offset, end.EndOffset, $"{segment.FilePath} ends at position {_length} with offset {run.Offset}, where it must end with offset {end.EndOffset}");
                else if (_runs.Count > 0 && _runs[^1].EndPosition == run.Position) _runs[^1] = _runs[^1] with { EndOffset = Math.Max(run.Offset, isOpenEnded ? 0 : end.EndOffset) };
                End = isShort || !isOpenEnded ? end with { Largest = _largest } : new Segment.Extent(run.Position, run.Offset, _largest);
                return;
            }
            var cause = $"{segment.FilePath} is damaged at position {run.Position}, where offset {run.Offset} must be: {run.Fault}";
            if (Following(run) is not { } following)
            {
                Lost(run.Offset, end.EndOffset, cause);
                End = end with { Largest = _largest };
                return;
            }
            Lost(run.Offset, following.Offset, cause);
            (position, offset) = following;
        }
    }

    /// <summary>Where batches may be missing, only the length of the file tells that its end is.</summary>
    bool LacksBytes => segment.Order == OffsetOrder.Rising && _length < Math.Max(end.Length, segment.NotedLength ?? 0);

    void Add(int position, in ScanEnd run, long offset, TimestampedOffset largest)
    {
        _runs.Add(new SoundRun(position, run.Position, offset, run.Offset));
        if (largest.Timestamp > _largest.Timestamp) _largest = largest;
    }

    void Lost(long start, long endOffset, string cause)
    {
        if (endOffset > start) _gaps.Add(new Gap(start, endOffset, cause));
    }

    int Read(Span<byte> bytes, long position) => segment.ReadWhatCanBe(bytes, position, _length);

    /// <param name="isNamedAsked">Whether an index names one of the batches: that takes looking into it.</param>
    ScanEnd Walk(int position, long offset, bool isNamedAsked, out TimestampedOffset largest, out bool isNamed)
    {
        var (newest, named) = (TimeIndex.None, false);
        var run = SegmentScan.Run(Read, position, offset, segment.Order, _length, (int at, in RecordBatchHeader header, ReadOnlySpan<byte> _) =>
        {
            newest = TimeIndex.With(newest, header);
            named = named || (isNamedAsked && segment.Offsets.LastUpTo(header.LastOffset) == (header.LastOffset, at));
        });
        (largest, isNamed) = (newest, named);
        return run;
    }

    /// <summary>The next batch after a bad place that is surely the log's.</summary>
    (int Position, long Offset)? Following(ScanEnd bad)
    {
        for (long from = bad.Position; FollowingBatch.Find(Read, from, _length, bad.Offset - 1, segment.Order) is { } found; from = found)
        {
            if (HeaderAt((int)found) is not { } header) return null;
            var run = Walk((int)found, header.BaseOffset, isNamedAsked: true, out _, out var isNamed);
            var isWithin = isOpenEnded || run.Offset <= end.EndOffset;
            if (isWithin && (isNamed || (run.Position >= _length && run.Fault is null && (isOpenEnded || segment.Order.AllowsEnd(run.Offset, end.EndOffset))))) return ((int)found, header.BaseOffset);
        }
        return null;
    }

    RecordBatchHeader? HeaderAt(int position)
    {
        Span<byte> bytes = stackalloc byte[RecordBatchHeader.Size];
        return RecordBatchHeader.TryRead(bytes[..Read(bytes, position)], out var header) ? header : null;
    }
}
