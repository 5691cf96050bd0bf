using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>A partition's recorded state: its offsets, and what its log says of its producers and their transactions. It applies what is in the log and judges nothing.</summary>
internal sealed class PartitionState
{
    /// <summary>The watermark when nobody knows whose state was dropped.</summary>
    public static readonly ProducerId EveryProducer = new(long.MaxValue);

    public long StartOffset { get; private set; }
    public long EndOffset { get; private set; }
    public LogProducers Log { get; } = new();
    public ProducerTable Producers => Log.Table;

    /// <summary>
    /// State of this producer id or a lower one may have been dropped; none when nothing ever was. Producer ids are handed out in rising order, so an
    /// unknown producer above this watermark is new for certain. It never falls.
    /// </summary>
    public ProducerId ForgottenUpTo { get; private set; } = ProducerId.None;

    /// <summary>Below it every transaction is decided.</summary>
    public long LastStableOffset => Log.LastStableOffset(StartOffset, EndOffset);

    public bool MayHaveForgotten(ProducerId producerId) => producerId.CompareTo(ForgottenUpTo) <= 0;

    /// <param name="heardAt">When the batch was appended, by the steady clock.</param>
    public void Apply(in RecordBatchHeader header, ReadOnlySpan<byte> batch, TimeSpan heardAt)
    {
        // A rebuild begins with the batch that holds the log's start, which may begin below it.
        Invariant.Check(header.NextOffset > EndOffset, "offsets rise from batch to batch");
        EndOffset = header.NextOffset;
        if (!header.HasProducerId) return;
        if (header.Attributes.IsControl) Log.ApplyControl(header, batch, heardAt);
        else Log.ApplyData(header, heardAt);
    }

    /// <summary>The log begins at <paramref name="offset"/>. Producers stay known when their batches are gone, so deleting records makes nothing acceptable twice.</summary>
    /// <returns>False when it began there or above before.</returns>
    public bool MoveStart(long offset)
    {
        if (offset <= StartOffset) return false;
        StartOffset = offset;
        if (offset > EndOffset) ForgetAll(offset);
        else Log.StartMoved(offset);
        return true;
    }

    /// <summary>The log begins above everything that was seen: what lay between is gone, and with it an unknown part of every producer's history.</summary>
    void ForgetAll(long offset)
    {
        EndOffset = offset;
        Log.Clear();
        ForgottenUpTo = EveryProducer;
    }

    /// <summary>Forgets the producers that were heard of last at or before <paramref name="bound"/> of the steady clock, never one with an open transaction.</summary>
    /// <returns>When the longest silent of the others was heard of; null when there is none.</returns>
    public TimeSpan? ExpireProducers(TimeSpan bound)
    {
        var (highest, oldest) = Producers.RemoveSilent(bound);
        if (highest.CompareTo(ForgottenUpTo) > 0) ForgottenUpTo = highest;
        return oldest;
    }

    /// <summary>State of producers below this id may have been dropped from now on.</summary>
    public void MayForget(ProducerId next)
    {
        if (next.CompareTo(ForgottenUpTo) > 0) ForgottenUpTo = new ProducerId(next.Value - 1);
    }

    /// <summary>A state read from a snapshot, still without its producers.</summary>
    public static PartitionState Of(long startOffset, long endOffset, ProducerId forgottenUpTo) =>
        new() { StartOffset = startOffset, EndOffset = endOffset, ForgottenUpTo = forgottenUpTo };
}
