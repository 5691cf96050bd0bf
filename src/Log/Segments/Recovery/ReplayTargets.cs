using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;
using Semel.Log.Segments.Journal;

namespace Semel.Log.Segments.Recovery;

/// <summary>The segments that the journal's bytes go to.</summary>
/// <param name="folders">The folder of each log that exists, and its start, by identity.</param>
sealed class ReplayTargets(IReadOnlyDictionary<ulong, string> folders, IForce force) : IDisposable
{
    const int MostForcedAtOnce = 16;
    static readonly int MostOpen = Math.Min(256, DescriptorLimit.ForSegments());

    readonly Dictionary<string, SafeFileHandle> _open = [];
    readonly Dictionary<ulong, LogPoint> _durable = [];
    readonly Dictionary<ulong, long> _restored = [];
    byte[] _there = [];

    /// <summary>How far each log was durable by the journal.</summary>
    public IReadOnlyDictionary<ulong, LogPoint> Durable => _durable;

    /// <summary>How many bytes of each log were missing or different and were written.</summary>
    public IReadOnlyDictionary<ulong, long> RestoredBytes => _restored;

    /// <summary>Bytes of logs that were deleted meanwhile, and of segments that were trimmed, are left alone.</summary>
    public void Apply(in JournalEntry entry, ReadOnlySpan<byte> batches)
    {
        if (!folders.TryGetValue(entry.Log, out var folder)) return;
        _durable[entry.Log] = new LogPoint(entry.EndOffset, entry.SegmentBase, entry.Position + entry.Length);
        var path = Path.Combine(folder, SegmentName.Of(entry.SegmentBase, SegmentName.LogSuffix));
        if (batches.Length == 0 || OpenSegment(path) is not { } file || IsThere(file, entry.Position, batches)) return;
        RandomAccess.Write(file, batches, entry.Position);
        _restored[entry.Log] = _restored.GetValueOrDefault(entry.Log) + batches.Length;
    }

    SafeFileHandle? OpenSegment(string path)
    {
        if (_open.TryGetValue(path, out var open)) return open;
        if (!File.Exists(path)) return null;
        if (_open.Count == MostOpen) Force();
        open = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        _open.Add(path, open);
        return open;
    }

    bool IsThere(SafeFileHandle file, long position, ReadOnlySpan<byte> batches)
    {
        if (_there.Length < batches.Length) _there = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)batches.Length)];
        var there = _there.AsSpan(0, batches.Length);
        return RandomAccess.Read(file, there, position) == there.Length && there.SequenceEqual(batches);
    }

    /// <summary>
    /// Forces also what was there already: it may have been only in the page cache, and the journal will be used anew.
    /// </summary>
    public void Force()
    {
        // The device takes many at once nearly as fast as one, because the file system makes one commit of them.
        Parallel.ForEach(_open, new ParallelOptions { MaxDegreeOfParallelism = MostForcedAtOnce }, segment => force.File(segment.Value, segment.Key));
        foreach (var file in _open.Values) file.Dispose();
        _open.Clear();
    }

    public void Dispose()
    {
        foreach (var file in _open.Values) file.Dispose();
    }
}
