using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: a member of a KIP-848 group joins, shows that it lives, gives up partitions, leaves, all by this one request; it hears what it has from now on.
/// Nobody waits for anybody. The group machine decides.
/// Versions: 0 and 1. 1: regular expressions, and members that choose their id themselves (KIP-1082).
/// </summary>
internal sealed class ConsumerGroupHeartbeatHandler(GroupCoordinator groups) : Handler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    protected override async ValueTask<ConsumerGroupHeartbeatResponse> AnswerAsync(ConsumerGroupHeartbeatRequest request, Exchange exchange)
    {
        var reply = await groups.AskAsync(request.GroupId.Value, new ConsumerHeartbeat
        {
            GroupId = request.GroupId,
            MemberId = request.MemberId,
            MemberEpoch = request.MemberEpoch,
            InstanceId = request.InstanceId,
            RackId = request.RackId,
            RebalanceTimeoutMs = request.RebalanceTimeoutMs,
            Topics = request.SubscribedTopicNames,
            Pattern = request.SubscribedTopicRegex,
            Assignor = request.ServerAssignor,
            Owned = request.TopicPartitions is { } owned ? OwnedOf(owned) : null,
            Client = PeerIdentity.Of(exchange),
            Version = exchange.Version,
            FreshId = Guid.NewGuid().ToString(),
        });
        return reply is ConsumerHeartbeatReply answer ? Of(answer) : new() { ErrorCode = reply.Error, ErrorMessage = reply.Message };
    }

    static PartitionSet OwnedOf(List<ConsumerGroupHeartbeatRequest.TopicPartitionsData> topics) =>
        PartitionSet.Of(topics.SelectMany(static topic => topic.Partitions.Select(partition => new TopicIdPartition(topic.TopicId, partition))));

    static ConsumerGroupHeartbeatResponse Of(ConsumerHeartbeatReply reply) => new()
    {
        ErrorCode = reply.Error,
        ErrorMessage = reply.Message,
        MemberId = reply.MemberId,
        MemberEpoch = reply.MemberEpoch,
        HeartbeatIntervalMs = reply.HeartbeatIntervalMs,
        Assignment = reply.Assignment is { } assignment ? new()
        {
            TopicPartitions = [.. assignment.GroupBy(static partition => partition.TopicId).Select(static topic =>
                new ConsumerGroupHeartbeatResponse.TopicPartitions { TopicId = topic.Key, Partitions = [.. topic.Select(static partition => partition.Partition)] })],
        } : null,
    };
}
