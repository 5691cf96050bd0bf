using Semel.Log;
using Semel.Log.Batches;
using Semel.Machines.Turn;
using Semel.Protocol.Records;

namespace Semel.Broker.Sequencing;

/// <summary>Folds a machine out of its log: the newest snapshot that can be used, then every batch above it.</summary>
internal static class MachineLoader
{
    const int ReadBytes = 1 << 20;

    /// <param name="ReplayedBytes">Bytes of batches that no snapshot covered.</param>
    public readonly record struct Loaded<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> Machine, long SnapshotOffset, long ReplayedBytes) where TView : class;

    public static Loaded<TCommand, TReply, TView> Load<TCommand, TReply, TView>(ILog log, Func<ILog, IMachine<TCommand, TReply, TView>> newMachine, Moment now) where TView : class
    {
        var machine = newMachine(log);
        var bounds = log.Bounds;
        var snapshot = log.LoadSnapshot();
        while (snapshot is not null && !machine.TryLoad(snapshot.Content.Span, now)) snapshot = log.LoadSnapshot(below: snapshot.Offset);
        var from = Math.Max(snapshot?.Offset ?? 0, bounds.StartOffset);
        // The machine learns first where the log begins: when no snapshot covers what is gone, it has to know that it may have forgotten producers.
        machine.StartMoved(bounds.StartOffset);
        var replayed = 0L;
        while (from < bounds.EndOffset)
        {
            using var read = log.Read(from, bounds.EndOffset, ReadBytes);
            // Compaction leaves gaps, but never before the end: a machine that did not know where its log ends could not write to it.
            Invariant.Check(read.Bytes.Length > 0, "a log has a batch that ends where it ends");
            replayed += read.Bytes.Length;
            // When the batches were appended is told by clocks that may have been set since. That they were appended before now is certain, and forgets nobody too early.
            from = EvolveAll(machine, read.Bytes.Span, from, now);
        }
        return new(machine, snapshot?.Offset ?? -1, replayed);
    }

    static long EvolveAll<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> machine, ReadOnlySpan<byte> batches, long from, Moment appendedAt) where TView : class
    {
        var next = from;
        while (batches.Length > 0)
        {
            Invariant.Check(RecordBatchHeader.TryRead(batches, out var header) && header.SizeInBytes <= batches.Length, "a log gives whole batches");
            Invariant.Check(next == from || OffsetOrder.Rising.Allows(header.BaseOffset, next), "the offsets of a log rise");
            // The batch that holds the first offset may begin below it; a snapshot lies between batches, so that is only one at the log's start.
            if (header.NextOffset > from) machine.Evolve(header, batches[..(int)header.SizeInBytes], appendedAt);
            next = header.NextOffset;
            batches = batches[(int)header.SizeInBytes..];
        }
        return next;
    }
}
