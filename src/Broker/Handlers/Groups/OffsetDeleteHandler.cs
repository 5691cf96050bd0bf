using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: forgets offsets of topics that no member of the group reads (KIP-496), those that transactions hold as well.
/// Versions: 0.
/// </summary>
internal sealed class OffsetDeleteHandler(GroupCoordinator groups) : Handler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    protected override async ValueTask<OffsetDeleteResponse> AnswerAsync(OffsetDeleteRequest request, Exchange exchange)
    {
        var reply = await groups.AskAsync(request.GroupId.Value, new DeleteOffsets
        {
            GroupId = request.GroupId,
            Topics = [.. request.Topics.Select(topic =>
                new TopicPartitions(topic.Name, TopicId.None, [.. topic.Partitions.Select(partition => partition.PartitionIndex)]))],
        });
        if (reply is not OffsetErrors { Error: ErrorCode.None } deleted) return new() { ErrorCode = reply.Error };
        return new()
        {
            Topics = [.. RefusedFirst.Of(deleted.Topics).Select(row => new OffsetDeleteResponse.OffsetDeleteResponseTopic
            {
                Name = request.Topics[row.Topic].Name,
                Partitions = [.. row.Partitions.Select(partition => new OffsetDeleteResponse.OffsetDeleteResponsePartition
                {
                    PartitionIndex = request.Topics[row.Topic].Partitions[partition].PartitionIndex,
                    ErrorCode = deleted.Topics[row.Topic][partition],
                })],
            })],
        };
    }
}
