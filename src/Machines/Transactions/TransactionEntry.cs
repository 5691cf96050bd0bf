using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>One transactional id: what is recorded of it, and what is known of it besides for as long as the process lives.</summary>
internal sealed class TransactionEntry(TransactionalId id)
{
    /// <summary>For <see cref="UpdatedAt"/> of what an earlier process recorded.</summary>
    public static readonly TimeSpan Earlier = TimeSpan.MinValue;

    public TransactionalId Id => id;

    // Not a property: rules look at it in place.
    public TransactionFacts Facts;

    /// <summary>When it was recorded, by the steady clock.</summary>
    public TimeSpan UpdatedAt;

    /// <summary>The newest connection on which a client spoke to this coordinator for the present id and epoch; 0 when none did.</summary>
    public long NewestSpeaker;

    /// <summary>Null unless an end is under way.</summary>
    public OutstandingEnd? End;

    // The connections to a partition, to this coordinator and to that of a group may differ: no client has more for one id.
    long _used1, _used2, _used3;

    internal long DueAt;
    internal int Place = TransactionTimers.Nowhere;

    public void UsedBy(long ordinal)
    {
        if (ordinal == 0 || ordinal == _used1) return;
        if (ordinal != _used2) _used3 = _used2;
        (_used1, _used2) = (ordinal, _used1);
    }

    public void Notice(TransactionEvent what, Moment now, TurnOutput<TransactionReply> output, ParticipantAnswer? answer = null)
    {
        var since = what == TransactionEvent.Expired ? Facts.UpdatedMs : Facts.StartMs;
        output.Emit(new TransactionNotice(what, Id, Facts.ProducerId, Facts.Epoch, Facts.Participants.Count, now.Wall.UnixMilliseconds - since) { Answer = answer });
    }

    public bool IsUsedBy(IReadOnlySet<long> connections) => connections.Contains(_used1) || connections.Contains(_used2) || connections.Contains(_used3);
}
