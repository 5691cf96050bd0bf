namespace Semel.Testing.Simulation.Transactions;

/// <summary>A rule of transactions or groups that is broken on purpose, to see that the simulation notices.</summary>
public enum TransactionFault
{
    None,
    /// <summary>The end of a transaction is told to its participants before it is recorded.</summary>
    PrepareNotPersisted,
    /// <summary>After a restart nobody is told of ends that were prepared.</summary>
    EndsForgottenAtRestart,
    /// <summary>The last of several participants is never told.</summary>
    OneParticipantForgotten,
    /// <summary>A transaction is complete before its last marker is written.</summary>
    CompleteBeforeLastMarker,
    /// <summary>EndTxn is answered when the end is prepared (R-V).</summary>
    EndAnsweredBeforeMarkers,
    /// <summary>An end of the second protocol leaves the epoch as it was.</summary>
    EpochNotRaised,
    /// <summary>Whoever takes over a transactional id with an open transaction does not fence the one before.</summary>
    EpochNotRaisedByFence,
    /// <summary>A coordinator hears requests of any epoch.</summary>
    AnyEpochHeard,
    /// <summary>EndTxn of the first protocol is heard over an earlier connection.</summary>
    LateConnectionHeard,
    /// <summary>A timeout aborts what is decided to be committed.</summary>
    TimeoutAbortsDecided,
    /// <summary>A timeout looks at the producer only and not at which transaction it was set for.</summary>
    TimeoutOfEarlierTransaction,
    /// <summary>A restart forgets who held the epoch before.</summary>
    LastEpochNotPersisted,
    /// <summary>A restart forgets the producer id that was taken for after the last epoch.</summary>
    NextProducerIdNotPersisted,
    /// <summary>A write of the second protocol goes on before its partition is durably in the transaction.</summary>
    AddNotDurableBeforeAppend,
    /// <summary>Readers of committed records are told of no aborted transaction.</summary>
    AbortedListEmpty,
    /// <summary>Records of open transactions are shown.</summary>
    OpenTransactionsShown,
    /// <summary>What was verified before is appended, whatever came since.</summary>
    GuardNotRechecked,
    /// <summary>A marker of an older epoch is accepted.</summary>
    StaleMarkerAccepted,
    /// <summary>The marker of the transaction before ends the next one (KIP-1228).</summary>
    LateMarkerAccepted,
    /// <summary>A marker of a coordinator that was replaced is accepted.</summary>
    StaleCoordinatorAccepted,
    /// <summary>A partition forgets after a restart which batches it has.</summary>
    WindowForgottenAtRestart,
    /// <summary>A view is shown before what it counts is durable: so the last stable offset passes markers that are not.</summary>
    ViewBeforeDurable,
    /// <summary>After a turn that failed the machine goes on with what it believed.</summary>
    StateKeptAfterFailedAppend,
    /// <summary>Offsets of an aborted transaction count.</summary>
    PendingPromotedOnAbort,
    /// <summary>A transaction's offset takes the place of one that was committed after it.</summary>
    CommittedOffsetRegresses,
    /// <summary>Offsets are kept by the topic's name alone.</summary>
    OffsetsWithoutTopicId,
    /// <summary>Offsets are taken although their transaction was ended since it was verified.</summary>
    OffsetGuardNotRechecked,
    /// <summary>Whoever asks for stable offsets gets those that are about to change.</summary>
    PendingNotAsked,
    /// <summary>Offsets of a generation that is over are taken.</summary>
    GenerationNotChecked,
    /// <summary>A snapshot forgets the offsets of open transactions.</summary>
    PendingForgottenInSnapshot,
    /// <summary>The client commits a transaction of which a record has failed.</summary>
    ClientCommitsDespiteFailedRecord,
    /// <summary>The client tells an end whose answer was lost as done.</summary>
    ClientTakesLostEndAsDone,
    /// <summary>The client has its epoch raised before the end is definite.</summary>
    ClientRaisesBeforeDefiniteEnd,
    /// <summary>The client tells a commit that nobody answered as committed.</summary>
    ClientTellsUnknownAsCommitted,
    /// <summary>The client begins the next transaction while the end of the last one is not definite.</summary>
    ClientBeginsBeforeDefiniteEnd,
    /// <summary>The client asks for the end while records are on their way.</summary>
    ClientEndsBeforeAnswers,
    /// <summary>The client writes to a partition that its coordinator does not know (first protocol).</summary>
    ClientWritesBeforeAdded,
    /// <summary>The client takes a record whose answer was lost for written.</summary>
    ClientTakesLostRecordAsWritten,
    /// <summary>The client gives two batches of a partition the same sequence.</summary>
    ClientRepeatsSequence,
    /// <summary>The client gives a batch that it sends again a sequence of its own.</summary>
    ClientRepeatsUnderNewSequence,
}
