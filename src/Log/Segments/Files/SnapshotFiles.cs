using System.Buffers.Binary;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>The snapshots in a log's folder, named by their offset as Kafka names its own. One thread saves and removes; any may load.</summary>
sealed class SnapshotFiles(string folder, IForce force, CrashPoints points)
{
    const uint FileMagic = 0x534C534E;
    const int Version = 1;
    const int SavedAtSize = 8;

    readonly Lock _gate = new();
    readonly SortedSet<long> _offsets = [];

    /// <summary>Takes over a snapshot that is there.</summary>
    public void Found(long offset) => _offsets.Add(offset);

    public void Save(long offset, ReadOnlySpan<byte> content, DateTimeOffset now, IReadOnlySet<long> segmentBases)
    {
        var stamped = new byte[SavedAtSize + content.Length];
        BinaryPrimitives.WriteInt64BigEndian(stamped, now.ToUnixTimeMilliseconds());
        content.CopyTo(stamped.AsSpan(SavedAtSize));
        AtomicFile.Replace(PathOf(offset), CheckedContent.Frame(FileMagic, Version, stamped), force, points, "snapshot");
        lock (_gate) _offsets.Add(offset);
        RemoveStrays(segmentBases);
    }

    public void RemoveStrays(IReadOnlySet<long> segmentBases)
    {
        foreach (var stray in SnapshotRetention.Strays(Offsets(), segmentBases)) Remove(stray);
    }

    public void RemoveAbove(long endOffset)
    {
        foreach (var offset in Offsets())
        {
            if (offset > endOffset) Remove(offset);
        }
    }

    /// <summary>The newest undamaged one. Damaged ones are passed over and left for whoever wants to look at them.</summary>
    public LogSnapshot? Load(long below, long endOffset)
    {
        var offsets = Offsets();
        for (var at = offsets.Count - 1; at >= 0; at--)
        {
            if (offsets[at] < below && offsets[at] <= endOffset && Read(offsets[at]) is { } snapshot) return snapshot;
        }
        return null;
    }

    LogSnapshot? Read(long offset)
    {
        try
        {
            if (CheckedContent.Unframe(FileMagic, Version, File.ReadAllBytes(PathOf(offset))) is not { Length: >= SavedAtSize } content) return null;
            return new LogSnapshot(offset, BinaryPrimitives.ReadInt64BigEndian(content.Span), content[SavedAtSize..]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    List<long> Offsets()
    {
        lock (_gate) return [.. _offsets];
    }

    void Remove(long offset)
    {
        File.Delete(PathOf(offset));
        lock (_gate) _offsets.Remove(offset);
    }

    string PathOf(long offset) => Path.Combine(folder, SegmentName.Of(offset, SegmentName.SnapshotSuffix));
}
