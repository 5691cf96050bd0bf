using Semel.Protocol;

namespace Semel.Machines.Producers;

/// <summary>Whether transactional data may be written.</summary>
internal enum Admission : byte
{
    /// <summary>It may: the transaction is open here, or its coordinator said so and nothing ended it since.</summary>
    Granted,
    /// <summary>The coordinator has to be asked.</summary>
    ToBeVerified,
    /// <summary>A higher epoch was seen here.</summary>
    StaleEpoch,
    /// <summary>No transaction is open here, and the coordinator was not asked, or a marker came after it was.</summary>
    NotVerified,
    /// <summary>The coordinator was asked when another machine was here: it has to be asked again.</summary>
    Outlived,
}

/// <summary>
/// No transactional byte enters a log unless the coordinator durably knows producer, epoch and participant: else nobody would ever end the transaction (KIP-890).
/// The check before the coordinator is asked, and the one in the turn that appends.
/// </summary>
internal readonly struct AdmissionRule(LogProducers producers, Verifications verifications)
{
    /// <param name="sequence">Of the batch that waits; -1 where data has none.</param>
    /// <param name="now">By the steady clock.</param>
    /// <param name="guard">To come back with when the answer is <see cref="Admission.ToBeVerified"/>, else 0.</param>
    public Admission Begin(ProducerId producerId, ProducerEpoch epoch, int sequence, bool supportsEpochBump, TimeSpan now, out long guard)
    {
        guard = 0;
        if (OfState(producerId, epoch) is { } known) return known;
        guard = verifications.Begin(producerId, epoch, sequence, supportsEpochBump, now);
        return Admission.ToBeVerified;
    }

    /// <param name="guard">What <see cref="Begin"/> gave; 0 when the transaction was open.</param>
    public Admission Check(ProducerId producerId, ProducerEpoch epoch, long guard)
    {
        if (OfState(producerId, epoch) is { } known) return known;
        if (guard > 0 && verifications.Holds(producerId, guard)) return Admission.Granted;
        return verifications.IsOfEarlierMachine(guard) ? Admission.Outlived : Admission.NotVerified;
    }

    // The epoch comes first: an old producer has to hear that it is old, and can recover (KAFKA-19690).
    Admission? OfState(ProducerId producerId, ProducerEpoch epoch)
    {
        var position = producers.Table.Find(producerId);
        if (position < 0) return null;
        ref readonly var state = ref producers.Table[position];
        if (epoch < state.Epoch) return Admission.StaleEpoch;
        return state.HasOpenTransaction && state.TransactionEpoch == epoch ? Admission.Granted : null;
    }

    /// <summary>What the sender is told.</summary>
    public static ErrorCode ErrorOf(Admission admission) => admission switch
    {
        Admission.Granted or Admission.ToBeVerified => ErrorCode.None,
        Admission.StaleEpoch => ErrorCode.InvalidProducerEpoch,
        // Every client sends again what it is told this for.
        Admission.Outlived => ErrorCode.KafkaStorageError,
        _ => ErrorCode.InvalidTxnState,
    };
}
