using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>
/// One kind of request that is asked for until it is answered: at most one of it is on its way. What was sent before and what the pauses are is remembered
/// here, what an answer means is decided by the rules.
/// </summary>
internal sealed class CoordinatorLane
{
    long? _requestId;
    TimeSpan _retryAt;
    TimeSpan? _concurrentSince;
    int _failures;
    bool _looksUp, _isQuestion;

    public CoordinatorRequest? Request { get; private set; }

    /// <summary>Whether something that was asked has no answer yet.</summary>
    public bool IsBusy => _requestId is not null;
    /// <summary>The same of a request to a coordinator, which may still change something there.</summary>
    public bool HasRequest => IsBusy && !_isQuestion;

    /// <summary>Answers in a row that explained nothing.</summary>
    public int UnexplainedAnswers { get; set; }
    /// <summary>Since when the answer has been that a topic is unknown.</summary>
    public TimeSpan? UnknownSince { get; set; }

    public bool Awaits(long requestId) => _requestId == requestId;

    public bool MaySend(ProducerTurn turn)
    {
        if (IsBusy) return false;
        if (_retryAt <= turn.Now) return true;
        turn.WakeAt(_retryAt);
        return false;
    }

    public void Send(ProducerTurn turn, CoordinatorRequest request)
    {
        Request = request;
        turn.Add(new AskCoordinator(Await(turn), request, _looksUp));
        (_looksUp, _isQuestion) = (false, false);
    }

    /// <summary>Something is asked that is no request to a coordinator and keeps the lane busy all the same.</summary>
    public long Await(ProducerTurn turn)
    {
        var id = turn.State.NextRequestId++;
        (_requestId, _isQuestion) = (id, true);
        return id;
    }

    /// <summary>The answer is here.</summary>
    public void End() => _requestId = null;

    /// <summary>Tried again after a pause.</summary>
    public void Pause(ProducerTurn turn, TransactionReaction reaction)
    {
        _failures++;
        if (reaction == TransactionReaction.RetrySoon)
        {
            _concurrentSince ??= turn.Now;
            _retryAt = turn.Now + ConcurrentPause.After(_failures, turn.Now - _concurrentSince.Value);
            return;
        }
        _concurrentSince = null;
        _looksUp |= reaction == TransactionReaction.RetryElsewhere;
        _retryAt = turn.Now + turn.RetryDelay(_failures);
    }

    /// <summary>It succeeded, or something else is asked from now on. What has no answer yet is not waited for.</summary>
    public void Reset()
    {
        (_requestId, _retryAt, _concurrentSince, _failures) = (null, default, null, 0);
        (UnexplainedAnswers, UnknownSince) = (0, null);
    }
}
