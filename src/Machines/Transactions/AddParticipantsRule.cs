using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>AddPartitionsToTxn, AddOffsetsToTxn, and what the first write of KIP-890 adds by itself: from here on the participants are told the transaction's end.</summary>
internal static class AddParticipantsRule
{
    public static Ruling Decide(in TransactionFacts? facts, TransactionCommand.AddParticipants asked, Instant now)
    {
        if (facts is not { } known) return Ruling.Refuse(ErrorCode.InvalidProducerIdMapping);
        if (known.State.IsPrepared()) return Ruling.Refuse(ErrorCode.ConcurrentTransactions);
        if (known.ProducerId != asked.ProducerId) return Ruling.Refuse(ErrorCode.InvalidProducerIdMapping);
        if (!known.IsHeldBy(asked.ProducerId, asked.Epoch)) return Ruling.Refuse(ErrorCode.ProducerFenced);
        var isOpen = known.State == TransactionState.Ongoing;
        var all = (isOpen ? known.Participants : ParticipantSet.Empty).With(asked.Participants);
        if (all.Count == 0 || (isOpen && ReferenceEquals(all, known.Participants))) return Ruling.AsItIs;
        return Ruling.Record(known with
        {
            State = TransactionState.Ongoing,
            Participants = all,
            StartMs = isOpen ? known.StartMs : now.UnixMilliseconds,
            UpdatedMs = now.UnixMilliseconds,
            TransactionVersion = asked.TransactionVersion,
            EndReason = EndReason.Owner,
        });
    }
}
