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
}
