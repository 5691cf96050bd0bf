using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Errors;

namespace Semel.Client.Consuming.Reading;

/// <summary>
/// Asks what <see cref="LookUpRule"/> wants to know. Each leader is asked on its own, so that one that hangs holds up no other.
/// </summary>
internal sealed class PositionFinder : IAsyncDisposable
{
    readonly GuardedMachine _guarded;
    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationToken _closing;
    readonly Signal _wake;
    readonly List<Task> _asking = [];
    Task _loop = Task.CompletedTask;

    PositionFinder(GuardedMachine guarded, ClusterConnections connections, ConsumerOptions options, CancellationToken closing)
    {
        (_guarded, _connections, _options, _closing) = (guarded, connections, options, closing);
        _wake = new Signal(options.Time);
    }

    public static PositionFinder Start(GuardedMachine guarded, ClusterConnections connections, ConsumerOptions options, CancellationToken closing)
    {
        var finder = new PositionFinder(guarded, connections, options, closing);
        finder._loop = Task.Run(finder.RunAsync, CancellationToken.None);
        return finder;
    }

    public void Wake() => _wake.Set();

    async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            _asking.RemoveAll(static task => task.IsCompleted);
            var questions = TakeQuestions(out var wait);
            foreach (var leader in questions.GroupBy(static question => question.Leader)) _asking.Add(AskAsync(leader.Key, [.. leader]));
            if (questions.Count == 0) await _wake.WaitAsync(wait, _closing).ConfigureAwait(false);
        }
        await Task.WhenAll(_asking).ConfigureAwait(false);
    }

    List<PositionQuestion> TakeQuestions(out TimeSpan wait)
    {
        var metadata = _connections.Metadata;
        using var turn = _guarded.Enter();
        var questions = turn.Machine.TakeQuestions(new ClusterPicture(metadata.View, metadata.LastFailure), _guarded.Now, out var pause);
        wait = pause ?? Timeout.InfiniteTimeSpan;
        return questions;
    }

    async Task AskAsync(NodeId leader, PositionQuestion[] questions)
    {
        try
        {
            var connection = await _connections.GetAsync(leader, _closing).ConfigureAwait(false);
            var asked = questions.Select(static question => new OffsetQuestion(question.Partition, question.LeaderEpoch, question.Query)).ToArray();
            var answers = await OffsetExchange.AskAsync(connection, asked, _options.Isolation, _options.Connections.RequestTimeout, _closing).ConfigureAwait(false);
            for (var at = 0; at < questions.Length; at++) Take(questions[at], answers[at]);
        }
        catch (Exception failure)
        {
            // Whatever it was, the question stays and is asked again, after a pause.
            foreach (var question in questions) NotFound(question, ErrorCode.BrokerNotAvailable, failure.Message);
        }
        _wake.Set();
    }

    void Take(in PositionQuestion question, in OffsetAnswer answer)
    {
        if (answer.Error != ErrorCode.None)
        {
            NotFound(question, answer.Error, $"broker {question.Leader} answered the question where {question.Partition} has {question.Query} with {answer.Error}");
            return;
        }
        if (answer.Offset < 0 && !question.Query.IsMoment)
        {
            NotFound(question, ErrorCode.UnknownServerError, $"broker {question.Leader} names no offset for {question.Query} of {question.Partition}");
            return;
        }
        using var turn = _guarded.Enter();
        if (answer.Offset < 0) turn.Machine.AskForEnd(question);
        else turn.Machine.Found(question, answer.Offset, answer.LeaderEpoch);
    }

    void NotFound(in PositionQuestion question, ErrorCode code, string reason)
    {
        using (var turn = _guarded.Enter()) turn.Machine.NotFound(question, code, reason, _guarded.Now);
        if (ErrorTable.Of(code).IsMetadataOld) _connections.Metadata.RequestRefresh(question.Partition.Topic);
    }

    public async ValueTask DisposeAsync()
    {
        _wake.Set();
        await _loop.ConfigureAwait(false);
    }
}
