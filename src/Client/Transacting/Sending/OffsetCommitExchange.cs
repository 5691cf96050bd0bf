using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Protocol.Messages;

namespace Semel.Client.Transacting.Sending;

/// <summary>
/// TxnOffsetCommit. Topics are named by their id when all of them are known (KIP-1319), so that offsets of a topic that is gone never go to another of its
/// name.
/// </summary>
internal static class OffsetCommitExchange
{
    const short FirstWithTopicIds = 6;

    public static bool NamesTopicsById(BrokerConnection connection, short highest) => connection.BestVersion<TxnOffsetCommitRequest,
        TxnOffsetCommitResponse>(highest) >= FirstWithTopicIds;

    public static async Task<CoordinatorAnswer> SendAsync(BrokerConnection connection, CommitOffsetsRequest commit, string transactionalId,
        ProducerOptions options, short lowest, short highest)
    {
        if (commit.Offsets.Any(static offset => offset.TopicId.IsNone)) highest = Math.Min(highest, (short)(FirstWithTopicIds - 1));
        var version = CoordinatorClient.Version<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(connection, lowest, highest);
        var topics = commit.Offsets.GroupBy(static offset => (offset.Partition.Topic, offset.TopicId)).ToArray();
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = new TransactionalId(transactionalId), GroupId = new GroupId(commit.Group.GroupId), ProducerId = commit.Identity.Id,
            ProducerEpoch = commit.Identity.Epoch,
            GenerationIdOrMemberEpoch = commit.Group.GenerationId, MemberId = commit.Group.MemberId, GroupInstanceId = commit.Group.GroupInstanceId,
            Topics = [.. topics.Select(static topic => new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
            {
                Name = topic.Key.Topic, TopicId = topic.Key.TopicId,
                Partitions = [.. topic.Select(static offset => new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition
                {
                    PartitionIndex = offset.Partition.Partition, CommittedOffset = offset.Offset, CommittedLeaderEpoch = offset.LeaderEpoch,
                        CommittedMetadata = offset.Metadata ?? "",
                })],
            })],
        };
        var response = await connection
            .SendAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, version, options.AnswerTimeout).ConfigureAwait(false);
        var told = response.Topics.SelectMany(topic => topic.Partitions.Select(partition =>
            (new TopicPartition(version < FirstWithTopicIds ? topic.Name : NameOf(topic.TopicId), partition.PartitionIndex), partition.ErrorCode)));
        return PartitionCodes.Answer(commit.Offsets.Select(static offset => offset.Partition), told);

        string NameOf(TopicId id) => topics.FirstOrDefault(topic => topic.Key.TopicId == id)?.Key.Topic ?? "";
    }
}
