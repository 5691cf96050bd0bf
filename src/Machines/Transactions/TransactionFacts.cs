using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>What the log says of one transactional id: everything that a restart must know. A rule is given facts and returns the next ones.</summary>
internal readonly record struct TransactionFacts
{
    public required TransactionState State { get; init; }
    public required ProducerId ProducerId { get; init; }

    /// <summary>-1: initialised by nobody yet; only in logs that were not written here.</summary>
    public required ProducerEpoch Epoch { get; init; }

    /// <summary>The producer id before the present one, when the last change of epoch was a change of id; none otherwise.</summary>
    public ProducerId PreviousProducerId { get; init; }

    /// <summary>Taken when an end was prepared with the last epoch there is: becomes the producer id when it is complete.</summary>
    public ProducerId NextProducerId { get; init; }

    /// <summary>The epoch before the last change, when who held it may ask again for what it was answered; none otherwise.</summary>
    public ProducerEpoch LastEpoch { get; init; }

    public int TimeoutMs { get; init; }
    public ParticipantSet Participants { get; init; }

    /// <summary>When the first participant was added, by the wall clock; -1 when none was since the id was initialised. Stays when the transaction has ended.</summary>
    public long StartMs { get; init; }

    /// <summary>When this was recorded, by the wall clock.</summary>
    public long UpdatedMs { get; init; }

    /// <summary>Of the latest AddPartitionsToTxn or EndTxn: 0 the first protocol, 2 that of KIP-890. An end by the coordinator itself has the cluster's own.</summary>
    public short TransactionVersion { get; init; }

    public EndReason EndReason { get; init; }

    public bool IsCommit => State is TransactionState.PrepareCommit or TransactionState.CompleteCommit;

    /// <summary>The epoch that is left for markers is held by nobody.</summary>
    public bool IsHeldBy(ProducerId producerId, ProducerEpoch epoch) => producerId == ProducerId && epoch == Epoch && epoch.Value <= EpochRule.LastGiven;
}
