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

    /// <param name="durableOffset">Up to where the log was durable.</param>
    /// <param name="tailIsExact">Nothing was durable above it.</param>
    /// <param name="mayBeShort">Whole files may be shorter than they were, because only the operating system had had them.</param>
    /// <returns>Why it is no torn tail: acknowledged bytes are among it, or may be. Null when it is one.</returns>
    public string? WhyDamage(long durableOffset, int fileLength, bool tailIsExact, bool mayBeShort)
    {
        var place = $"{segment.FilePath} is damaged at position {end.Position}, where offset {end.Offset} must be: {fault}.";
        if (end.Offset < durableOffset) return $"{place} The log was durable up to offset {durableOffset}; restore the file from a copy.";
        // Not even where the mark is exact: of an append that was forced in its segment the note in the journal may have been lost.
        if (end.IsUnreadable) return $"{place} What is there cannot be known, so it may be no torn tail; restore the file from a copy.";
        if (tailIsExact) return null;
        if (FollowingBatch.Find((bytes, at) => segment.ReadWhatCanBe(bytes, at, fileLength), end.Position, fileLength, end.Offset, segment.Order) is { } following)
            return $"{place} A whole batch follows at position {following}, so this is no torn tail; restore the file from a copy.";
        if (!mayBeShort && later.Find(HoldsRecords) is { } next)
            return $"{place} Records follow in {next.FilePath}, so this is no torn tail; restore what is missing from a copy.";
        return null;
    }

    static bool HoldsRecords(Segment segment)
    {
        try
        {
            var length = segment.FileLength;
            var end = SegmentScan.Run((bytes, at) => segment.ReadWhatCanBe(bytes, at, length), 0, segment.BaseOffset, segment.Order, length, static (int _, in Protocol.Records.RecordBatchHeader _, ReadOnlySpan<byte> _) => { });
            return end.Position > 0;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return true;
        }
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
