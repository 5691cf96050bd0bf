namespace Semel.Machines.Transactions;

/// <summary>Deliberate faults, off outside of tests: what proves that a checker would notice if the rule were broken.</summary>
internal enum PlantedFault : byte
{
    None,
    /// <summary>The end of a transaction is told to its participants and acknowledged, and recorded only when it is complete.</summary>
    PrepareNotRecorded,
    /// <summary>A restart does not tell participants again.</summary>
    EndsForgottenAtRestart,
    /// <summary>The last participant of several is not told, and counts as ended.</summary>
    OneParticipantForgotten,
    /// <summary>An end of KIP-890 leaves the epoch as it was.</summary>
    EpochNotRaised,
    /// <summary>What is asked for with an older epoch of the producer is taken as if it were the present one.</summary>
    AnyEpochHeard,
    /// <summary>Requests over an earlier connection are heard.</summary>
    LateConnectionHeard,
    /// <summary>A prepared commit becomes an abort when its time is over.</summary>
    TimeoutAbortsDecided,
    /// <summary>The epoch of the last holder is not recorded: a restart forgets who may ask again.</summary>
    LastEpochForgotten,
    /// <summary>A transaction is complete when its participants have been told, before any has answered.</summary>
    CompleteBeforeAnswers,
    /// <summary>The coordinator's own abort of an open transaction leaves the epoch as it was.</summary>
    EpochNotRaisedByFence,
    /// <summary>The time of a transaction goes on counting for the next one of its producer.</summary>
    TimeoutOfEarlierTransaction,
    /// <summary>A restart forgets the producer id that is held ready for after the last epoch.</summary>
    NextProducerIdForgotten,
}
