using Semel.Log;

namespace Semel.Testing.Simulation;

/// <summary>A log to be read from its beginning, whatever snapshots it has; nothing is written by it.</summary>
internal sealed class LogWithoutSnapshots(ILog inner) : ILog
{
    public string Name => inner.Name;
    public int WriterEpoch => inner.WriterEpoch;
    public LogBounds Bounds => inner.Bounds;
    public LogRecovery Recovery => inner.Recovery;
    public IReadOnlyList<LogHole> Holes => inner.Holes;
    public LogRead Read(long fromOffset, long upToOffset, int maxBytes) => inner.Read(fromOffset, upToOffset, maxBytes);
    public TimestampedOffset? FindOffset(long timestamp, long upToOffset) => inner.FindOffset(timestamp, upToOffset);
    public TimestampedOffset? FindMaxTimestamp(long upToOffset) => inner.FindMaxTimestamp(upToOffset);
    public void DropSnapshots(long below) => throw ReadOnly();
    public IReadOnlyList<LogPart> Parts() => inner.Parts();
    public LogSnapshot? LoadSnapshot(long below = long.MaxValue) => null;
    public ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset) => throw ReadOnly();
    public ValueTask TrimStartAsync(long offset) => throw ReadOnly();
    public void SaveSnapshot(long offset, ReadOnlySpan<byte> content) => throw ReadOnly();
    public ILogReplacement BeginReplacement(long fromOffset, long upToOffset) => throw ReadOnly();

    static InvalidOperationException ReadOnly() => new("the log is only read");

    public void Dispose()
    {
    }
}
