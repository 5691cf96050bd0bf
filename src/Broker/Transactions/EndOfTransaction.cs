using Microsoft.Extensions.Logging;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Transactions;

/// <summary>
/// Tells the participants of one transaction its end, all at once, so that what they write shares a forced write, and brings their answers back: those that have come
/// while one command with answers is on its way go together with the next.
/// </summary>
/// <param name="ask">Asks the coordinator.</param>
internal sealed class EndOfTransaction(EndParticipants end, IParticipants participants, Func<TransactionCommand, Task<TransactionReply>> ask, TimeProvider time, ILogger logger)
{
    readonly Lock _gate = new();
    List<ParticipantAnswer> _answers = [];
    bool _isOnItsWay;

    /// <summary>Returns when all have been told; they answer later.</summary>
    public void Tell()
    {
        foreach (var participant in end.Participants) _ = TellAsync(participant);
    }

    async Task TellAsync(Participant participant)
    {
        ErrorCode error;
        try
        {
            error = await participants.EndAsync(participant, end.Marker);
        }
        catch (Exception exception)
        {
            Broker.Log.ParticipantFailed(logger, end.TransactionalId, participant.Topic, participant.Partition, exception);
            error = ErrorCode.RequestTimedOut;
        }
        await BringAsync(new(participant, error));
    }

    async Task BringAsync(ParticipantAnswer answer)
    {
        lock (_gate)
        {
            _answers.Add(answer);
            if (_isOnItsWay) return;
            _isOnItsWay = true;
        }
        while (Take() is { } answers) await TransactionReport.BringAsync(ask, new TransactionCommand.ParticipantsAnswered(end.TransactionalId, end.End, answers), time);
    }

    List<ParticipantAnswer>? Take()
    {
        lock (_gate)
        {
            if (_answers.Count == 0)
            {
                _isOnItsWay = false;
                return null;
            }
            var taken = _answers;
            _answers = [];
            return taken;
        }
    }
}
