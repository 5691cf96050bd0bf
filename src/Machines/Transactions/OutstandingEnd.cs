using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>
/// The end of one transaction while not all participants know it, and who waits for that. Nothing of it is recorded: after a restart all participants are told again, and
/// nobody waits any more.
/// </summary>
internal sealed class OutstandingEnd(EndNumber number, ParticipantSet participants)
{
    enum Status : byte { Told, Failed, Ended }

    readonly Status[] _status = new Status[participants.Count];
    int _left = participants.Count;

    public EndNumber Number => number;
    public bool IsComplete => _left == 0;

    /// <summary>Nothing more is done for it.</summary>
    public bool IsHalted { get; private set; }

    /// <summary>Who waits for the answer to its command; null when nobody does.</summary>
    public Waiting? Waiter { get; set; }

    /// <summary>When those that failed are asked again, by the steady clock; null when there are none.</summary>
    public TimeSpan? RetryAt { get; private set; }

    TimeSpan _pause;

    /// <summary>When something has to be done, whatever happens before.</summary>
    public TimeSpan? DueAt
    {
        get
        {
            var retry = IsHalted ? null : RetryAt;
            return retry is null || Waiter?.Until < retry ? Waiter?.Until : retry;
        }
    }

    /// <returns>What the answer means; null when it was answered for already, or is none of its participants.</returns>
    public ParticipantOutcome? Answered(in ParticipantAnswer answer)
    {
        var index = participants.IndexOf(answer.Participant);
        if (index < 0 || _status[index] != Status.Told) return null;
        var outcome = ParticipantAnswerRule.Of(answer.Error);
        if (outcome is ParticipantOutcome.Ended or ParticipantOutcome.MovedOn)
        {
            _status[index] = Status.Ended;
            _left--;
        }
        else _status[index] = Status.Failed;
        IsHalted |= outcome == ParticipantOutcome.Halted;
        return outcome;
    }

    /// <summary>One has failed: it has its pause, together with those that fail meanwhile.</summary>
    /// <returns>Whether this is the first of the longest pauses.</returns>
    public bool PauseFailed(TimeSpan now, TransactionOptions options)
    {
        if (RetryAt is not null) return false;
        var before = _pause;
        _pause = before == default ? options.FirstPause : before * 2 < options.LongestPause ? before * 2 : options.LongestPause;
        RetryAt = now + _pause;
        return _pause == options.LongestPause && before != _pause;
    }

    /// <summary>Those that failed are told again.</summary>
    public List<Participant> Again()
    {
        RetryAt = null;
        var again = new List<Participant>();
        for (var index = 0; index < _status.Length; index++)
        {
            if (_status[index] != Status.Failed) continue;
            _status[index] = Status.Told;
            again.Add(participants[index]);
        }
        return again;
    }

    /// <param name="Init">What goes on when the end is complete; null when the answer is <paramref name="Answer"/>.</param>
    /// <param name="Answer">What is answered when the end is complete, or the time to wait for it is over.</param>
    /// <param name="Until">By the steady clock.</param>
    public sealed record Waiting(long Ticket, TransactionCommand.InitProducerId? Init, TransactionReply Answer, TimeSpan Until);
}
