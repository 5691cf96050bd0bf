using Semel.Client.Connections;
using Semel.Client.Consuming.Chunks;
using Semel.Protocol.Messages;

namespace Semel.Client.Consuming.Reading;

/// <summary>One partition of a ListOffsets request.</summary>
internal readonly record struct OffsetQuestion(TopicPartition Partition, int LeaderEpoch, OffsetQuery Query);

/// <summary>What a broker says: the offset and the timestamp of the record there, both -1 when there is none.</summary>
internal readonly record struct OffsetAnswer(TopicPartition Partition, ErrorCode Error, long Offset, long Timestamp, int LeaderEpoch);

/// <summary>The ListOffsets request and its answer, in this client's words.</summary>
internal static class OffsetExchange
{
    /// <returns>One answer per question. A partition that the broker left out has <see cref="ErrorCode.UnknownServerError"/>.</returns>
    /// <exception cref="BrokerConnectionException">There is no answer.</exception>
    public static async Task<IReadOnlyList<OffsetAnswer>> AskAsync(BrokerConnection connection, IReadOnlyCollection<OffsetQuestion> questions, IsolationLevel isolation,
        TimeSpan timeout, CancellationToken cancellation)
    {
        if (connection.BestVersion<ListOffsetsRequest, ListOffsetsResponse>() is not { } version)
            return [.. questions.Select(question => new OffsetAnswer(question.Partition, ErrorCode.UnsupportedVersion, -1, -1, -1))];
        var request = Request(questions, version >= 2 ? isolation : IsolationLevel.ReadUncommitted, timeout);
        var response = await connection.SendAsync<ListOffsetsRequest, ListOffsetsResponse>(request, version, timeout, cancellation).ConfigureAwait(false);
        var answered = new Dictionary<TopicPartition, OffsetAnswer>();
        foreach (var topic in response.Topics)
            foreach (var partition in topic.Partitions)
            {
                var name = new TopicPartition(topic.Name, partition.PartitionIndex);
                answered[name] = new OffsetAnswer(name, partition.ErrorCode, partition.Offset, partition.Timestamp, partition.LeaderEpoch);
            }
        return [.. questions.Select(question => answered.TryGetValue(question.Partition, out var answer) ? answer : new OffsetAnswer(question.Partition, ErrorCode.UnknownServerError, -1, -1, -1))];
    }

    static ListOffsetsRequest Request(IReadOnlyCollection<OffsetQuestion> questions, IsolationLevel isolation, TimeSpan timeout) => new()
    {
        ReplicaId = NodeId.None,
        IsolationLevel = isolation,
        TimeoutMs = (int)Math.Min(timeout.TotalMilliseconds, int.MaxValue),
        Topics = [.. questions.GroupBy(question => question.Partition.Topic).Select(topic => new ListOffsetsRequest.ListOffsetsTopic
        {
            Name = topic.Key,
            Partitions = [.. topic.Select(question => new ListOffsetsRequest.ListOffsetsPartition
            {
                PartitionIndex = question.Partition.Partition, CurrentLeaderEpoch = question.LeaderEpoch, Timestamp = question.Query.Timestamp,
            })],
        })],
    };
}
