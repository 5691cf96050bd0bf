using Semel.Log.Batches;
using Semel.Protocol.Records;

namespace Semel.Log.Memory;

/// <summary>New content for a run of parts of a log in memory.</summary>
sealed class MemoryReplacement(MemoryLog log, long fromOffset, long upToOffset, int partBytes) : ILogReplacement
{
    readonly List<(long BaseOffset, List<StoredBatch> Batches)> _parts = [(fromOffset, [])];
    long _due = fromOffset, _bytes;
    bool _hasEnded;

    public long FromOffset { get; } = fromOffset;
    public long UpToOffset => upToOffset;

    public ValueTask AddAsync(ReadOnlyMemory<byte> batch)
    {
        ObjectDisposedException.ThrowIf(_hasEnded, log);
        var header = ReplacingBatch.Check(batch.Span, _due, upToOffset);
        if (_bytes > 0 && _bytes + batch.Length > partBytes)
        {
            _parts.Add((header.BaseOffset, []));
            _bytes = 0;
        }
        _parts[^1].Batches.Add(StoredBatch.Of(header, batch));
        _bytes += batch.Length;
        _due = header.NextOffset;
        return ValueTask.CompletedTask;
    }

    public ValueTask CommitAsync()
    {
        ObjectDisposedException.ThrowIf(_hasEnded, log);
        log.Commit(this, _parts);
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        _hasEnded = true;
        log.Ended(this);
    }
}
