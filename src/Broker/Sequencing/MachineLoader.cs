using Semel.Log;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Broker.Sequencing;

/// <summary>Folds a machine out of its log: the newest snapshot that can be used, then every batch above it.</summary>
internal static class MachineLoader
{
    const int ReadBytes = 1 << 20;

    /// <param name="ReplayedBytes">Bytes of batches that no snapshot covered.</param>
    public readonly record struct Loaded<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> Machine, long SnapshotOffset, long ReplayedBytes) where TView : class;

    public static Loaded<TCommand, TReply, TView> Load<TCommand, TReply, TView>(ILog log, Func<IMachine<TCommand, TReply, TView>> newMachine, Instant now) where TView : class
    {
        var machine = newMachine();
        var bounds = log.Bounds;
        var snapshot = log.LoadSnapshot();
        while (snapshot is not null && !machine.TryLoad(snapshot.Content.Span)) snapshot = log.LoadSnapshot(below: snapshot.Offset);
        var from = Math.Max(snapshot?.Offset ?? 0, bounds.StartOffset);
        // All batches were appended before the log was last written, so that moment is a bound that never forgets a producer too early.
        var appendedAt = log.Recovery.LastModified > 0 ? new Instant(log.Recovery.LastModified) : now;
        // The machine learns first where the log begins: when no snapshot covers what is gone, it has to know that it may have forgotten producers.
        machine.StartMoved(bounds.StartOffset);
        var replayed = 0L;
        while (from < bounds.EndOffset)
        {
            using var read = log.Read(from, bounds.EndOffset, ReadBytes);
            Invariant.Check(read.Bytes.Length > 0, "a log has a batch at every offset below its end");
            replayed += read.Bytes.Length;
            from = EvolveAll(machine, read.Bytes.Span, from, appendedAt);
        }
        return new(machine, snapshot?.Offset ?? -1, replayed);
    }

    static long EvolveAll<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> machine, ReadOnlySpan<byte> batches, long from, Instant appendedAt) where TView : class
    {
        var next = from;
        while (batches.Length > 0)
        {
            Invariant.Check(RecordBatchHeader.TryRead(batches, out var header) && header.SizeInBytes <= batches.Length, "a log gives whole batches");
            // The batch that holds the first offset may begin below it; a snapshot lies between batches, so that is only one at the log's start.
            if (header.NextOffset > from) machine.Evolve(header, batches[..(int)header.SizeInBytes], appendedAt);
            next = header.NextOffset;
            batches = batches[(int)header.SizeInBytes..];
        }
        return next;
    }
}
