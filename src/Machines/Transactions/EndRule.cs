using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>EndTxn of the first protocol: the epoch stays, and a repeated end is told from a new one by the state alone.</summary>
internal static class EndRule
{
    public static Ruling Decide(in TransactionFacts? facts, TransactionCommand.EndTransaction asked, Instant now)
    {
        if (facts is not { } known || known.ProducerId != asked.ProducerId) return Ruling.Refuse(ErrorCode.InvalidProducerIdMapping);
        if (!known.IsHeldBy(asked.ProducerId, asked.Epoch)) return Ruling.Refuse(ErrorCode.ProducerFenced);
        return known.State switch
        {
            TransactionState.Ongoing => Ruling.Record(Prepared(known, asked.Commit, now) with { TransactionVersion = asked.TransactionVersion }),
            TransactionState.PrepareCommit or TransactionState.PrepareAbort => Ruling.Refuse(ErrorCode.ConcurrentTransactions),
            TransactionState.CompleteCommit when asked.Commit => Ruling.AsItIs,
            TransactionState.CompleteAbort when !asked.Commit => Ruling.AsItIs,
            _ => Ruling.Refuse(ErrorCode.InvalidTxnState),
        };
    }

    public static TransactionFacts Prepared(in TransactionFacts facts, bool commit, Instant now) => facts with
    {
        State = commit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort,
        UpdatedMs = now.UnixMilliseconds,
        EndReason = EndReason.Owner,
    };
}
