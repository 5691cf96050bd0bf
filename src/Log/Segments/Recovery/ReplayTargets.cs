using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Journal;

namespace Semel.Log.Segments.Recovery;

/// <summary>Where the journal's bytes of a log go to.</summary>
/// <param name="Folder">The log's; null when it is not whole.</param>
/// <param name="StartOffset">What lies below is trimmed, or was forced before its segments were replaced.</param>
/// <param name="WasDeleted">Nobody needs them.</param>
readonly record struct ReplayTarget(string? Folder, long StartOffset, bool WasDeleted);

/// <summary>The segments that the journal's bytes go to. What cannot be written there is kept aside.</summary>
/// <param name="kept">Null where the bytes come from there.</param>
/// <param name="isDoubted">Forcing had failed: what seems to be there is written all the same, because the operating system may have dropped it.</param>
sealed class ReplayTargets(Func<ulong, ReplayTarget> find, KeptAside? kept, SegmentStoreOptions options, bool isDoubted = false) : IDisposable
{
    const int MostForcedAtOnce = 16;
    static readonly int MostOpen = Math.Min(256, DescriptorLimit.ForSegments());

    readonly Dictionary<ulong, ReplayTarget> _found = [];
    readonly Dictionary<string, SafeFileHandle> _open = [];
    readonly Dictionary<ulong, LogPoint> _durable = [];
    readonly Dictionary<ulong, long> _restored = [];
    readonly HashSet<ulong> _kept = [];
    byte[] _there = [];

    /// <summary>How far each log was durable by the journal.</summary>
    public IReadOnlyDictionary<ulong, LogPoint> Durable => _durable;

    /// <summary>How many bytes of each log were missing or different and were written.</summary>
    public IReadOnlyDictionary<ulong, long> RestoredBytes => _restored;

    /// <summary>The logs of which something could not be written into its place.</summary>
    public IReadOnlyCollection<ulong> Kept => _kept;

    /// <summary>Bytes of logs that were deleted meanwhile, and of segments that were trimmed or replaced, are left alone.</summary>
    public void Apply(in JournalEntry entry, ReadOnlySpan<byte> batches)
    {
        if (!_found.TryGetValue(entry.Log, out var target)) _found.Add(entry.Log, target = find(entry.Log));
        if (target.WasDeleted) return;
        _durable[entry.Log] = new LogPoint(entry.EndOffset, entry.SegmentBase, entry.Position + entry.Length);
        if (batches.Length == 0 || (target.Folder is { } folder && TryWrite(folder, entry, batches))) return;
        // A segment is trimmed or replaced whole, so one that is there is needed from its beginning.
        if (target.Folder is not null && entry.EndOffset <= target.StartOffset) return;
        _kept.Add(entry.Log);
        kept?.Add(entry, batches);
    }

    bool TryWrite(string folder, in JournalEntry entry, ReadOnlySpan<byte> batches)
    {
        var path = Path.Combine(folder, SegmentName.Of(entry.SegmentBase, SegmentName.LogSuffix));
        try
        {
            var file = OpenSegment(path);
            if (!isDoubted && IsThere(file, path, entry.Position, batches)) return true;
            options.BeforeWrite?.Invoke(path);
            RandomAccess.Write(file, batches, entry.Position);
            _restored[entry.Log] = _restored.GetValueOrDefault(entry.Log) + batches.Length;
            return true;
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException and not ForceFailedException)
        {
            return false;
        }
    }

    SafeFileHandle OpenSegment(string path)
    {
        if (_open.TryGetValue(path, out var open)) return open;
        if (_open.Count == MostOpen) ForceSegments();
        open = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _open.Add(path, open);
        return open;
    }

    /// <summary>Bytes that cannot be read are not there: writing them again may mend the place.</summary>
    bool IsThere(SafeFileHandle file, string path, long position, ReadOnlySpan<byte> batches)
    {
        if (_there.Length < batches.Length) _there = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)batches.Length)];
        var there = _there.AsSpan(0, batches.Length);
        try
        {
            return options.Read.UpToEnd(file, path, there, position, RandomAccess.GetLength(file)) == there.Length && there.SequenceEqual(batches);
        }
        catch (ReadFailedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Forces also what was there already: it may have been only in the page cache, and the journal will be used anew.
    /// </summary>
    public void Force()
    {
        ForceSegments();
        kept?.Force();
    }

    void ForceSegments()
    {
        // The device takes many at once nearly as fast as one, because the file system makes one commit of them. Of very many it is quicker to force the file system.
        if (_open.Count < OpenFiles.WorthTheFileSystem || !options.Force.TryFileSystem(_open.First().Value, _open.First().Key)) HelpedWork.ForEach([.. _open], MostForcedAtOnce, segment => options.Force.File(segment.Value, segment.Key));
        foreach (var file in _open.Values) file.Dispose();
        _open.Clear();
    }

    public void Dispose()
    {
        foreach (var file in _open.Values) file.Dispose();
    }
}
