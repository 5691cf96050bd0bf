namespace Semel.Client.Transacting;

/// <summary>Deliberate faults, off outside of tests: what proves that a checker would notice if the rule were broken.</summary>
internal enum PlantedFault : byte
{
    None,
    /// <summary>A transaction is committed although one of its records failed.</summary>
    CommitDespiteFailedRecord,
    /// <summary>An end whose answer was lost is not repeated under the epoch for which it was asked, but told as done.</summary>
    LostEndTakenAsDone,
    /// <summary>The epoch is raised before the end is definite.</summary>
    BumpBeforeDefiniteEnd,
    /// <summary>The epoch of a dirty transaction of the first protocol is used for the next one.</summary>
    DirtyEpochReused,
    /// <summary>Sequences go on after a transaction that raised the epoch.</summary>
    SequencesNotRestarted,
    /// <summary>A commit that nobody answered is told as committed when the call's time is over.</summary>
    UnknownToldAsCommitted,
    /// <summary>The next transaction begins while the end of the last one is not definite.</summary>
    BeginBeforeDefiniteEnd,
    /// <summary>The end is asked for while a Produce request is on its way.</summary>
    EndBeforeAnswers,
    /// <summary>A partition is written to before its coordinator knows it (first protocol).</summary>
    WriteBeforeAdded,
    /// <summary>A batch whose answer was lost is told as written.</summary>
    LostRecordTakenAsWritten,
    /// <summary>The next batch of a partition gets the sequence of the one before.</summary>
    SequenceNotAdvanced,
    /// <summary>A batch that is sent again gets a sequence of its own.</summary>
    RepeatedUnderNewSequence,
}
