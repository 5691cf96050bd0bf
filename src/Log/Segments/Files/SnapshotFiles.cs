using System.Buffers.Binary;
using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>
/// The snapshots in a log's folder, named by their offset as Kafka names its own. Each says of which log and offset it is; one that says something else than its place is
/// passed over, as a damaged one is. One thread saves; any may load, and remove what is older.
/// </summary>
/// <param name="log">The identity of the log.</param>
sealed class SnapshotFiles(string folder, ulong log, SegmentStoreOptions store)
{
    const uint FileMagic = 0x534C534E;
    const int Version = 2, VersionWithoutPlace = 1;
    const int PlaceSize = 16, SavedAtSize = 8;

    readonly Lock _gate = new();
    readonly SortedSet<long> _offsets = [];
    long? _unforced;

    /// <summary>Takes over a snapshot that is there.</summary>
    public void Found(long offset) => _offsets.Add(offset);

    public void Save(long offset, ReadOnlySpan<byte> content, DateTimeOffset now, IReadOnlySet<long> segmentBases)
    {
        Write(offset, content, now, store.Force);
        RemoveStrays(segmentBases);
    }

    /// <summary>The same without making it durable, so that those it replaces stay until <see cref="Settle"/>.</summary>
    public void SaveUnforced(long offset, ReadOnlySpan<byte> content, DateTimeOffset now)
    {
        Write(offset, content, now, Unforced.Instance);
        _unforced = offset;
    }

    /// <summary>Makes one that was saved unforced durable; then it replaces the others.</summary>
    /// <param name="isForced">It is durable already.</param>
    /// <exception cref="IOException">It is not durable.</exception>
    public void Settle(bool isForced, IReadOnlySet<long> segmentBases)
    {
        if (_unforced is not { } offset) return;
        if (!isForced)
        {
            using (var file = File.OpenHandle(PathOf(offset), FileMode.Open, FileAccess.ReadWrite)) store.Force.File(file, PathOf(offset));
            store.Force.Directory(folder);
        }
        _unforced = null;
        RemoveStrays(segmentBases);
    }

    void Write(long offset, ReadOnlySpan<byte> content, DateTimeOffset now, IForce force)
    {
        var placed = new byte[PlaceSize + SavedAtSize + content.Length];
        BinaryPrimitives.WriteUInt64BigEndian(placed, log);
        BinaryPrimitives.WriteInt64BigEndian(placed.AsSpan(8), offset);
        BinaryPrimitives.WriteInt64BigEndian(placed.AsSpan(PlaceSize), now.ToUnixTimeMilliseconds());
        content.CopyTo(placed.AsSpan(PlaceSize + SavedAtSize));
        AtomicFile.Replace(PathOf(offset), CheckedContent.Frame(FileMagic, Version, placed), force, store.Points, "snapshot");
        lock (_gate) _offsets.Add(offset);
    }

    /// <summary>Leaves it to later.</summary>
    sealed class Unforced : IForce
    {
        public static readonly Unforced Instance = new();

        public void File(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path)
        {
        }

        public void Directory(string path)
        {
        }
    }

    public void RemoveStrays(IReadOnlySet<long> segmentBases)
    {
        foreach (var stray in SnapshotRetention.Strays(Offsets(), segmentBases)) Remove(stray);
    }

    /// <returns>Whether there was one.</returns>
    public bool RemoveBelow(long offset)
    {
        var below = Offsets().FindAll(found => found < offset);
        foreach (var found in below) Remove(found);
        return below.Count > 0;
    }

    public void RemoveAbove(long endOffset)
    {
        foreach (var offset in Offsets())
        {
            if (offset > endOffset) Remove(offset);
        }
    }

    /// <summary>The newest undamaged one. Others are passed over and left for whoever wants to look at them.</summary>
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
            if (ContentOf(store.Read.All(PathOf(offset)), offset) is not { Length: >= SavedAtSize } content) return null;
            return new LogSnapshot(offset, BinaryPrimitives.ReadInt64BigEndian(content.Span), content[SavedAtSize..]);
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException || (unreadable is IOException failure && !DescriptorLimit.IsReached(failure)))
        {
            return null;
        }
    }

    /// <summary>Those of the first version do not say where they belong.</summary>
    ReadOnlyMemory<byte>? ContentOf(byte[] framed, long offset)
    {
        if (CheckedContent.Unframe(FileMagic, Version, framed) is not { } placed) return CheckedContent.Unframe(FileMagic, VersionWithoutPlace, framed);
        if (placed.Length < PlaceSize) return null;
        var isHere = BinaryPrimitives.ReadUInt64BigEndian(placed.Span) == log && BinaryPrimitives.ReadInt64BigEndian(placed.Span[8..]) == offset;
        return isHere ? placed[PlaceSize..] : null;
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
