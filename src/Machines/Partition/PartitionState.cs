using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>A partition's recorded state: its offsets, its producers, its open transactions. It applies what is in the log and judges nothing.</summary>
internal sealed class PartitionState
{
    /// <summary>The watermark when nobody knows whose state was dropped.</summary>
    public static readonly ProducerId EveryProducer = new(long.MaxValue);

    public long StartOffset { get; private set; }
    public long EndOffset { get; private set; }
    public ProducerTable Producers { get; } = new();

    /// <summary>
    /// State of this producer id or a lower one may have been dropped; none when nothing ever was. Producer ids are handed out in rising order, so an
    /// unknown producer above this watermark is new for certain. It never falls.
    /// </summary>
    public ProducerId ForgottenUpTo { get; private set; } = ProducerId.None;

    /// <summary>First offsets of the open transactions, rising.</summary>
    readonly List<long> _transactionStarts = [];

    /// <summary>The first offset of the oldest open transaction, or the end. Where the log's start has passed it, the start.</summary>
    public long LastStableOffset => _transactionStarts.Count == 0 ? EndOffset : Math.Max(_transactionStarts[0], StartOffset);

    public bool MayHaveForgotten(ProducerId producerId) => producerId.CompareTo(ForgottenUpTo) <= 0;

    /// <param name="heardAt">When the batch was appended, by the steady clock.</param>
    public void Apply(in RecordBatchHeader header, ReadOnlySpan<byte> batch, TimeSpan heardAt)
    {
        // A rebuild begins with the batch that holds the log's start, which may begin below it.
        Invariant.Check(header.NextOffset > EndOffset, "offsets rise from batch to batch");
        EndOffset = header.NextOffset;
        if (!header.HasProducerId) return;
        if (!header.Attributes.IsControl) ApplyData(ref ProducerOf(header, heardAt), header);
        else if (ControlRecord.Read(batch) is { IsEndTransactionMarker: true } marker) ApplyMarker(ref ProducerOf(header, heardAt), header, marker);
    }

    /// <summary>The producer of a batch, from now on in the batch's epoch if that is a higher one.</summary>
    ref ProducerState ProducerOf(in RecordBatchHeader header, TimeSpan heardAt)
    {
        var position = Producers.Find(header.ProducerId);
        if (position < 0) position = Producers.Add(new ProducerState(header.ProducerId, header.ProducerEpoch));
        ref var producer = ref Producers[position];
        if (header.ProducerEpoch > producer.Epoch) producer.BeginEpoch(header.ProducerEpoch);
        producer.HeardAt = heardAt;
        return ref producer;
    }

    void ApplyData(ref ProducerState producer, in RecordBatchHeader header)
    {
        if (header.ProducerEpoch == producer.Epoch && header.BaseSequence >= 0)
            producer.Push(header.BaseSequence, header.BaseOffset, header.LastOffsetDelta, header.MaxTimestamp, header.Attributes.TimestampType);
        if (!header.Attributes.IsTransactional || producer.HasOpenTransaction) return;
        producer.TransactionStart = header.BaseOffset;
        _transactionStarts.Add(header.BaseOffset);
    }

    /// <summary>Batches of the same epoch stay remembered: under the first transaction protocol the next transaction goes on with the next sequence.</summary>
    void ApplyMarker(ref ProducerState producer, in RecordBatchHeader header, ControlRecord marker)
    {
        producer.CoordinatorEpoch = marker.CoordinatorEpoch;
        producer.MoveTimestamp(header.MaxTimestamp);
        if (!producer.HasOpenTransaction) return;
        _transactionStarts.RemoveAt(_transactionStarts.BinarySearch(producer.TransactionStart));
        producer.TransactionStart = -1;
    }

    /// <summary>The log begins at <paramref name="offset"/>. Producers stay known when their batches are gone, so deleting records makes nothing acceptable twice.</summary>
    /// <returns>False when it began there or above before.</returns>
    public bool MoveStart(long offset)
    {
        if (offset <= StartOffset) return false;
        StartOffset = offset;
        if (offset > EndOffset) ForgetAll(offset);
        return true;
    }

    /// <summary>The log begins above everything that was seen: what lay between is gone, and with it an unknown part of every producer's history.</summary>
    void ForgetAll(long offset)
    {
        EndOffset = offset;
        Producers.Clear();
        _transactionStarts.Clear();
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

    /// <summary>Sorted by producer id.</summary>
    public IReadOnlyList<ProducerDescription> Describe()
    {
        var described = new ProducerDescription[Producers.Count];
        for (var position = 0; position < described.Length; position++)
        {
            ref var state = ref Producers[position];
            described[position] = new ProducerDescription(state.ProducerId, state.Epoch, state.LastSequence, state.LastTimestamp, state.CoordinatorEpoch, state.TransactionStart);
        }
        Array.Sort(described, static (left, right) => left.ProducerId.CompareTo(right.ProducerId));
        return described;
    }

    /// <summary>A state read from a snapshot.</summary>
    public static PartitionState Of(long startOffset, long endOffset, ProducerId forgottenUpTo) =>
        new() { StartOffset = startOffset, EndOffset = endOffset, ForgottenUpTo = forgottenUpTo };

    /// <summary>Adds a producer read from a snapshot.</summary>
    public void Restore(in ProducerState producer)
    {
        Producers.Add(producer);
        if (!producer.HasOpenTransaction) return;
        var at = _transactionStarts.BinarySearch(producer.TransactionStart);
        _transactionStarts.Insert(at < 0 ? ~at : at, producer.TransactionStart);
    }
}
