using Semel.Client.Connections;

namespace Semel.Client.Consuming;

/// <summary>A partition whose position a broker has to be asked about.</summary>
internal readonly record struct PositionQuestion(PartitionFeed Feed, int Epoch, NodeId Leader, int LeaderEpoch, OffsetQuery Query)
{
    public TopicPartition Partition => Feed.Position.Partition;
}

/// <summary>Finds the positions that are not known yet, asking the leaders of their partitions; each leader on its own, so that one that hangs holds up no other.</summary>
internal sealed class PositionFinder : IAsyncDisposable
{
    readonly RecordSource _source;
    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationToken _closing;
    readonly Signal _wake;
    readonly List<Task> _asking = [];
    readonly Task _loop;

    public PositionFinder(RecordSource source, ClusterConnections connections, ConsumerOptions options, CancellationToken closing)
    {
        (_source, _connections, _options, _closing) = (source, connections, options, closing);
        _wake = new Signal(options.Time);
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    public void Wake() => _wake.Set();

    async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            _asking.RemoveAll(static task => task.IsCompleted);
            var questions = _source.TakeQuestions(out var wait);
            foreach (var leader in questions.GroupBy(static question => question.Leader)) _asking.Add(AskAsync(leader.Key, [.. leader]));
            if (questions.Count == 0) await _wake.WaitAsync(wait, _closing).ConfigureAwait(false);
        }
        await Task.WhenAll(_asking).ConfigureAwait(false);
    }

    async Task AskAsync(NodeId leader, PositionQuestion[] questions)
    {
        try
        {
            var connection = await _connections.GetAsync(leader, _closing).ConfigureAwait(false);
            await AskAsync(connection, questions).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is BrokerConnectionException or OperationCanceledException or ObjectDisposedException)
        {
            foreach (var question in questions) _source.NotFound(question, ErrorCode.BrokerNotAvailable, failure.Message);
        }
        _wake.Set();
    }

    async Task AskAsync(BrokerConnection connection, PositionQuestion[] questions)
    {
        var asked = questions.Select(static question => new OffsetQuestion(question.Partition, question.LeaderEpoch, question.Query)).ToArray();
        var answers = await OffsetExchange.AskAsync(connection, asked, _options.Isolation, _options.Connections.RequestTimeout, _closing).ConfigureAwait(false);
        for (var at = 0; at < questions.Length; at++)
        {
            if (answers[at].Error == ErrorCode.None) _source.Found(questions[at], answers[at].Offset, answers[at].LeaderEpoch);
            else _source.NotFound(questions[at], answers[at].Error, $"broker {connection.Node} answered the question where {questions[at].Partition} has {questions[at].Query} with {answers[at].Error}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _wake.Set();
        await _loop.ConfigureAwait(false);
    }
}
