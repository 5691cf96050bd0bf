using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Errors;

namespace Semel.Client.Consuming.Reading;

/// <summary>A partition whose position a broker has to be asked about.</summary>
internal readonly record struct PositionQuestion(PartitionFeed Feed, int Epoch, NodeId Leader, int LeaderEpoch, OffsetQuery Query)
{
    public TopicPartition Partition => Feed.Position.Partition;
}

/// <summary>
/// Finds what a partition needs before it can be fetched: a leader, by asking for the metadata again and again, and an offset, by asking the leader. Each leader is
/// asked on its own, so that one that hangs holds up no other.
/// </summary>
internal sealed class PositionFinder : IAsyncDisposable
{
    readonly AssignedPartitions _assigned;
    readonly FetchDesk _desk;
    readonly ClusterConnections _connections;
    readonly ConsumerOptions _options;
    readonly CancellationToken _closing;
    readonly Signal _wake;
    readonly List<Task> _asking = [];
    readonly Task _loop;

    public PositionFinder(AssignedPartitions assigned, FetchDesk desk, ClusterConnections connections, ConsumerOptions options, CancellationToken closing)
    {
        (_assigned, _desk, _connections, _options, _closing) = (assigned, desk, connections, options, closing);
        _wake = new Signal(options.Time);
        _loop = Task.Run(RunAsync, CancellationToken.None);
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

    /// <summary>The partitions to ask about now; when there are none, how long to wait unless woken.</summary>
    List<PositionQuestion> TakeQuestions(out TimeSpan wait)
    {
        var questions = new List<PositionQuestion>();
        var next = TimeSpan.MaxValue;
        lock (_assigned.Gate)
        {
            var now = _assigned.Now;
            foreach (var feed in _assigned.Turns)
            {
                var position = feed.Position;
                var isLeaderless = position.Leader.Value < 0 && position.State != PositionState.Stopped;
                if ((!isLeaderless && position.State != PositionState.Resolving) || feed.LookUpEpoch == position.FetchEpoch) continue;
                if (position.RetryAt <= now && !isLeaderless)
                {
                    feed.LookUpEpoch = position.FetchEpoch;
                    questions.Add(new PositionQuestion(feed, position.FetchEpoch, position.Leader, position.LeaderEpoch, position.Query));
                    continue;
                }
                if (position.RetryAt <= now) LookForLeader(feed, now);
                next = position.RetryAt < next ? position.RetryAt : next;
            }
            wait = next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next - now;
        }
        return questions;
    }

    void LookForLeader(PartitionFeed feed, TimeSpan now)
    {
        var (name, number) = feed.Position.Partition;
        var topic = _assigned.Metadata.View.Find(name);
        _assigned.Metadata.RequestRefresh(name, _options.AllowAutoCreate);
        if (topic is null && _assigned.Metadata.LastFailure is null)
        {
            // The first answer is on its way: that is no failure yet.
            feed.Position.Wait(now, _options.Pauses);
            return;
        }
        var code = topic is null ? ErrorCode.LeaderNotAvailable
            : topic.Error != ErrorCode.None ? topic.Error
            : topic.Find(number) is not { } known ? ErrorCode.UnknownTopicOrPartition
            : known.Error != ErrorCode.None ? known.Error : ErrorCode.LeaderNotAvailable;
        var reason = topic is null ? $"no broker has told anything about topic {name}: {_assigned.Metadata.LastFailure}"
            : $"the cluster names no leader of {feed.Position.Partition}: {code}";
        if (feed.Position.LookUpFailed(feed.Position.FetchEpoch, code, reason, now, _options.Pauses) is { } fault) _assigned.Tell(fault);
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
        if (answer.Error != ErrorCode.None) NotFound(question, answer.Error, $"broker {question.Leader} answered the question where {question.Partition} has {question.Query} with {answer.Error}");
        // The broker has no record as young as the policy wants: the next one will be.
        else if (answer.Offset < 0 && question.Query.IsMoment) AskForEnd(question);
        else if (answer.Offset < 0) NotFound(question, ErrorCode.UnknownServerError, $"broker {question.Leader} names no offset for {question.Query} of {question.Partition}");
        else Found(question, answer);
    }

    void Found(in PositionQuestion question, in OffsetAnswer answer)
    {
        lock (_assigned.Gate)
        {
            question.Feed.LookUpEpoch = -1;
            var position = question.Feed.Position;
            var from = position.ResetFrom;
            if (!position.Resolve(question.Epoch, answer.Offset, answer.LeaderEpoch)) return;
            if (from >= 0) _assigned.Tell(new PartitionFault(ConsumeFault.OffsetOutOfRange, position.Partition, from, answer.Offset, ErrorCode.OffsetOutOfRange,
                $"offset {from} of {position.Partition} is not in the log; reading goes on at {answer.Offset} (auto.offset.reset={_options.Reset})"));
            _desk.Wake(question.Feed);
        }
        // Somebody may wait for the position only.
        _assigned.Arrived.Set();
    }

    void AskForEnd(in PositionQuestion question)
    {
        lock (_assigned.Gate)
        {
            question.Feed.LookUpEpoch = -1;
            if (question.Epoch == question.Feed.Position.FetchEpoch) question.Feed.Position.SeekBy(OffsetQuery.Latest);
        }
    }

    void NotFound(in PositionQuestion question, ErrorCode code, string reason)
    {
        lock (_assigned.Gate)
        {
            question.Feed.LookUpEpoch = -1;
            if (question.Feed.Position.LookUpFailed(question.Epoch, code, reason, _assigned.Now, _options.Pauses) is { } fault) _assigned.Tell(fault);
        }
        if (ErrorTable.Of(code).IsMetadataOld) _assigned.Metadata.RequestRefresh(question.Partition.Topic);
    }

    public async ValueTask DisposeAsync()
    {
        _wake.Set();
        await _loop.ConfigureAwait(false);
    }
}
