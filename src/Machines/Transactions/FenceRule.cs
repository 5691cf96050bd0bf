using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>
/// The coordinator's own abort of an open transaction: its time is over, its producer is initialised anew, or somebody asked for it. The epoch is raised, so that the
/// one that is aborted cannot go on in what it takes for the same transaction (KIP-588).
/// </summary>
internal static class FenceRule
{
    /// <param name="fresh">A producer id for after the last epoch; none when none is at hand.</param>
    public static Ruling Decide(in TransactionFacts open, EndReason reason, ProducerId fresh, short clusterVersion, Instant now)
    {
        var aborted = open with
        {
            State = TransactionState.PrepareAbort,
            UpdatedMs = now.UnixMilliseconds,
            TransactionVersion = clusterVersion,
            EndReason = reason,
            PreviousProducerId = ProducerId.None,
        };
        // With the first protocol nobody may come back who held the epoch: there is none after the last, and the markers have it.
        if (clusterVersion < TransactionOptions.RaisingVersion)
            return Ruling.Record(aborted with { Epoch = EpochRule.After(open.Epoch), LastEpoch = ProducerEpoch.None });
        // With KIP-890 one that was merely slow may: it is given the raised epoch when it asks.
        if (EpochRule.IsExhausted(open.Epoch) && fresh.IsNone) return Ruling.NeedsProducerId;
        return Ruling.Record(EpochRule.WithRaisedEnd(aborted, fresh));
    }
}
