using System.Buffers;
using Semel.Log.Batches;
using Semel.Log.Segments.Files;
using Semel.Protocol.Records;

namespace Semel.Log.Segments;

/// <summary>New files for a run of a log's parts. A file ends where the log's segment size is reached, or where its indexes could not count the offsets any more.</summary>
sealed class PartReplacement(PartReplacements owner, SegmentLog log, string folder, LogOptions options, SegmentStoreOptions store, long fromOffset, long upToOffset, int generation) : ILogReplacement
{
    const int BufferBytes = 256 << 10;

    readonly List<Segment> _made = [];
    byte[]? _buffer;
    int _buffered;
    long _due = fromOffset;
    bool _hasEnded;

    public long FromOffset { get; } = fromOffset;
    public long UpToOffset => upToOffset;

    public ValueTask AddAsync(ReadOnlyMemory<byte> batch)
    {
        lock (owner.Gate)
        {
            ObjectDisposedException.ThrowIf(_hasEnded, log);
            var header = ReplacingBatch.Check(batch.Span, _due, upToOffset);
            Add(batch, header);
            _due = header.NextOffset;
            return ValueTask.CompletedTask;
        }
    }

    void Add(ReadOnlyMemory<byte> batch, in RecordBatchHeader header)
    {
        if (_made.Count == 0) BeginFile(FromOffset);
        var segment = _made[^1];
        var size = segment.Published.Length + _buffered;
        if ((size > 0 && size + (long)batch.Length > options.SegmentBytes) || header.LastOffset - segment.BaseOffset > Segment.MostOffsets)
        {
            EndFile(header.BaseOffset);
            BeginFile(header.BaseOffset);
        }
        if (_buffered + batch.Length > BufferBytes) Flush();
        if (batch.Length > BufferBytes) Write(batch);
        else
        {
            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
            batch.CopyTo(_buffer.AsMemory(_buffered));
            _buffered += batch.Length;
        }
    }

    void BeginFile(long baseOffset)
    {
        store.Points.Reached("parts.before-create");
        _made.Add(Segment.Create(store.Files, folder, baseOffset, store.Time.GetUtcNow(), generation));
    }

    void EndFile(long endOffset)
    {
        Flush();
        var segment = _made[^1];
        segment.EndAt(endOffset);
        segment.Seal();
        store.Points.Reached("parts.before-fsync");
        try
        {
            segment.Force(store.Force);
        }
        catch (Device.ForceFailedException failure)
        {
            throw log.FailStore(failure);
        }
        store.Points.Reached("parts.after-fsync");
    }

    void Flush()
    {
        if (_buffered == 0) return;
        Write(_buffer.AsMemory(0, _buffered));
        _buffered = 0;
    }

    void Write(ReadOnlyMemory<byte> batches)
    {
        var segment = _made[^1];
        segment.Write([batches], batches.Length);
        store.Points.Reached("parts.after-write");
        var walk = new BatchWalk(batches.Span);
        while (walk.MoveNext()) segment.Publish(walk.Header, options.IndexIntervalBytes);
    }

    public ValueTask CommitAsync()
    {
        lock (owner.Gate)
        {
            ObjectDisposedException.ThrowIf(_hasEnded, log);
            // A range of which nothing is left is a part all the same.
            if (_made.Count == 0) BeginFile(FromOffset);
            EndFile(upToOffset);
            owner.Commit(this, _made);
            End();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Within the gate.</summary>
    internal void End()
    {
        if (_hasEnded) return;
        _hasEnded = true;
        if (_buffer is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
        owner.Ended(this, _made);
    }

    public void Dispose()
    {
        lock (owner.Gate) End();
    }
}
