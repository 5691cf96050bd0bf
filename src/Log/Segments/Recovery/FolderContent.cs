using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments.Recovery;

/// <summary>What lies in a log's folder.</summary>
/// <param name="Segments">The files that hold the log, in order, one of each base offset, with their lengths in bytes.</param>
/// <param name="Strays">Files that are named like segments and are none of the log's.</param>
/// <param name="Unfinished">Files that a crash left half written.</param>
/// <param name="Leftovers">What is left of a replacement of parts: the files that were replaced, or those that were to replace them.</param>
/// <param name="LastModified">Of the newest segment that holds something, in milliseconds since 1970; 0 when there is none.</param>
sealed record FolderContent(SortedList<SegmentName, long> Segments, List<SegmentName> Strays, List<long> SnapshotOffsets, List<string> Unfinished, List<string> Leftovers, long LastModified)
{
    static readonly string[] SegmentSuffixes = [SegmentName.LogSuffix, SegmentName.OffsetIndexSuffix, SegmentName.TimeIndexSuffix];

    /// <summary>Files that are no part of a log are passed over.</summary>
    /// <param name="parts">What the folder's list of parts says; null when there is none.</param>
    /// <exception cref="LogDamagedException">Something that must be a file is a folder or a link, so that nothing outside the folder is read or written; or the list of parts is missing.</exception>
    public static FolderContent Of(string folder, PartsFile? parts)
    {
        var content = new FolderContent([], [], [], [], [], 0);
        var lastModified = 0L;
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            var suffix = Array.Find(SegmentSuffixes, suffix => SegmentName.TryParse(entry.Name, suffix, out SegmentName _));
            var isSnapshot = SegmentName.TryParse(entry.Name, SegmentName.SnapshotSuffix, out long snapshotOffset);
            if ((suffix is not null || isSnapshot) && (entry.Attributes & (FileAttributes.Directory | FileAttributes.ReparsePoint)) != 0)
                throw new LogDamagedException($"{entry.FullName} is a folder or a link where a file of the log must be: put the file back");
            if (suffix is not null && content.AddSegmentFile(entry, suffix, parts)) lastModified = Math.Max(lastModified, new DateTimeOffset(entry.LastWriteTimeUtc).ToUnixTimeMilliseconds());
            else if (isSnapshot) content.SnapshotOffsets.Add(snapshotOffset);
            else if (entry.Name.EndsWith(AtomicFile.UnfinishedSuffix, StringComparison.Ordinal)) content.Unfinished.Add(entry.FullName);
        }
        return content with { LastModified = lastModified };
    }

    /// <returns>Whether it is a segment of the log that holds something.</returns>
    bool AddSegmentFile(FileSystemInfo entry, string suffix, PartsFile? parts)
    {
        SegmentName.TryParse(entry.Name, suffix, out SegmentName name);
        if (parts is null && name.Generation > 0)
            throw new LogDamagedException($"{entry.FullName} took the place of other segments, but the file {PartsFile.FileName} beside it, which says so, is missing: restore it from a copy");
        var role = PartsFile.RoleOf(name, parts);
        if (role == FileRole.Leftover) Leftovers.Add(entry.FullName);
        if (suffix != SegmentName.LogSuffix) return false;
        if (role == FileRole.Unknown) Strays.Add(name);
        if (role != FileRole.Part) return false;
        var length = ((FileInfo)entry).Length;
        Segments.Add(name, length);
        return length > 0;
    }
}
