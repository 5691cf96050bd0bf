using System.Threading.Tasks.Sources;
using Semel.Log.Segments.Files;

namespace Semel.Log.Segments;

/// <summary>
/// The append of one log that waits to be forced, or a piece of it that lies in one segment. A log has at most one, so there is one object per log, used again and again:
/// begun by the log's writer, then owned by the committer until it completes or fails it. Pieces before the last have objects of their own, which nobody awaits.
/// </summary>
sealed class PendingAppend(SegmentLog log) : IValueTaskSource<AppendOutcome>
{
    readonly object _gate = new();
    ManualResetValueTaskSourceCore<AppendOutcome> _source;
    AppendOutcome _outcome;
    bool _isWaiting;

    public SegmentLog Log => log;
    public Segment Segment { get; private set; } = null!;
    public IReadOnlyList<ReadOnlyMemory<byte>> Batches { get; private set; } = [];
    public int Position { get; private set; }
    public int Size { get; private set; }
    /// <summary>Why it is not acknowledged although the group it is in is; null when it is.</summary>
    public Exception? Refusal { get; set; }

    public long EndOffset => _outcome.EndOffset;

    public ValueTask<AppendOutcome> Begin(Segment segment, int position, IReadOnlyList<ReadOnlyMemory<byte>> batches, int size, AppendOutcome outcome)
    {
        (Segment, Position, Batches, Size, _outcome) = (segment, position, batches, size, outcome);
        Refusal = null;
        _source.Reset();
        lock (_gate) _isWaiting = true;
        return new ValueTask<AppendOutcome>(this, _source.Version);
    }

    /// <summary>What awaits the append goes on within this call.</summary>
    public void Complete()
    {
        log.Committed(EndOffset);
        End();
        _source.SetResult(_outcome);
    }

    public void Fail(Exception failure)
    {
        log.Ended(failure);
        End();
        _source.SetException(new LogFailedException($"nobody knows whether the append to the log {log.Name} is there: {failure.Message}", failure));
    }

    void End()
    {
        Batches = [];
        lock (_gate)
        {
            _isWaiting = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Returns when no append waits.</summary>
    public void Wait()
    {
        lock (_gate)
        {
            while (_isWaiting) Monitor.Wait(_gate);
        }
    }

    AppendOutcome IValueTaskSource<AppendOutcome>.GetResult(short token) => _source.GetResult(token);
    ValueTaskSourceStatus IValueTaskSource<AppendOutcome>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<AppendOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
