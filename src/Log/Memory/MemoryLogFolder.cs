using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Memory;

/// <summary>One batch that was appended, or took the place of others.</summary>
/// <param name="MaxTimestamp">Of its records; -1 when it has none.</param>
readonly record struct StoredBatch(long BaseOffset, long NextOffset, long MaxTimestamp, byte[] Bytes)
{
    public static StoredBatch Of(in RecordBatchHeader header, ReadOnlyMemory<byte> bytes) => new(header.BaseOffset, header.NextOffset, header.RecordCount > 0 ? header.MaxTimestamp : -1, bytes.ToArray());
}

/// <summary>What a log's folder would hold: it outlives the log object. All access is under its own lock.</summary>
sealed class MemoryLogFolder
{
    readonly List<StoredBatch> _batches = [];
    readonly SortedList<long, LogSnapshot> _snapshots = [];
    readonly List<long> _segmentBases = [0];
    readonly HashSet<long> _replacedBases = [];
    int _notDurable;

    public Lock Gate { get; } = new();
    public LogBounds Bounds { get; private set; }
    public long LastModified { get; private set; }
    public long ForgottenBytes { get; private set; }
    public bool HasCrashed { get; private set; }
    public int WriterEpoch { get; private set; }

    public int ClaimWriterEpoch()
    {
        lock (Gate) return ++WriterEpoch;
    }

    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> batches, bool durable, long now)
    {
        for (var at = 0; at < batches.Count; at++)
        {
            RecordBatchHeader.TryRead(batches[at].Span, out var header);
            _batches.Add(StoredBatch.Of(header, batches[at]));
            Bounds = Bounds with { EndOffset = header.NextOffset };
        }
        _notDurable = durable ? 0 : _notDurable + batches.Count;
        LastModified = now;
    }

    /// <summary>Replaced at each change, so that it can be given away.</summary>
    public IReadOnlyList<LogHole> Holes { get; private set; } = [];

    public void MakeHole(long startOffset, long endOffset)
    {
        lock (Gate)
        {
            var lost = _batches.FindAll(batch => batch.NextOffset > startOffset && batch.BaseOffset < endOffset);
            if (lost.Count == 0) return;
            var (start, end) = (lost[0].BaseOffset, lost[^1].NextOffset);
            _batches.RemoveAll(batch => batch.BaseOffset >= start && batch.BaseOffset < end);
            _notDurable = Math.Min(_notDurable, _batches.Count);
            Holes = [.. Holes.Append(new LogHole(start, end, $"offsets {start} to {end - 1} were taken out of memory")).OrderBy(hole => hole.StartOffset)];
        }
    }

    /// <summary>The first hole that ends above an offset; null when there is none.</summary>
    public LogHole? HoleFrom(long offset) => Holes.FirstOrDefault(hole => hole.EndOffset > offset);

    void ThrowIfHole(long from, long below)
    {
        if (HoleFrom(from) is { } hole && hole.StartOffset < below) throw new LogHoleException(hole);
    }

    public void BeginSegment()
    {
        if (_segmentBases[^1] != Bounds.EndOffset) _segmentBases.Add(Bounds.EndOffset);
    }

    public void ForgetNotDurable()
    {
        lock (Gate)
        {
            HasCrashed = true;
            ForgottenBytes = 0;
            for (; _notDurable > 0; _notDurable--)
            {
                ForgottenBytes += _batches[^1].Bytes.Length;
                Bounds = Bounds with { EndOffset = _batches[^1].BaseOffset };
                _batches.RemoveAt(_batches.Count - 1);
            }
            // As on disk, nothing of a later segment or a later snapshot outlives the bytes it belongs to.
            _segmentBases.RemoveAll(baseOffset => baseOffset > Bounds.EndOffset);
            while (_snapshots.Count > 0 && _snapshots.GetKeyAtIndex(_snapshots.Count - 1) > Bounds.EndOffset) _snapshots.RemoveAt(_snapshots.Count - 1);
        }
    }

    /// <summary>What the log that opens this folder finds; a crash is found once. What is there becomes durable, because readers will see it.</summary>
    public LogRecovery TakeRecovery()
    {
        lock (Gate)
        {
            _notDurable = 0;
            var detail = ForgottenBytes > 0 ? $"{ForgottenBytes} bytes that were not durable are gone" : null;
            var recovery = new LogRecovery(!HasCrashed, 0, ForgottenBytes, detail, LastModified);
            (HasCrashed, ForgottenBytes) = (false, 0);
            return recovery;
        }
    }

    public ReadOnlySpan<StoredBatch> From(long offset)
    {
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batches);
        int low = 0, high = all.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (all[middle].NextOffset <= offset) low = middle + 1;
            else high = middle;
        }
        return all[low..];
    }

    /// <summary>Whole segments below the start go, as on disk; a batch that the start lies in stays.</summary>
    public void TrimStart(long offset)
    {
        Bounds = Bounds with { StartOffset = offset };
        if (offset == Bounds.EndOffset) BeginSegment();
        var firstBase = _segmentBases.FindLast(baseOffset => baseOffset <= offset);
        _segmentBases.RemoveAll(baseOffset => baseOffset < firstBase);
        _batches.RemoveRange(0, _batches.Count - From(firstBase).Length);
        _notDurable = Math.Min(_notDurable, _batches.Count);
        if (HoleFrom(offset) != Holes.FirstOrDefault()) Holes = [.. Holes.Where(hole => hole.EndOffset > offset)];
    }

    public IReadOnlyList<LogPart> Parts()
    {
        var parts = new LogPart[_segmentBases.Count];
        for (var at = 0; at < parts.Length; at++)
        {
            var (begin, end) = (_segmentBases[at], at + 1 < parts.Length ? _segmentBases[at + 1] : Bounds.EndOffset);
            var (size, largest) = (0L, -1L);
            foreach (ref readonly var batch in From(begin))
            {
                if (batch.BaseOffset >= end) break;
                (size, largest) = (size + batch.Bytes.Length, Math.Max(largest, batch.MaxTimestamp));
            }
            parts[at] = new LogPart(begin, end, size, Holes.Any(hole => hole.StartOffset < end && hole.EndOffset > begin) ? null : largest, at + 1 < parts.Length, _replacedBases.Contains(begin));
        }
        return parts;
    }

    public void CheckReplaceable(string name, long fromOffset, long upToOffset)
    {
        if (upToOffset <= fromOffset || _segmentBases.IndexOf(fromOffset) < 0 || _segmentBases.IndexOf(upToOffset) < 0) throw new ArgumentException($"the log {name} has no sealed parts from offset {fromOffset} to {upToOffset}");
        ThrowIfHole(Math.Max(fromOffset, Bounds.StartOffset), upToOffset);
    }

    /// <summary>Those of the parts that lie wholly below the start were trimmed meanwhile.</summary>
    public void Replace(long fromOffset, long upToOffset, IReadOnlyList<(long BaseOffset, List<StoredBatch> Batches)> parts)
    {
        ThrowIfHole(Math.Max(fromOffset, Bounds.StartOffset), upToOffset);
        var kept = parts.Where((_, at) => (at + 1 < parts.Count ? parts[at + 1].BaseOffset : upToOffset) > Bounds.StartOffset).ToList();
        _batches.RemoveAll(batch => batch.BaseOffset >= fromOffset && batch.BaseOffset < upToOffset);
        _batches.InsertRange(_batches.Count - From(upToOffset).Length, kept.SelectMany(part => part.Batches));
        _segmentBases.RemoveAll(baseOffset => baseOffset >= fromOffset && baseOffset < upToOffset);
        _segmentBases.AddRange(kept.Select(part => part.BaseOffset));
        _segmentBases.Sort();
        _replacedBases.UnionWith(kept.Select(part => part.BaseOffset));
    }

    public void SaveSnapshot(LogSnapshot snapshot)
    {
        _snapshots[snapshot.Offset] = snapshot;
        foreach (var stray in SnapshotRetention.Strays([.. _snapshots.Keys], new HashSet<long>(_segmentBases))) _snapshots.Remove(stray);
    }

    public void DropSnapshots(long below)
    {
        while (_snapshots.Count > 0 && _snapshots.GetKeyAtIndex(0) < below) _snapshots.RemoveAt(0);
    }

    public LogSnapshot? LoadSnapshot(long below)
    {
        for (var at = _snapshots.Count - 1; at >= 0; at--)
        {
            var offset = _snapshots.GetKeyAtIndex(at);
            if (offset < below && offset <= Bounds.EndOffset) return _snapshots.GetValueAtIndex(at);
        }
        return null;
    }

    public TimestampedOffset? FindOffset(long timestamp, long upToOffset, IRecordCodecs? codecs)
    {
        foreach (ref readonly var batch in From(Bounds.StartOffset))
        {
            ThrowIfHole(Bounds.StartOffset, Math.Min(batch.BaseOffset, upToOffset));
            if (batch.BaseOffset >= upToOffset) return null;
            if (batch.MaxTimestamp >= timestamp && RecordSearch.FirstAtOrAfter(batch.Bytes, timestamp, Bounds.StartOffset, upToOffset, codecs) is { } found) return found;
        }
        ThrowIfHole(Bounds.StartOffset, upToOffset);
        return null;
    }

    public TimestampedOffset? FindMaxTimestamp(long upToOffset, IRecordCodecs? codecs)
    {
        ThrowIfHole(Bounds.StartOffset, upToOffset);
        TimestampedOffset? largest = null;
        foreach (ref readonly var batch in From(Bounds.StartOffset))
        {
            if (batch.BaseOffset >= upToOffset) break;
            if (largest is { } soFar && batch.MaxTimestamp <= soFar.Timestamp) continue;
            if (RecordSearch.WithLargestTimestamp(batch.Bytes, Bounds.StartOffset, upToOffset, codecs) is { } found && found.Timestamp > (largest?.Timestamp ?? long.MinValue)) largest = found;
        }
        return largest;
    }
}
