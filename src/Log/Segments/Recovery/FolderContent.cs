using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>What lies in a log's folder.</summary>
/// <param name="SegmentBases">Ascending.</param>
/// <param name="Lengths">Bytes of each segment's file, by its base offset.</param>
/// <param name="Unfinished">Files that a crash left half written.</param>
/// <param name="LastModified">Of the newest segment that holds something, in milliseconds since 1970; 0 when there is none.</param>
sealed record FolderContent(List<long> SegmentBases, Dictionary<long, long> Lengths, List<long> SnapshotOffsets, List<string> Unfinished, long LastModified)
{
    /// <summary>Files that are no part of a log are passed over.</summary>
    /// <exception cref="LogDamagedException">Something that must be a file is a folder or a link: nothing outside the folder is read or written.</exception>
    public static FolderContent Of(string folder)
    {
        var (bases, lengths, snapshots, unfinished, lastModified) = (new List<long>(), new Dictionary<long, long>(), new List<long>(), new List<string>(), 0L);
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            var isSegment = SegmentName.TryParse(entry.Name, SegmentName.LogSuffix, out var baseOffset);
            var isSnapshot = SegmentName.TryParse(entry.Name, SegmentName.SnapshotSuffix, out var snapshotOffset);
            var isIndex = SegmentName.TryParse(entry.Name, SegmentName.OffsetIndexSuffix, out _) || SegmentName.TryParse(entry.Name, SegmentName.TimeIndexSuffix, out _);
            if ((isSegment || isSnapshot || isIndex) && (entry.Attributes & (FileAttributes.Directory | FileAttributes.ReparsePoint)) != 0)
                throw new LogDamagedException($"{entry.FullName} is a folder or a link where a file of the log must be: put the file back");
            if (isSegment)
            {
                bases.Add(baseOffset);
                lengths[baseOffset] = ((FileInfo)entry).Length;
                if (lengths[baseOffset] > 0) lastModified = Math.Max(lastModified, new DateTimeOffset(entry.LastWriteTimeUtc).ToUnixTimeMilliseconds());
            }
            else if (isSnapshot) snapshots.Add(snapshotOffset);
            else if (entry.Name.EndsWith(AtomicFile.UnfinishedSuffix, StringComparison.Ordinal)) unfinished.Add(entry.FullName);
        }
        bases.Sort();
        return new FolderContent(bases, lengths, snapshots, unfinished, lastModified);
    }
}
