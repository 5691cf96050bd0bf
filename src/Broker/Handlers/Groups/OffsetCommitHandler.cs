using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: records offsets of a group, each partition by itself; answered when they are durable. They belong to the topic as it is now: one that is made
/// anew has none.
/// Versions: 2 to 10. To 4: how long the client wants them kept. 6: leader epochs. 7: static members. 9: members of KIP-848 groups. 10: topics by id.
/// </summary>
internal sealed class OffsetCommitHandler(GroupCoordinator groups) : Handler<OffsetCommitRequest, OffsetCommitResponse>
{
    const short FirstById = 10;

    protected override async ValueTask<OffsetCommitResponse> AnswerAsync(OffsetCommitRequest request, Exchange exchange)
    {
        var isById = exchange.Version >= FirstById;
        var reply = await groups.AskAsync(request.GroupId.Value, new CommitOffsets
        {
            GroupId = request.GroupId,
            GenerationOrEpoch = request.GenerationIdOrMemberEpoch,
            MemberId = request.MemberId,
            InstanceId = request.GroupInstanceId,
            Version = exchange.Version,
            RetentionMs = request.RetentionTimeMs,
            Topics = [.. request.Topics.Select(topic => new TopicCommit(isById ? null : topic.Name, topic.TopicId,
                [.. topic.Partitions.Select(one => new PartitionCommit(one.PartitionIndex, one.CommittedOffset, one.CommittedLeaderEpoch, one.CommittedMetadata))]))],
        });
        var errors = (reply as OffsetErrors)?.Topics ?? [.. request.Topics.Select(topic => (ErrorCode[])[.. topic.Partitions.Select(_ => reply.Error)])];
        return new()
        {
            Topics = [.. RefusedFirst.Of(errors).Select(row => new OffsetCommitResponse.OffsetCommitResponseTopic
            {
                Name = request.Topics[row.Topic].Name,
                TopicId = request.Topics[row.Topic].TopicId,
                Partitions = [.. row.Partitions.Select(partition => new OffsetCommitResponse.OffsetCommitResponsePartition
                {
                    PartitionIndex = request.Topics[row.Topic].Partitions[partition].PartitionIndex,
                    ErrorCode = errors[row.Topic][partition],
                })],
            })],
        };
    }
}
