namespace Semel.Machines.Groups;

/// <summary>Deliberate faults, off outside of tests: what proves that a checker would notice if the rule were broken.</summary>
internal enum PlantedFault : byte
{
    None,
    /// <summary>What an aborted transaction held is committed.</summary>
    PendingPromotedOnAbort,
    /// <summary>A transaction's offset takes the place of one that was committed after it.</summary>
    OlderPendingPromoted,
    /// <summary>Offsets are stored by the topic's name alone.</summary>
    OffsetsWithoutTopicId,
    /// <summary>An offset is stored although its transaction was ended since it was verified.</summary>
    GuardNotRechecked,
    /// <summary>Whoever asks for stable offsets gets those that a transaction is about to change.</summary>
    PendingNotAsked,
    /// <summary>Offsets of a generation that is over are taken.</summary>
    GenerationNotChecked,
    /// <summary>A snapshot knows nothing of open transactions' offsets.</summary>
    PendingForgottenInSnapshot,
    /// <summary>A group is deleted while a transaction has offsets for it.</summary>
    GroupDeletedUnderTransaction,
    /// <summary>A member of a KIP-848 group is given a partition that another has not given up yet.</summary>
    PartitionGivenBeforeReleased,
}
