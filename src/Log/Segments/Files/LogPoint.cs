namespace Semel.Log.Segments.Files;

/// <summary>A place between two batches of a log.</summary>
/// <param name="Offset">The offset of the first record after it.</param>
/// <param name="SegmentBase">The base offset of the segment it lies in.</param>
/// <param name="Position">Bytes of that segment before it.</param>
readonly record struct LogPoint(long Offset, long SegmentBase, int Position);

/// <summary>What is known of a log's bytes without looking at them.</summary>
/// <param name="WasClosed">It was closed in order at <paramref name="Recovery"/>: if the files end there, nothing has to be scanned.</param>
/// <param name="Recovery">Everything below was forced: where a scan begins.</param>
/// <param name="Largest">The largest timestamp of the segment of <paramref name="Recovery"/> below it: entries of its time index may have been lost.</param>
/// <param name="Durable">Everything below was forced: a bad batch there is damage and no torn tail. Never below <paramref name="Recovery"/>.</param>
readonly record struct LogMarks(bool WasClosed, LogPoint Recovery, TimestampedOffset Largest, LogPoint Durable);
