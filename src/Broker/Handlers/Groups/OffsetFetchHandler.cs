using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: tells committed offsets, in a turn of the coordinator's log, so never one that is not durable. A partition without one is -1, without an error.
/// Versions: 1 to 10. 2: all topics of the group. 7: stable offsets only (KIP-447). 8: several groups. 9: members of KIP-848 groups. 10: topics by id.
/// </summary>
internal sealed class OffsetFetchHandler(GroupCoordinator groups) : Handler<OffsetFetchRequest, OffsetFetchResponse>
{
    const short FirstWithError = 2, FirstWithGroups = 8, FirstById = 10;

    protected override async ValueTask<OffsetFetchResponse> AnswerAsync(OffsetFetchRequest request, Exchange exchange) => exchange.Version < FirstWithGroups
        ? await OfOneAsync(request, exchange.Version)
        : new() { Groups = [.. await Task.WhenAll(request.Groups.Select(group => OfAsync(group, request.RequireStable, exchange.Version >= FirstById)))] };

    async Task<OffsetFetchResponse> OfOneAsync(OffsetFetchRequest request, short version)
    {
        var reply = await groups.AskAsync(request.GroupId.Value, new FetchOffsets
        {
            GroupId = request.GroupId,
            RequireStable = request.RequireStable,
            Topics = request.Topics?.ConvertAll(topic => new TopicPartitions(topic.Name, TopicId.None, topic.PartitionIndexes)),
        });
        var topics = (reply as FetchedOffsets)?.Topics ?? [];
        // The first version has no other place for an error than the partitions.
        if (reply.Error != ErrorCode.None && version < FirstWithError)
            topics = [.. (request.Topics ?? []).Select(topic =>
                new FetchedTopic(topic.Name, TopicId.None, [.. topic.PartitionIndexes.Select(partition => FetchedOffset.None(partition, reply.Error))]))];
        return new()
        {
            ErrorCode = reply.Error,
            Topics = [.. topics.Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Name ?? "",
                Partitions = [.. topic.Partitions.Select(row => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = row.Partition,
                    CommittedOffset = row.Offset,
                    CommittedLeaderEpoch = row.LeaderEpoch,
                    Metadata = row.Metadata,
                    ErrorCode = row.Error,
                })],
            })],
        };
    }

    async Task<OffsetFetchResponse.OffsetFetchResponseGroup> OfAsync(OffsetFetchRequest.OffsetFetchRequestGroup group, bool requireStable, bool isById)
    {
        var reply = await groups.AskAsync(group.GroupId.Value, new FetchOffsets
        {
            GroupId = group.GroupId,
            MemberId = group.MemberId,
            MemberEpoch = group.MemberEpoch,
            RequireStable = requireStable,
            Topics = group.Topics?.ConvertAll(topic => new TopicPartitions(isById ? null : topic.Name, topic.TopicId, topic.PartitionIndexes)),
        });
        // A topic that nobody knows comes last, as from Apache Kafka.
        var topics = ((reply as FetchedOffsets)?.Topics ?? []).OrderBy(topic => topic.Name is null ? 1 : 0);
        return new()
        {
            GroupId = group.GroupId,
            ErrorCode = reply.Error,
            Topics = [.. topics.Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopics
            {
                Name = topic.Name ?? "",
                TopicId = topic.TopicId,
                Partitions = [.. topic.Partitions.Select(row => new OffsetFetchResponse.OffsetFetchResponsePartitions
                {
                    PartitionIndex = row.Partition,
                    CommittedOffset = row.Offset,
                    CommittedLeaderEpoch = row.LeaderEpoch,
                    Metadata = row.Metadata,
                    ErrorCode = row.Error,
                })],
            })],
        };
    }
}
