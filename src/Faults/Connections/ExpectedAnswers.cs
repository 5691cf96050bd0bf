using System.Collections.Concurrent;

namespace Semel.Faults.Connections;

/// <summary>One answer that the broker owes.</summary>
/// <param name="Request">The request that it answers.</param>
/// <param name="IsSurplus">It answers the second delivery of a request, and the client does not get it.</param>
/// <param name="IsBehindNext">Its request overtook another: the client gets it after the next answer.</param>
readonly record struct ExpectedAnswer(FrameFacts Request, bool IsSurplus, bool IsBehindNext);

/// <summary>The answers that the broker owes on one connection, in the order in which they come. One side adds, the other takes.</summary>
sealed class ExpectedAnswers
{
    readonly ConcurrentQueue<ExpectedAnswer> _queue = new();

    public void Add(ExpectedAnswer answer) => _queue.Enqueue(answer);

    /// <summary>
    /// What an answer with this correlation id answers; null when it is none that was expected. Expectations before it are dropped:
    /// the broker answers in order, so it will not answer them any more.
    /// </summary>
    public ExpectedAnswer? Take(int correlationId)
    {
        if (_queue.TryPeek(out var first) && first.Request.CorrelationId != correlationId && !_queue.Any(expected => expected.Request.CorrelationId == correlationId)) return null;
        while (_queue.TryDequeue(out var expected))
        {
            if (expected.Request.CorrelationId == correlationId) return expected;
        }
        return null;
    }
}
