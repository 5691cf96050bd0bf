using Semel.Client.Connections;
using Semel.Client.Metadata;

namespace Semel.Client.Consuming;

/// <summary>
/// Asks the leaders of any partitions for offsets: start, end, or the first record of a time. What fails in a way that passes is asked again, of
/// whoever leads then, until the time is up. Thread safe.
/// </summary>
internal sealed class OffsetLookup(ClusterConnections connections)
{
    ConnectionOptions Options => connections.Options;

    /// <returns>One answer per question, in their order; those that could not be had in time with their last error.</returns>
    /// <exception cref="BrokerConnectionException">No broker could be asked about any of them.</exception>
    public async Task<IReadOnlyList<OffsetAnswer>> AskAsync(IReadOnlyList<(TopicPartition Partition, OffsetQuery Query)> questions, IsolationLevel isolation, TimeSpan timeout, CancellationToken cancellation)
    {
        var deadline = Options.TimeProvider.GetTimestamp();
        var answers = new Dictionary<(TopicPartition, OffsetQuery), OffsetAnswer>();
        BrokerConnectionException? lost = null;
        for (var attempt = 1; ; attempt++)
        {
            var open = questions.Where(question => !answers.TryGetValue(question, out var answer) || IsRetriable(answer.Error)).ToArray();
            var left = timeout - Options.TimeProvider.GetElapsedTime(deadline);
            if (open.Length == 0 || left <= TimeSpan.Zero) break;
            try
            {
                foreach (var (question, answer) in await AskOnceAsync(open, isolation, left, cancellation).ConfigureAwait(false)) answers[question] = answer;
            }
            catch (BrokerConnectionException failure) { lost = failure; }
            if (open.All(question => answers.TryGetValue(question, out var answer) && !IsRetriable(answer.Error))) break;
            var pause = Options.Retrying.After(attempt);
            await Task.Delay(pause < left ? pause : left, Options.TimeProvider, cancellation).ConfigureAwait(false);
        }
        if (answers.Count == 0 && lost is not null) throw lost;
        return [.. questions.Select(question => answers.TryGetValue(question, out var answer) ? answer : new OffsetAnswer(question.Partition, ErrorCode.RequestTimedOut, -1, -1, -1))];
    }

    public static bool IsRetriable(ErrorCode error) =>
        error is not ErrorCode.None && FetchReactions.To(error) is FetchReaction.RefreshMetadata or FetchReaction.Retry || error == ErrorCode.RequestTimedOut;

    /// <summary>One round: each leader once, at the same time.</summary>
    async Task<List<((TopicPartition, OffsetQuery), OffsetAnswer)>> AskOnceAsync((TopicPartition Partition, OffsetQuery Query)[] questions, IsolationLevel isolation, TimeSpan left, CancellationToken cancellation)
    {
        var answers = new List<((TopicPartition, OffsetQuery), OffsetAnswer)>();
        var byLeader = new Dictionary<NodeId, List<(OffsetQuestion Question, (TopicPartition, OffsetQuery) Key)>>();
        foreach (var question in questions)
        {
            var topic = await connections.Metadata.GetAsync(question.Partition.Topic, allowAutoCreate: false, cancellation).ConfigureAwait(false);
            if (Leader(topic, question.Partition, out var error) is not { } leader)
            {
                answers.Add((question, new OffsetAnswer(question.Partition, error, -1, -1, -1)));
                connections.Metadata.RequestRefresh(question.Partition.Topic);
                continue;
            }
            if (!byLeader.TryGetValue(leader.LeaderId, out var list)) byLeader[leader.LeaderId] = list = [];
            list.Add((new OffsetQuestion(question.Partition, leader.LeaderEpoch, question.Query), question));
        }
        var rounds = await Task.WhenAll(byLeader.Select(group => AskLeaderAsync(group.Key, group.Value, isolation, left, cancellation))).ConfigureAwait(false);
        return [.. answers, .. rounds.SelectMany(static round => round)];
    }

    static PartitionMetadata? Leader(TopicMetadata topic, TopicPartition partition, out ErrorCode error)
    {
        var found = topic.Find(partition.Partition);
        error = found is null ? topic.Error != ErrorCode.None ? topic.Error : ErrorCode.UnknownTopicOrPartition : ErrorCode.LeaderNotAvailable;
        return found is { HasLeader: true } ? found : null;
    }

    async Task<List<((TopicPartition, OffsetQuery), OffsetAnswer)>> AskLeaderAsync(NodeId leader, List<(OffsetQuestion Question, (TopicPartition, OffsetQuery) Key)> group,
        IsolationLevel isolation, TimeSpan left, CancellationToken cancellation)
    {
        var answers = new List<((TopicPartition, OffsetQuery), OffsetAnswer)>();
        try
        {
            var connection = await connections.GetAsync(leader, cancellation).ConfigureAwait(false);
            // A partition may be asked about once per request only.
            for (var rest = group; rest.Count > 0;)
            {
                var round = rest.DistinctBy(entry => entry.Question.Partition).ToList();
                rest = rest.Except(round).ToList();
                var timeout = left < Options.RequestTimeout ? left : Options.RequestTimeout;
                var round1 = await OffsetExchange.AskAsync(connection, [.. round.Select(entry => entry.Question)], isolation, timeout, cancellation).ConfigureAwait(false);
                for (var at = 0; at < round.Count; at++) answers.Add((round[at].Key, round1[at]));
            }
        }
        catch (BrokerConnectionException)
        {
            foreach (var entry in group.Skip(answers.Count)) answers.Add((entry.Key, new OffsetAnswer(entry.Question.Partition, ErrorCode.BrokerNotAvailable, -1, -1, -1)));
        }
        foreach (var (_, answer) in answers)
            if (FetchReactions.To(answer.Error) == FetchReaction.RefreshMetadata) connections.Metadata.RequestRefresh(answer.Partition.Topic);
        return answers;
    }
}
