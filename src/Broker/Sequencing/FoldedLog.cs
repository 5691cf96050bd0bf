using System.Buffers.Binary;
using Semel.Log;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>
/// An open log with the machine that was folded out of it: the two live and die together. Used by one turn at a time; readers use the log alone.
/// Where a hole of the log makes folding impossible, there is the log alone.
/// </summary>
internal sealed class FoldedLog<TCommand, TReply, TView> where TView : class
{
    /// <summary>From so much on, what had to be replayed is worth a snapshot at once, so that the next start need not.</summary>
    const long LongReplayBytes = 64 << 20;

    readonly SnapshotWriter? _snapshots;

    FoldedLog(ILog log, MachineLoader.Loaded<TCommand, TReply, TView> loaded)
    {
        (Log, Machine, ReplayedBytes) = (log, loaded.Machine, loaded.ReplayedBytes);
        // A log that was never written to has nothing to save.
        _snapshots = new SnapshotWriter(log, log.Bounds.EndOffset == 0 ? 0 : loaded.SnapshotOffset);
    }

    FoldedLog(ILog log, LogHoleException hole, TView readOnly) => (Log, Hole, ReadOnlyView) = (log, hole, readOnly);

    public ILog Log { get; }

    /// <summary>Null when a <see cref="Hole"/> kept it from being folded.</summary>
    public IMachine<TCommand, TReply, TView>? Machine { get; }

    /// <summary>Why there is no machine; null when there is one.</summary>
    public LogHoleException? Hole { get; }

    /// <summary>What readers may know when there is no machine; null when there is one.</summary>
    public TView? ReadOnlyView { get; }

    public long ReplayedBytes { get; }
    public bool WasLongReplay => ReplayedBytes >= LongReplayBytes;

    /// <exception cref="LogDamagedException">The log is damaged where it was durable.</exception>
    /// <exception cref="LogHoleException">The machine cannot be folded, and without it the log is of no use.</exception>
    /// <exception cref="IOException">The log cannot be opened or read.</exception>
    public static FoldedLog<TCommand, TReply, TView> Open(ILogStore store, SequencerSettings<TCommand, TReply, TView> settings, Moment now)
    {
        var log = settings.OpenLog(store);
        IMachine<TCommand, TReply, TView>? folded = null;
        try
        {
            return new(log, MachineLoader.Load(log, opened => folded = settings.NewMachine(opened), now));
        }
        catch (LogHoleException hole) when (settings.ReadOnlyView is not null && folded is not null)
        {
            return new(log, hole, settings.ReadOnlyView(log.Bounds, hole, folded.View));
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>The third beat: everything that a turn wrote, at the offset where the machine believes the log to end.</summary>
    public ValueTask<AppendOutcome> AppendAsync(TurnOutput<TReply> output, Moment now)
    {
        if (output.StartOffset is { } start) return AppendAndTrimAsync(output, start, now);
        if (output.Appends.Count == 0) return new(new AppendOutcome(AppendStatus.Appended, Log.Bounds.EndOffset, Rolled: false));
        return Log.AppendAsync(output.Appends, BinaryPrimitives.ReadInt64BigEndian(output.Appends[0].Span));
    }

    // The start of a log moves only after a snapshot that knows all producers whose records go: so a restart forgets none of them.
    async ValueTask<AppendOutcome> AppendAndTrimAsync(TurnOutput<TReply> output, long start, Moment now)
    {
        var outcome = new AppendOutcome(AppendStatus.Appended, Log.Bounds.EndOffset, Rolled: false);
        if (output.Appends.Count > 0) outcome = await Log.AppendAsync(output.Appends, BinaryPrimitives.ReadInt64BigEndian(output.Appends[0].Span)).ConfigureAwait(false);
        if (outcome.Status != AppendStatus.Appended) return outcome;
        _snapshots!.SaveAnew(Machine!, now);
        await Log.TrimStartAsync(start).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Only between turns. Does nothing when the newest snapshot is that of the log's end.</summary>
    public void SaveSnapshot(Moment now)
    {
        if (Machine is { } machine) _snapshots!.Save(machine, now);
    }
}
