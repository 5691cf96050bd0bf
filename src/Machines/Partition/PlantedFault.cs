namespace Semel.Machines.Partition;

/// <summary>Deliberate faults, off outside of tests: what proves that a checker would notice if the rule were broken.</summary>
internal enum PlantedFault : byte
{
    None,
    /// <summary>A repeated batch is judged as if it were new.</summary>
    NoDuplicateCheck,
    /// <summary>A repeated batch is acknowledged at the end of the log instead of at the original's offset.</summary>
    DuplicateAnsweredWithNewOffset,
    /// <summary>Only the four last batches are recognised, although five may be in flight.</summary>
    WindowOfFour,
    /// <summary>Sequences are added and compared as if they never began again at 0.</summary>
    SequenceNotWrapped,
    /// <summary>How long a producer has been silent is told by the clock on the wall, which somebody may set.</summary>
    SilenceByTheWallClock,
    /// <summary>A later batch of a producer is taken as its first one although an earlier one was refused.</summary>
    LaterSequencesTaken,
    /// <summary>A batch whose transaction was verified before is appended, whatever ended since.</summary>
    GuardNotRechecked,
    /// <summary>Readers of committed records are told of no aborted transaction.</summary>
    AbortedListEmpty,
    /// <summary>Records of open transactions are shown as if they were committed.</summary>
    OpenTransactionsShown,
    /// <summary>A marker of an older epoch ends what is open now.</summary>
    StaleMarkerAccepted,
    /// <summary>The late marker of a transaction of the second protocol ends the next one.</summary>
    LateMarkerAccepted,
    /// <summary>A marker of a coordinator that was replaced is accepted.</summary>
    StaleCoordinatorAccepted,
    /// <summary>A snapshot knows producers, and nothing of the batches that they wrote.</summary>
    WindowForgottenAtRestart,
}
