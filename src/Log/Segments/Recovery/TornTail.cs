using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>What follows the last sound batch of a log after a crash.</summary>
/// <param name="later">Segments after the one with the fault.</param>
sealed class TornTail(Segment segment, ScanEnd end, string fault, List<Segment> later)
{
    /// <summary>How many bytes were cut off.</summary>
    public long Bytes { get; private set; }

    /// <summary>A sentence on what was done.</summary>
    public string? Detail { get; private set; }

    /// <exception cref="LogDamagedException">It is no torn tail: acknowledged bytes are among it, or may be.</exception>
    public void RefuseDamage(LogPoint durable, int fileLength, bool tailIsExact)
    {
        if (end.Offset < durable.Offset)
            throw new LogDamagedException($"{segment.FilePath} is damaged at position {end.Position}, where offset {end.Offset} must be: {fault}. The log was durable up to offset {durable.Offset}; restore the file from a copy.");
        if (!tailIsExact && FollowingBatch.Find(segment.Read, end.Position, fileLength, end.Offset) is { } following)
            throw new LogDamagedException($"{segment.FilePath} is damaged at position {end.Position}, where offset {end.Offset} must be: {fault}. A whole batch follows at position {following}, so this is no torn tail; restore the file from a copy.");
    }

    /// <summary>Later segments go first, so that a crash meanwhile finds the same fault again.</summary>
    public void CutOff(string folder, int fileLength, SegmentStoreOptions store)
    {
        Bytes = fileLength - end.Position;
        Detail = $"{Bytes} bytes after position {end.Position} of {segment.FilePath} were no whole batch and were cut off ({fault})";
        if (later.Count > 0) Detail += $", with {later.Count} later segments";
        for (var at = later.Count - 1; at >= 0; at--)
        {
            Bytes += new FileInfo(later[at].FilePath).Length;
            later[at].Remove();
            store.Points.Reached("recovery.after-unlink");
        }
        if (later.Count > 0) store.Force.Directory(folder);
        segment.CutOff(store.Force);
        store.Points.Reached("recovery.after-truncate");
    }
}
