using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>Whether a participant is in the open transaction of a producer: asked before an older client's first write to it.</summary>
internal static class VerifyRule
{
    /// <returns>What holds for all participants; no error when each is looked at alone.</returns>
    public static ErrorCode Decide(in TransactionFacts? facts, ProducerId producerId, ProducerEpoch epoch) => facts switch
    {
        null => ErrorCode.InvalidProducerIdMapping,
        { } known when known.ProducerId != producerId => ErrorCode.InvalidProducerIdMapping,
        { } known when known.Epoch != epoch => ErrorCode.ProducerFenced,
        { } known when known.State.IsPrepared() => ErrorCode.ConcurrentTransactions,
        _ => ErrorCode.None,
    };

    public static ErrorCode Decide(in TransactionFacts facts, in Participant participant) =>
        facts.State == TransactionState.Ongoing && facts.Participants.Contains(participant) ? ErrorCode.None : ErrorCode.TransactionAbortable;
}
