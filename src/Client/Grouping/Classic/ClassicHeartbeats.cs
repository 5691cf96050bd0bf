using Semel.Client.Errors;
using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping.Classic;

/// <summary>When a classic member's heartbeats go out: one at a time, an interval after the last one, sooner when that was not answered.</summary>
internal sealed class ClassicHeartbeats(MemberTurn turn)
{
    readonly RetryPause _pause = new();
    PendingMemberRequest? _unanswered;
    TimeSpan _next;

    /// <summary>A new generation: its join was as good as a heartbeat.</summary>
    public void Restart()
    {
        Stop();
        _next = turn.Now + turn.Options.HeartbeatInterval;
    }

    public void Stop()
    {
        _unanswered = null;
        _pause.Clear();
    }

    public void Apply()
    {
        if (_unanswered is not null) return;
        var at = _pause.Failures > 0 ? _pause.Until : turn.State.IsConfirmationWanted ? turn.Now : _next;
        if (!turn.IsDue(at)) return;
        turn.State.IsConfirmationWanted = false;
        _next = turn.Now + turn.Options.HeartbeatInterval;
        _unanswered = turn.Send((id, anew) => new SendHeartbeat(id, anew, turn.State.Epoch, turn.State.MemberId));
    }

    /// <returns>The heartbeat that was answered; null when the answer is to something else, or was none.</returns>
    public PendingMemberRequest? Take(MemberAnswer answer)
    {
        if (answer.RequestId != _unanswered?.Id) return null;
        var answered = _unanswered;
        _unanswered = null;
        var reaction = ErrorTable.Of(answer.Error).Member;
        if (reaction is MemberReaction.Wait or MemberReaction.FindCoordinator)
        {
            turn.Retry(_pause, anew: reaction == MemberReaction.FindCoordinator);
            turn.Tell(new RequestFailed("Heartbeat", answer.Error, answer.Message));
            return null;
        }
        _pause.Clear();
        return answered;
    }
}
