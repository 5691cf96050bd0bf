using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What is committed for a witness's partition, read when it is stable.</summary>
/// <param name="Offset">-1 when nothing is.</param>
internal readonly record struct WitnessFound(long Offset, string? Metadata);

/// <summary>
/// Offsets are committed with the records or not at all, so they tell afterwards which way a transaction went. One that has none gets one of the library's
/// own where transaction.witness.group is set: the transaction's number, with the identity that wrote it, for a partition that the transaction wrote to.
/// </summary>
internal static class WitnessRule
{
    /// <returns>Whether the end has to wait for it.</returns>
    public static bool AddIfWanted(ProducerTurn turn, TransactionContext context, OpenTransaction open)
    {
        if (turn.State.Options.WitnessGroup is not { } group
            || open is not { IsCommit: true, Offsets.Count: 0, OwnWitness: null, HasSucceeded: true, FirstWritten: { } partition }) return false;
        var witness = new Witness(group, partition, context.Number, Mark(context.TransactionalId, turn.State.Identity));
        open.OwnWitness = witness;
        var topicId = turn.State.Find(partition)?.TopicId ?? TopicId.None;
        open.OffsetsLine.Enqueue(new OffsetsJob(null, ConsumerGroupMetadata.ForSimpleGroup(group),
            [new OffsetToSend(partition, witness.Offset, topicId, -1, witness.Metadata)]));
        OffsetsRule.Apply(turn, context);
        return true;
    }

    static string Mark(string transactionalId, ProducerIdentity identity) => $"{identity.Id}/{identity.Epoch} {transactionalId}";

    /// <summary>All at or beyond what was sent: committed. Otherwise aborted. An own witness that somebody else has overwritten tells nothing.</summary>
    /// <param name="found">One for each witness, in their order.</param>
    public static TransactionOutcome Judge(IReadOnlyList<Witness> witnesses, IReadOnlyList<WitnessFound> found)
    {
        if (witnesses.Count == 0) return TransactionOutcome.Unknown;
        for (var index = 0; index < witnesses.Count; index++)
        {
            var one = Judge(witnesses[index], found[index]);
            if (one != TransactionOutcome.Committed) return one;
        }
        return TransactionOutcome.Committed;
    }

    static TransactionOutcome Judge(Witness witness, WitnessFound found)
    {
        if (witness.Metadata is null) return found.Offset >= witness.Offset ? TransactionOutcome.Committed : TransactionOutcome.Aborted;
        if (found.Offset < 0) return TransactionOutcome.Aborted;
        if (found.Metadata == witness.Metadata) return found.Offset >= witness.Offset ? TransactionOutcome.Committed : TransactionOutcome.Aborted;
        return IsEarlier(found.Metadata, witness.Metadata) ? TransactionOutcome.Aborted : TransactionOutcome.Unknown;
    }

    /// <summary>Whether the same producer id wrote it under a lower epoch of the same transactional id.</summary>
    static bool IsEarlier(string? found, string ours) =>
        TryRead(found, out var theirId, out var theirEpoch, out var theirName) && TryRead(ours, out var ourId, out var ourEpoch, out var ourName)
        && theirId == ourId && theirName == ourName && theirEpoch < ourEpoch;

    static bool TryRead(string? text, out long id, out short epoch, out string name)
    {
        (id, epoch, name) = (0, 0, "");
        if (text is null || text.IndexOf(' ') is var end && end < 0 || text.IndexOf('/') is var slash && (slash < 0 || slash > end)) return false;
        name = text[(end + 1)..];
        return long.TryParse(text.AsSpan(0, slash), out id) && short.TryParse(text.AsSpan(slash + 1, end - slash - 1), out epoch);
    }
}
