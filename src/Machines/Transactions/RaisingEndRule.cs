using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>
/// EndTxn of KIP-890: each end raises the epoch, so a repeated end comes with the epoch before the present one and is told from the end of the next transaction. Who
/// repeats is answered with the id and epoch that it was answered with before.
/// </summary>
internal static class RaisingEndRule
{
    public static Ruling Decide(in TransactionFacts? facts, TransactionCommand.EndTransaction asked, Instant now)
    {
        if (facts is not { } known) return Ruling.Refuse(ErrorCode.InvalidProducerIdMapping);
        // Before id and epoch are looked at: both may be about to change (KAFKA-18660).
        if (known.State.IsPrepared()) return Ruling.Refuse(ErrorCode.ConcurrentTransactions);
        if (known.ProducerId != asked.ProducerId && !EpochRule.HeldBeforeRotation(known, asked.ProducerId, asked.Epoch))
            return Ruling.Refuse(ErrorCode.InvalidProducerIdMapping);
        if (known.IsHeldBy(asked.ProducerId, asked.Epoch)) return OfHolder(known, asked, now);
        var isCompleteAndAskedAgain = known.State is TransactionState.CompleteCommit or TransactionState.CompleteAbort
            && EpochRule.IsLastHolder(known, asked.ProducerId, asked.Epoch);
        return isCompleteAndAskedAgain ? OfLastHolder(known, asked.Commit) : Ruling.Refuse(ErrorCode.ProducerFenced);
    }

    static Ruling OfHolder(in TransactionFacts known, TransactionCommand.EndTransaction asked, Instant now)
    {
        var isOpen = known.State == TransactionState.Ongoing;
        // Nothing was added. An abort may still be needed, for what was written and never arrived here; a commit would claim what nobody knows of.
        if (!isOpen && asked.Commit) return Ruling.Refuse(ErrorCode.InvalidTxnState);
        if (EpochRule.IsExhausted(known.Epoch) && asked.NewProducerId.IsNone) return Ruling.NeedsProducerId;
        var prepared = EndRule.Prepared(known, asked.Commit, now) with
        {
            PreviousProducerId = ProducerId.None,
            StartMs = isOpen ? known.StartMs : now.UnixMilliseconds,
            TransactionVersion = asked.TransactionVersion,
        };
        return Ruling.Record(EpochRule.WithRaisedEnd(prepared, asked.NewProducerId));
    }

    /// <summary>A transaction that was not aborted by its owner is one that the owner still believes open: it may abort what it has and go on (R-TO).</summary>
    static Ruling OfLastHolder(in TransactionFacts known, bool commit) =>
        commit == known.IsCommit ? Ruling.AsItIs
        : commit && known.EndReason is EndReason.Timeout or EndReason.Administrator ? Ruling.Refuse(ErrorCode.TransactionAbortable)
        : Ruling.Refuse(ErrorCode.InvalidTxnState);
}
