using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Partition;

/// <summary>
/// Whether a client's batch with a producer id is appended, acknowledged as a duplicate, or refused: one table, asked from top to bottom (KIP-98, KIP-360, KIP-890).
/// <para>
/// Stricter than Kafka at two rows, both about a producer that this partition does not know; Kafka accepts any first sequence of it, which turns one lost batch into a
/// silent gap. It has to begin with 0 when it cannot have written here before: this broker gave it its id after the partition came to be, and the partition has
/// forgotten nobody of its age. And when an earlier batch of it was refused for a passing reason, that one has to come first. Whoever is older than the partition,
/// may have been forgotten, or has its id from another broker is taken as Kafka takes it.
/// An unknown producer that writes into a transaction of the second protocol begins with 0, whoever it is.
/// The error DUPLICATE_SEQUENCE_NUMBER is never given: what is older than the five last batches is out of order.
/// </para>
/// </summary>
internal readonly struct SequenceRule(PlantedFault fault)
{
    readonly int _window = fault == PlantedFault.WindowOfFour ? 4 : ProducerState.MaxBatches;

    /// <summary>Judges the first batch of a producer that is not in the partition's table.</summary>
    /// <param name="admission">Whether a transactional batch may be written.</param>
    /// <param name="beginsWithZero">It writes into a transaction of the second protocol.</param>
    /// <param name="isAfterLowest">A lower sequence of its epoch was to be verified, and has not come.</param>
    /// <param name="isNew">The producer cannot have written here before.</param>
    /// <param name="isEarlierAwaited">An earlier batch of it was refused for a passing reason, and has not come again.</param>
    public SequenceDecision OfUnknown(in RecordBatchHeader batch, Admission admission, bool beginsWithZero, bool isAfterLowest, bool isNew, bool isEarlierAwaited, bool isFull)
    {
        if (OfTransaction(batch, admission) is { } refused) return refused;
        if (batch.BaseSequence != 0 && beginsWithZero) return SequenceDecision.UnknownProducerInTransaction;
        if (isAfterLowest) return SequenceDecision.LowerSequenceAwaited;
        if (batch.BaseSequence != 0 && isNew) return SequenceDecision.UnknownProducer;
        if (isEarlierAwaited && fault != PlantedFault.LaterSequencesTaken) return SequenceDecision.LowerSequenceAwaited;
        return isFull ? SequenceDecision.TooManyProducers : SequenceDecision.FirstOfProducer;
    }

    /// <summary>
    /// Whether a batch is there already. A duplicate is asked for first, before all rules of transactions: what is in the log is acknowledged, whatever became of its transaction since.
    /// </summary>
    public bool IsDuplicate(in ProducerState state, in RecordBatchHeader batch, out CachedBatch original)
    {
        original = default;
        return batch.ProducerEpoch == state.Epoch && fault != PlantedFault.NoDuplicateCheck && state.TryFind(batch.BaseSequence, LastSequence(batch), _window, out original);
    }

    /// <param name="admission">Whether a transactional batch may be written.</param>
    /// <param name="isAfterLowest">A lower sequence of its epoch was to be verified, and has not come.</param>
    /// <param name="original">The batch that this one repeats, when the decision is <see cref="SequenceDecision.Duplicate"/>.</param>
    public SequenceDecision OfKnown(in ProducerState state, in RecordBatchHeader batch, Admission admission, bool isAfterLowest, out CachedBatch original)
    {
        if (IsDuplicate(state, batch, out original)) return SequenceDecision.Duplicate;
        if (batch.ProducerEpoch < state.Epoch) return SequenceDecision.StaleEpoch;
        if (OfTransaction(batch, admission) is { } refused) return refused;
        if (isAfterLowest) return SequenceDecision.LowerSequenceAwaited;
        var decision = batch.ProducerEpoch > state.Epoch ? OfNewEpoch(batch) : state.BatchCount == 0 ? AfterMarker(batch) : OfNext(state, batch);
        if (ErrorOf(decision) != ErrorCode.None || !state.HasOpenTransaction) return decision;
        if (!batch.Attributes.IsTransactional) return SequenceDecision.PlainBatchInTransaction;
        return state.TransactionEpoch < batch.ProducerEpoch ? SequenceDecision.TransactionOfLowerEpoch : decision;
    }

    SequenceDecision? OfTransaction(in RecordBatchHeader batch, Admission admission) =>
        !batch.Attributes.IsTransactional || admission == Admission.Granted || fault == PlantedFault.GuardNotRechecked ? null
        : admission == Admission.Outlived ? SequenceDecision.VerificationOutlived : SequenceDecision.TransactionRefused;

    static SequenceDecision OfNewEpoch(in RecordBatchHeader batch) => batch.BaseSequence == 0 ? SequenceDecision.FirstOfEpoch : SequenceDecision.NewEpochNotFromZero;

    static SequenceDecision AfterMarker(in RecordBatchHeader batch) => batch.BaseSequence == 0 ? SequenceDecision.FirstAfterMarker : SequenceDecision.AfterMarkerNotFromZero;

    SequenceDecision OfNext(in ProducerState state, in RecordBatchHeader batch)
    {
        var isNext = fault == PlantedFault.SequenceNotWrapped ? batch.BaseSequence == state.LastSequence + 1L : SequenceNumber.IsNext(state.LastSequence, batch.BaseSequence);
        return isNext ? SequenceDecision.InOrder : SequenceDecision.OutOfOrder;
    }

    int LastSequence(in RecordBatchHeader batch) =>
        fault == PlantedFault.SequenceNotWrapped ? unchecked(batch.BaseSequence + batch.LastOffsetDelta) : batch.LastSequence;

    /// <summary>What the sender is told. 47 for a stale epoch in every version; Produce never carries 90.</summary>
    public static ErrorCode ErrorOf(SequenceDecision decision) => decision switch
    {
        SequenceDecision.None or SequenceDecision.Duplicate or SequenceDecision.FirstOfProducer or SequenceDecision.FirstOfEpoch
            or SequenceDecision.FirstAfterMarker or SequenceDecision.InOrder => ErrorCode.None,
        SequenceDecision.StaleEpoch => ErrorCode.InvalidProducerEpoch,
        SequenceDecision.TransactionRefused or SequenceDecision.PlainBatchInTransaction => ErrorCode.InvalidTxnState,
        // All of these are sent again with the same sequence, by every client.
        SequenceDecision.VerificationOutlived => ErrorCode.KafkaStorageError,
        SequenceDecision.TransactionOfLowerEpoch => ErrorCode.NotEnoughReplicas,
        // Nothing was appended and every client tries again with the same sequence, by when another producer may have expired.
        SequenceDecision.TooManyProducers => ErrorCode.NotEnoughReplicas,
        _ => ErrorCode.OutOfOrderSequenceNumber,
    };
}
