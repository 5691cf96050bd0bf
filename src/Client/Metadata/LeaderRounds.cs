using Semel.Client.Connections;
using Semel.Client.Errors;
using Semel.Protocol;

namespace Semel.Client.Metadata;

/// <summary>What the leader of a partition said about one item; the last thing that went wrong when it said nothing in time.</summary>
internal readonly record struct LeaderAnswer<TValue>(ErrorCode Error, TValue? Value, string? Reason = null)
{
    public bool IsSuccess => Error == ErrorCode.None;

    /// <summary>The broker explained its refusal: asking again brings the same words.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The broker has no such request: the reason says what to do.</summary>
    public bool IsNotOffered { get; init; }

    public bool IsAskedAgain => !IsFinal && ErrorTable.Of(Error).Passes;
}

/// <summary>
/// Asks the leaders of any partitions about them, each leader once a round and all at the same time. What failed in a way that passes is asked again,
/// of whoever leads then, until the call's time is up. Only for questions that may be repeated. Thread safe.
/// </summary>
internal sealed class LeaderRounds(ClusterConnections connections)
{
    /// <summary>Timers that end a request or a wait fire a little before or after the call's own time is over.</summary>
    static readonly TimeSpan AlmostOver = TimeSpan.FromMilliseconds(100);

    /// <summary>Sends one request about some items to their leader.</summary>
    /// <returns>One answer per item, in their order.</returns>
    public delegate Task<IReadOnlyList<LeaderAnswer<TValue>>> Ask<TItem, TValue>(BrokerConnection leader, IReadOnlyList<(TItem Item, int LeaderEpoch)> items, BoundedCall call);

    /// <param name="asksReplicas">Whether a partition without a leader is asked about at a broker that holds it, which can say why it does not lead.</param>
    /// <returns>One answer per item, in their order.</returns>
    public async Task<IReadOnlyList<LeaderAnswer<TValue>>> AskAsync<TItem, TValue>(
        IReadOnlyList<TItem> items, Func<TItem, TopicPartition> partitionOf, Ask<TItem, TValue> ask, TimeSpan timeout,
        CancellationToken cancellation, bool asksReplicas = false)
    {
        var answers = new LeaderAnswer<TValue>?[items.Count];
        var call = new BoundedCall(connections, timeout, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            var open = Enumerable.Range(0, items.Count).Where(at => answers[at] is not { } answer || answer.IsAskedAgain).ToArray();
            if (open.Length == 0 || (attempt > 1 && !await call.TryPauseAsync(connections.Options.Retrying.After(attempt - 1)).ConfigureAwait(false))) break;
            await RoundAsync(open, items, partitionOf, ask, call, asksReplicas, answers).ConfigureAwait(false);
        }
        return [.. answers.Select(static answer => answer!.Value)];
    }

    async Task RoundAsync<TItem, TValue>(
        int[] open, IReadOnlyList<TItem> items, Func<TItem, TopicPartition> partitionOf, Ask<TItem, TValue> ask, BoundedCall call, bool asksReplicas,
        LeaderAnswer<TValue>?[] answers)
    {
        var byLeader = new Dictionary<NodeId, List<(int At, int LeaderEpoch)>>();
        foreach (var at in open)
        {
            var (leader, error, reason) = await LeaderAsync(partitionOf(items[at]), call, asksReplicas).ConfigureAwait(false);
            if (leader is null) NotAsked(at, error, reason);
            else if (byLeader.TryGetValue(leader.LeaderId, out var list)) list.Add((at, leader.LeaderEpoch));
            else byLeader[leader.LeaderId] = [(at, leader.LeaderEpoch)];
        }
        await Task.WhenAll(byLeader.Select(async group =>
        {
            try
            {
                var connection = await call.BrokerAsync(group.Key).ConfigureAwait(false);
                var told = await ask(connection, [.. group.Value.Select(entry => (items[entry.At], entry.LeaderEpoch))], call).ConfigureAwait(false);
                for (var index = 0; index < told.Count; index++) answers[group.Value[index].At] = told[index];
            }
            catch (BrokerConnectionException lost)
            {
                foreach (var (at, _) in group.Value) NotAsked(at, ErrorCode.NetworkException, lost.Message);
            }
        })).ConfigureAwait(false);
        foreach (var at in open)
            if (ErrorTable.Of(answers[at]!.Value.Error).Passes) connections.Metadata.RequestRefresh(partitionOf(items[at]).Topic);

        // That the time was over tells less than what a broker said before.
        void NotAsked(int at, ErrorCode error, string? reason)
        {
            if (answers[at] is { Error: not ErrorCode.NetworkException } && call.Left < AlmostOver) return;
            answers[at] = new LeaderAnswer<TValue>(error, default, reason);
        }
    }

    async Task<(PartitionMetadata? Leader, ErrorCode Error, string? Reason)> LeaderAsync(TopicPartition partition, BoundedCall call, bool asksReplicas)
    {
        try
        {
            var topic = await call.TopicAsync(partition.Topic).ConfigureAwait(false);
            if (topic.Find(partition.Partition) is { HasLeader: true } leader) return (leader, ErrorCode.None, null);
            if (asksReplicas && topic.Find(partition.Partition) is { } leaderless && leaderless.Replicas.Any(connections.Metadata.View.Brokers.ContainsKey))
                return (leaderless with { LeaderId = leaderless.Replicas.First(connections.Metadata.View.Brokers.ContainsKey) }, ErrorCode.None, null);
            if (topic.Error != ErrorCode.None) return (null, topic.Error, $"the cluster answers the question for topic {partition.Topic} with {topic.Error}");
            return topic.Find(partition.Partition) is null
                ? (null, ErrorCode.UnknownTopicOrPartition, $"topic {partition.Topic} has {topic.Partitions.Count} partitions, none of them is number {partition.Partition}")
                : (null, ErrorCode.LeaderNotAvailable, $"{partition} has no leader");
        }
        catch (BrokerConnectionException lost)
        {
            return (null, ErrorCode.NetworkException, lost.Message);
        }
    }
}
