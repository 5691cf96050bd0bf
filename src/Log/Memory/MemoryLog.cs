using System.Buffers;
using Semel.Log.Batches;

namespace Semel.Log.Memory;

/// <summary>A log of a <see cref="MemoryLogStore"/>: an open door to a folder in memory.</summary>
sealed class MemoryLog(MemoryLogStore store, string name, MemoryLogFolder folder, LogOptions options, TimeProvider time) : ILog
{
    enum Door : byte { Open, Failed, Closed }

    long _segmentBytes;
    DateTimeOffset _segmentBegan = time.GetUtcNow();
    volatile Door _door;
    MemoryReplacement? _replacement;

    public string Name => name;
    public LogRecovery Recovery { get; } = folder.TakeRecovery();
    public int WriterEpoch { get; } = options.ClaimsWriterEpoch ? folder.ClaimWriterEpoch() : folder.WriterEpoch;

    public IReadOnlyList<LogHole> Holes
    {
        get
        {
            lock (folder.Gate) return folder.Holes;
        }
    }

    public LogBounds Bounds
    {
        get
        {
            lock (folder.Gate) return folder.Bounds;
        }
    }

    public ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
    {
        lock (folder.Gate)
        {
            if (_door == Door.Failed) return ValueTask.FromException<AppendOutcome>(new LogFailedException($"the log {name} failed before; open it again"));
            ThrowIfClosed();
            if (IsFenced) return new(new AppendOutcome(AppendStatus.Fenced, folder.Bounds.EndOffset, Rolled: false));
            if (expectedEndOffset != folder.Bounds.EndOffset) return new(new AppendOutcome(AppendStatus.Conflict, folder.Bounds.EndOffset, Rolled: false));
            var run = BatchRun.Measure(batches, expectedEndOffset);
            var fault = store.AppendFaults?.Invoke(name) ?? AppendFault.None;
            if (fault == AppendFault.NothingWritten) return Fail();
            var rolled = RollIfDue(run.SizeInBytes);
            folder.Append(batches, durable: fault != AppendFault.NotDurable, time.GetUtcNow().ToUnixTimeMilliseconds());
            _segmentBytes += run.SizeInBytes;
            return fault == AppendFault.None ? new(new AppendOutcome(AppendStatus.Appended, run.EndOffset, rolled)) : Fail();
        }
    }

    ValueTask<AppendOutcome> Fail()
    {
        _door = Door.Failed;
        return ValueTask.FromException<AppendOutcome>(new LogFailedException($"the append to the log {name} failed; open it again"));
    }

    bool RollIfDue(long bytes)
    {
        if (_segmentBytes == 0) _segmentBegan = time.GetUtcNow();
        if (_segmentBytes == 0 || (_segmentBytes + bytes <= options.SegmentBytes && time.GetUtcNow() - _segmentBegan < options.SegmentAge)) return false;
        folder.BeginSegment();
        (_segmentBytes, _segmentBegan) = (0, time.GetUtcNow());
        return true;
    }

    public LogRead Read(long fromOffset, long upToOffset, int maxBytes)
    {
        lock (folder.Gate)
        {
            ThrowIfClosed();
            var bounds = folder.Bounds;
            if (fromOffset < bounds.StartOffset || fromOffset > bounds.EndOffset) throw new OffsetOutOfRangeException(fromOffset, bounds);
            if (fromOffset >= Math.Min(upToOffset, bounds.EndOffset)) return LogRead.Empty;
            if (folder.HoleFrom(fromOffset) is { } hole)
            {
                if (hole.StartOffset <= fromOffset) throw new LogHoleException(hole);
                upToOffset = Math.Min(upToOffset, hole.StartOffset);
            }
            var batches = folder.From(fromOffset);
            var (count, size) = (0, 0L);
            while (count < batches.Length && batches[count].NextOffset <= upToOffset && (count == 0 || size + batches[count].Bytes.Length <= maxBytes))
                size += batches[count++].Bytes.Length;
            return count == 0 ? LogRead.Empty : Copy(batches[..count], (int)size);
        }
    }

    static LogRead Copy(ReadOnlySpan<StoredBatch> batches, int size)
    {
        var rented = ArrayPool<byte>.Shared.Rent(size);
        var at = 0;
        foreach (ref readonly var batch in batches)
        {
            batch.Bytes.CopyTo(rented, at);
            at += batch.Bytes.Length;
        }
        return LogRead.Rented(rented, 0, size);
    }

    public TimestampedOffset? FindOffset(long timestamp, long upToOffset)
    {
        lock (folder.Gate)
        {
            ThrowIfClosed();
            return folder.FindOffset(timestamp, upToOffset, options.Codecs);
        }
    }

    public TimestampedOffset? FindMaxTimestamp(long upToOffset)
    {
        lock (folder.Gate)
        {
            ThrowIfClosed();
            return folder.FindMaxTimestamp(upToOffset, options.Codecs);
        }
    }

    public ValueTask TrimStartAsync(long offset)
    {
        lock (folder.Gate)
        {
            ThrowIfUnwritable();
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, folder.Bounds.EndOffset);
            if (offset > folder.Bounds.StartOffset) folder.TrimStart(offset);
            return ValueTask.CompletedTask;
        }
    }

    public IReadOnlyList<LogPart> Parts()
    {
        lock (folder.Gate)
        {
            ThrowIfClosed();
            return folder.Parts();
        }
    }

    public ILogReplacement BeginReplacement(long fromOffset, long upToOffset)
    {
        lock (folder.Gate)
        {
            ThrowIfUnwritable();
            if (_replacement is not null) throw new InvalidOperationException($"parts of the log {name} are being replaced already");
            folder.CheckReplaceable(name, fromOffset, upToOffset);
            return _replacement = new MemoryReplacement(this, fromOffset, upToOffset, options.SegmentBytes);
        }
    }

    internal void Commit(MemoryReplacement replacement, IReadOnlyList<(long BaseOffset, List<StoredBatch> Batches)> parts)
    {
        lock (folder.Gate)
        {
            ThrowIfUnwritable();
            folder.Replace(replacement.FromOffset, replacement.UpToOffset, parts);
        }
    }

    internal void Ended(MemoryReplacement replacement)
    {
        lock (folder.Gate)
        {
            if (_replacement == replacement) _replacement = null;
        }
    }

    public void SaveSnapshot(long offset, ReadOnlySpan<byte> content)
    {
        lock (folder.Gate)
        {
            ThrowIfUnwritable();
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, folder.Bounds.EndOffset);
            folder.SaveSnapshot(new LogSnapshot(offset, time.GetUtcNow().ToUnixTimeMilliseconds(), content.ToArray()));
        }
    }

    public void DropSnapshots(long below)
    {
        lock (folder.Gate)
        {
            ThrowIfUnwritable();
            folder.DropSnapshots(below);
        }
    }

    public LogSnapshot? LoadSnapshot(long below)
    {
        lock (folder.Gate)
        {
            ThrowIfClosed();
            return folder.LoadSnapshot(below);
        }
    }

    bool IsFenced => folder.WriterEpoch != WriterEpoch;

    void ThrowIfUnwritable()
    {
        if (IsFenced) throw new LogFailedException($"the log {name} was taken over by writer {folder.WriterEpoch}; this is writer {WriterEpoch}");
        if (_door == Door.Failed) throw new LogFailedException($"the log {name} failed before; open it again");
        ThrowIfClosed();
    }

    void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_door == Door.Closed, this);

    public void Close()
    {
        lock (folder.Gate) _door = Door.Closed;
    }

    public void Dispose()
    {
        Close();
        store.Closed(this);
    }
}
