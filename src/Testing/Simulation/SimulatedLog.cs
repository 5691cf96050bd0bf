using System.Threading.Tasks.Sources;
using Semel.Log;
using Semel.Log.Memory;

namespace Semel.Testing.Simulation;

/// <summary>
/// A log whose appends and trims take a while of virtual time, fail now and then having written nothing, a part or everything, and are overtaken by crashes.
/// </summary>
internal sealed class SimulatedLog(SimulatedWorld world, ILog inner) : ILog, IValueTaskSource<AppendOutcome>
{
    readonly SimulatedRandom _random = world.RandomOf(inner.Name);
    ManualResetValueTaskSourceCore<AppendOutcome> _appended;
    IReadOnlyList<ReadOnlyMemory<byte>>? _batches;
    TaskCompletionSource? _trim;
    bool _isDead;

    /// <summary>Something is under way, of which nobody knows how it would end.</summary>
    public bool IsBusy => _batches is not null || _trim is not null;

    public ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
    {
        _batches = batches;
        _appended.Reset();
        Later(() =>
        {
            if (_batches is not null) FinishAppend(batches, expectedEndOffset);
        });
        return new(this, _appended.Version);
    }

    void Later(Action run) => world.Clock.After(_random.Between(TimeSpan.FromMicroseconds(50), world.Disk.Delay), run);

    void FinishAppend(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
    {
        _batches = null;
        if (world.IsToFail(Name) || world.Strikes(_random, world.Disk.FailedAppendOneIn))
        {
            // The disk said no. What it has in truth: nothing, the first batches, or all of them.
            WriteSome("append-failed", batches, expectedEndOffset);
            _appended.SetException(new LogFailedException($"the append to the log {Name} failed as planned"));
            return;
        }
        var outcome = Append(batches, expectedEndOffset);
        world.Appended(Name);
        if (_isDead) return;
        _appended.SetResult(outcome with { Rolled = outcome.Rolled || (world.Disk.HasSnapshots && world.Strikes(_random, 6)) });
    }

    AppendOutcome Append(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset) =>
        inner.AppendAsync(batches, expectedEndOffset).GetAwaiter().GetResult();

    /// <returns>How many of the batches are in the log.</returns>
    int WriteSome(string why, IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
    {
        var survivors = _random.OneOf(0, batches.Count, _random.Below(batches.Count + 1));
        world.Note(why, survivors, batches.Count);
        if (survivors > 0 && survivors < batches.Count) world.Counts.Add("torn-append");
        if (survivors > 0 && Append([.. batches.Take(survivors)], expectedEndOffset).Status != AppendStatus.Appended) return 0;
        return survivors;
    }

    public async ValueTask TrimStartAsync(long offset)
    {
        _trim = new();
        Later(() => _trim?.TrySetResult());
        await _trim.Task.ConfigureAwait(false);
        _trim = null;
        await inner.TrimStartAsync(offset).ConfigureAwait(false);
    }

    /// <summary>The process dies: what is under way has happened, or a part of it, or nothing.</summary>
    /// <returns>Whether all of it is in the log.</returns>
    public bool Crash()
    {
        var isWhole = !IsBusy;
        if (_batches is { } batches)
        {
            if (_random.OneIn(2)) isWhole = WriteSome("crash-while-appending", batches, inner.Bounds.EndOffset) == batches.Count;
            else WriteWithoutForcing(batches);
        }
        _batches = null;
        _trim = null;
        _isDead = true;
        return isWhole;
    }

    /// <summary>The bytes were given to the disk and never forced: the crash takes them.</summary>
    void WriteWithoutForcing(IReadOnlyList<ReadOnlyMemory<byte>> batches)
    {
        world.Note("crash-before-force");
        world.Store.AppendFaults = static _ => AppendFault.NotDurable;
        try
        {
            Append(batches, inner.Bounds.EndOffset);
        }
        catch (LogFailedException)
        {
            // As planned: the batches are there until the crash.
        }
        world.Store.AppendFaults = null;
    }

    public void SaveSnapshot(long offset, ReadOnlySpan<byte> content)
    {
        world.Note("snapshot", offset);
        inner.SaveSnapshot(offset, content);
        // A damaged snapshot above a sound one: what cannot be loaded is passed over.
        if (world.Disk.HasDamagedSnapshots && world.Strikes(_random, 4)) inner.SaveSnapshot(offset, [0, 0, 0]);
    }

    AppendOutcome IValueTaskSource<AppendOutcome>.GetResult(short token) => _appended.GetResult(token);
    ValueTaskSourceStatus IValueTaskSource<AppendOutcome>.GetStatus(short token) => _appended.GetStatus(token);

    void IValueTaskSource<AppendOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _appended.OnCompleted(continuation, state, token, flags);

    public string Name => inner.Name;
    public int WriterEpoch => inner.WriterEpoch;
    public IReadOnlyList<LogPart> Parts() => inner.Parts();
    public ILogReplacement BeginReplacement(long fromOffset, long upToOffset) => inner.BeginReplacement(fromOffset, upToOffset);
    public void DropSnapshots(long below) => inner.DropSnapshots(below);
    public LogBounds Bounds => inner.Bounds;
    public LogRecovery Recovery => inner.Recovery;
    public IReadOnlyList<LogHole> Holes => inner.Holes;
    public LogRead Read(long fromOffset, long upToOffset, int maxBytes) => inner.Read(fromOffset, upToOffset, maxBytes);
    public TimestampedOffset? FindOffset(long timestamp, long upToOffset) => inner.FindOffset(timestamp, upToOffset);
    public TimestampedOffset? FindMaxTimestamp(long upToOffset) => inner.FindMaxTimestamp(upToOffset);
    public LogSnapshot? LoadSnapshot(long below = long.MaxValue) => inner.LoadSnapshot(below);
    public void Dispose() => inner.Dispose();
}
