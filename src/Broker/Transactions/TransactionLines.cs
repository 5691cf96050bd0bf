using Microsoft.Extensions.Logging;
using Semel.Machines.Transactions;

namespace Semel.Broker.Transactions;

/// <summary>What coordinators do by themselves, as lines of the broker's log: what happened to which transaction, and why.</summary>
internal static class TransactionLines
{
    public static void Write(TransactionNotice notice, ILogger logger)
    {
        var (id, pid, epoch) = (notice.TransactionalId, notice.ProducerId, notice.Epoch);
        switch (notice.Event)
        {
            case TransactionEvent.TimedOut:
                Broker.Log.TransactionTimedOut(logger, id, pid, epoch, notice.OpenMs, notice.Participants);
                break;
            case TransactionEvent.Replaced:
                Broker.Log.TransactionReplaced(logger, id, pid, epoch, notice.OpenMs, notice.Participants);
                break;
            case TransactionEvent.Aborted:
                Broker.Log.TransactionAborted(logger, id, pid, epoch, notice.OpenMs, notice.Participants);
                break;
            case TransactionEvent.Expired:
                Broker.Log.TransactionalIdExpired(logger, id, pid, notice.OpenMs);
                break;
            case TransactionEvent.ParticipantMovedOn when notice.Answer is { } answer:
                Broker.Log.ParticipantMovedOn(logger, id, pid, epoch, answer.Participant.Topic, answer.Participant.Partition);
                break;
            case TransactionEvent.Delayed when notice.Answer is { } answer:
                Broker.Log.TransactionDelayed(logger, id, pid, epoch, answer.Participant.Topic, answer.Participant.Partition, answer.Error);
                break;
            case TransactionEvent.Halted when notice.Answer is { } answer:
                Broker.Log.TransactionHalted(logger, id, pid, epoch, answer.Participant.Topic, answer.Participant.Partition, answer.Error);
                break;
        }
    }
}
