using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Consuming.Reading;

/// <summary>Asks the leaders of any partitions for offsets: start, end, or the first record of a time. Thread safe.</summary>
internal sealed class OffsetLookup(ClusterConnections connections)
{
    readonly LeaderRounds _rounds = new(connections);

    /// <returns>One answer per question, in their order; those that could not be had in time with their last error.</returns>
    public Task<IReadOnlyList<LeaderAnswer<OffsetAnswer>>> AskAsync(IReadOnlyList<(TopicPartition Partition, OffsetQuery Query)> questions, IsolationLevel isolation, TimeSpan timeout, CancellationToken cancellation) =>
        _rounds.AskAsync(questions, static question => question.Partition, (leader, items, call) => AskLeaderAsync(leader, items, isolation, call), timeout, cancellation);

    /// <summary>A request may ask about a partition only once: what is asked twice goes into a second request.</summary>
    static async Task<IReadOnlyList<LeaderAnswer<OffsetAnswer>>> AskLeaderAsync(BrokerConnection leader, IReadOnlyList<((TopicPartition Partition, OffsetQuery Query) Item, int LeaderEpoch)> items,
        IsolationLevel isolation, BoundedCall call)
    {
        var answers = new LeaderAnswer<OffsetAnswer>[items.Count];
        var left = new List<int>();
        var version = leader.BestVersion<ListOffsetsRequest, ListOffsetsResponse>();
        for (var at = 0; at < items.Count; at++)
            if (version < new OffsetSpec(items[at].Item.Query.Timestamp).LowestVersion)
                answers[at] = new LeaderAnswer<OffsetAnswer>(ErrorCode.UnsupportedVersion, default, $"the broker at {leader.Address} is too old to tell where a partition has {items[at].Item.Query}. Ask a newer broker") { IsNotOffered = true };
            else left.Add(at);
        while (left.Count > 0)
        {
            var round = left.DistinctBy(at => items[at].Item.Partition).ToList();
            left = [.. left.Except(round)];
            var told = await OffsetExchange.AskAsync(leader, [.. round.Select(at => new OffsetQuestion(items[at].Item.Partition, items[at].LeaderEpoch, items[at].Item.Query))], isolation, call.RequestTimeout, call.Cancellation).ConfigureAwait(false);
            for (var index = 0; index < round.Count; index++)
                answers[round[index]] = new LeaderAnswer<OffsetAnswer>(told[index].Error, told[index],
                    told[index].Error == ErrorCode.None ? null : $"broker {leader.Node} answered the question where {told[index].Partition} has {items[round[index]].Item.Query} with {told[index].Error}");
        }
        return answers;
    }
}
