using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// The offsets of transactions (transactions.md 6 and 10): nothing of a transaction enters this log unless its coordinator knows that it takes part, and what
/// was verified
/// counts only as long as no marker has come since.
/// </summary>
internal sealed class TransactionDecision(LogProducers producers, Verifications verifications, PlantedFault fault)
{
    const short FirstVersionThatAdds = 5;

    AdmissionRule Rule => new(producers, verifications);

    public VerificationReply Begin(BeginVerification command, TimeSpan now)
    {
        var admission = Rule.Begin(command.ProducerId, command.ProducerEpoch, SequenceOfOffsets, command.SupportsEpochBump, now, out var guard);
        return new(AdmissionRule.ErrorOf(admission), guard, admission == Admission.Granted);
    }

    /// <summary>Records of offsets have no sequences.</summary>
    const int SequenceOfOffsets = -1;

    /// <summary>Whether the offsets may be written at this moment.</summary>
    public ErrorCode Check(CommitTransactional command)
    {
        var admission = Rule.Check(command.ProducerId, command.ProducerEpoch, command.Guard);
        if (admission == Admission.NotVerified && fault == PlantedFault.GuardNotRechecked) admission = Admission.Granted;
        if (admission != Admission.Granted) return AdmissionRule.ErrorOf(admission);
        var position = producers.Table.Find(command.ProducerId);
        if (position < 0) return ErrorCode.None;
        ref readonly var state = ref producers.Table[position];
        if (!state.HasOpenTransaction || state.TransactionEpoch == command.ProducerEpoch) return ErrorCode.None;
        // What an earlier epoch left open is ended by its coordinator: until then this would become a part of it.
        return command.Version >= FirstVersionThatAdds ? ErrorCode.ConcurrentTransactions : ErrorCode.InvalidTxnState;
    }
}
