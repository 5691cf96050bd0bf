using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Producers;

/// <summary>A transaction that a marker ended.</summary>
/// <param name="FirstOffset">Of its first batch.</param>
/// <param name="MarkerOffset">Below it lie all its batches.</param>
internal readonly record struct EndedTransaction(ProducerId ProducerId, long FirstOffset, long MarkerOffset, bool Commit);

/// <summary>What one log says of its producers: their sequences and epochs, which transactions are open, and which were aborted. It applies what is in the log and judges nothing.</summary>
internal sealed class LogProducers
{
    public ProducerTable Table { get; } = new();
    public OpenTransactions Open { get; private set; } = OpenTransactions.None;
    public AbortedTransactions Aborted { get; private set; } = AbortedTransactions.None;

    /// <summary>
    /// The bound of read_committed in a log from <paramref name="logStart"/> to <paramref name="end"/>: where the oldest open transaction begins, or the end. Where the log's start has passed
    /// it, the start.
    /// </summary>
    public long LastStableOffset(long logStart, long end) => Open.FirstOffset is { } first ? Math.Max(first, logStart) : end;

    /// <summary>Applies a batch of the log that has a producer id.</summary>
    /// <param name="heardAt">When the batch was appended, by the steady clock.</param>
    /// <returns>The transaction that the batch, a marker, ended; null when it ended none.</returns>
    public EndedTransaction? Apply(in RecordBatchHeader header, ReadOnlySpan<byte> batch, TimeSpan heardAt)
    {
        if (header.Attributes.IsControl) return ApplyControl(header, batch, heardAt);
        ApplyData(header, heardAt);
        return null;
    }

    /// <inheritdoc cref="Apply"/>
    public EndedTransaction? ApplyControl(in RecordBatchHeader header, ReadOnlySpan<byte> batch, TimeSpan heardAt) =>
        ControlRecord.Read(batch) is { IsEndTransactionMarker: true } marker ? ApplyMarker(ref ProducerOf(header, heardAt), header, marker) : null;

    /// <summary>The producer of a batch, from now on in the batch's epoch if that is a higher one.</summary>
    ref ProducerState ProducerOf(in RecordBatchHeader header, TimeSpan heardAt)
    {
        var position = Table.Find(header.ProducerId);
        if (position < 0) position = Table.Add(new ProducerState(header.ProducerId, header.ProducerEpoch));
        ref var producer = ref Table[position];
        if (header.ProducerEpoch > producer.Epoch) producer.BeginEpoch(header.ProducerEpoch);
        producer.HeardAt = heardAt;
        return ref producer;
    }

    /// <summary>Applies a batch of records that has a producer id.</summary>
    /// <param name="heardAt">When the batch was appended, by the steady clock.</param>
    public void ApplyData(in RecordBatchHeader header, TimeSpan heardAt)
    {
        ref var producer = ref ProducerOf(header, heardAt);
        if (header.ProducerEpoch == producer.Epoch && header.BaseSequence >= 0)
            producer.Push(header.BaseSequence, header.BaseOffset, header.LastOffsetDelta, header.MaxTimestamp, header.Attributes.TimestampType);
        if (!header.Attributes.IsTransactional || producer.HasOpenTransaction) return;
        producer.BeginTransaction(header.BaseOffset, header.ProducerEpoch);
        Open = Open.With(new(header.ProducerId, header.ProducerEpoch, header.BaseOffset));
    }

    /// <summary>Batches of the same epoch stay remembered: under the first transaction protocol the next transaction goes on with the next sequence.</summary>
    EndedTransaction? ApplyMarker(ref ProducerState producer, in RecordBatchHeader header, ControlRecord marker)
    {
        producer.CoordinatorEpoch = marker.CoordinatorEpoch;
        producer.MoveTimestamp(header.MaxTimestamp);
        if (!producer.HasOpenTransaction) return null;
        var ended = new EndedTransaction(header.ProducerId, producer.TransactionStart, header.BaseOffset, marker.Type == ControlRecordType.Commit);
        producer.EndTransaction();
        Open = Open.Without(header.ProducerId);
        if (!ended.Commit) Aborted = Aborted.With(new(header.ProducerId, ended.FirstOffset, header.BaseOffset, Open.FirstOffset ?? header.NextOffset));
        return ended;
    }

    /// <summary>The log begins at <paramref name="offset"/>. Producers stay known and transactions open, whatever became of their batches.</summary>
    public void StartMoved(long offset) => Aborted = Aborted.From(offset);

    public void Clear()
    {
        Table.Clear();
        Open = OpenTransactions.None;
        Aborted = AbortedTransactions.None;
    }

    /// <summary>Adds a producer read from a snapshot.</summary>
    public void Restore(in ProducerState producer)
    {
        Table.Add(producer);
        if (producer.HasOpenTransaction) Open = Open.With(new(producer.ProducerId, producer.TransactionEpoch, producer.TransactionStart));
    }

    /// <summary>Adds an aborted transaction read from a snapshot.</summary>
    /// <returns>False when it does not follow those before it.</returns>
    public bool Restore(in AbortedTransaction aborted)
    {
        var isSound = aborted.FirstOffset >= 0 && aborted.FirstOffset <= aborted.LastOffset && aborted.LastStableOffset >= 0
            && (Aborted.Count == 0 || Aborted[Aborted.Count - 1].LastOffset < aborted.LastOffset);
        if (isSound) Aborted = Aborted.With(aborted);
        return isSound;
    }

    /// <summary>Sorted by producer id.</summary>
    public IReadOnlyList<ProducerDescription> Describe()
    {
        var described = new ProducerDescription[Table.Count];
        for (var position = 0; position < described.Length; position++)
        {
            ref var state = ref Table[position];
            described[position] = new ProducerDescription(state.ProducerId, state.Epoch, state.LastSequence, state.LastTimestamp, state.CoordinatorEpoch, state.TransactionStart);
        }
        Array.Sort(described, static (left, right) => left.ProducerId.CompareTo(right.ProducerId));
        return described;
    }
}
