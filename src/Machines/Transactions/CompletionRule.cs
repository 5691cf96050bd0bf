using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>All participants have ended: the id is free for its next transaction. After the last epoch it goes on with the producer id that was held ready.</summary>
internal static class CompletionRule
{
    public static TransactionFacts Complete(in TransactionFacts prepared, Instant now)
    {
        var complete = prepared with
        {
            State = prepared.IsCommit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort,
            Participants = ParticipantSet.Empty,
            UpdatedMs = now.UnixMilliseconds,
        };
        return prepared.NextProducerId.IsNone ? complete : complete with
        {
            ProducerId = prepared.NextProducerId,
            Epoch = new ProducerEpoch(0),
            PreviousProducerId = prepared.ProducerId,
            NextProducerId = ProducerId.None,
        };
    }
}
