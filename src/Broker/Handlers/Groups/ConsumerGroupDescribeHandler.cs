using Semel.Broker.Door;
using Semel.Broker.Groups;
using Semel.Broker.Handlers.Cluster;
using Semel.Machines.Catalog;
using Semel.Machines.Groups.Consumer;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// Behaviour: describes groups of KIP-848, each by itself, with what each member has and what is meant for it. Every other group is not there for this request.
/// Versions: 0 and 1. 1: which protocol a member speaks (KIP-1099).
/// </summary>
internal sealed class ConsumerGroupDescribeHandler(GroupCoordinator groups) : Handler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    const sbyte ClassicMember = 0, ConsumerMember = 1;

    protected override async ValueTask<ConsumerGroupDescribeResponse> AnswerAsync(ConsumerGroupDescribeRequest request, Exchange exchange) =>
        new() { Groups = [.. await Task.WhenAll(request.GroupIds.Select(group => DescribeAsync(group, request.IncludeAuthorizedOperations)))] };

    async Task<ConsumerGroupDescribeResponse.DescribedGroup> DescribeAsync(GroupId group, bool isAsked)
    {
        var reply = await groups.AskAsync(group.Value, new DescribeConsumerGroup(group));
        if (reply is not DescribedConsumerGroup { Error: ErrorCode.None } described)
            return new() { GroupId = group, ErrorCode = reply.Error, ErrorMessage = reply.Message, AuthorizedOperations = AuthorizedOperations.NotAsked };
        var topics = groups.Catalog;
        return new()
        {
            GroupId = group,
            GroupState = described.State,
            GroupEpoch = described.Epoch,
            AssignmentEpoch = described.AssignmentEpoch,
            AssignorName = described.Assignor,
            AuthorizedOperations = AuthorizedOperations.OfGroup(isAsked),
            Members = [.. described.Members.Select(member => Row(member, topics))],
        };
    }

    static ConsumerGroupDescribeResponse.Member Row(DescribedConsumer member, CatalogView topics) => new()
    {
        MemberId = member.MemberId,
        InstanceId = member.InstanceId,
        RackId = member.RackId,
        MemberEpoch = member.Epoch,
        ClientId = member.Client.ClientId,
        ClientHost = member.Client.Host,
        SubscribedTopicNames = [.. member.Topics],
        SubscribedTopicRegex = member.Pattern,
        Assignment = Of(member.Assigned, topics),
        TargetAssignment = Of(member.Target, topics),
        MemberType = member.IsClassic ? ClassicMember : ConsumerMember,
    };

    /// <summary>Topics that are gone have no name any more, and are left out.</summary>
    static ConsumerGroupDescribeResponse.Assignment Of(PartitionSet set, CatalogView topics)
    {
        var rows = new List<ConsumerGroupDescribeResponse.TopicPartitions>();
        foreach (var topic in set.GroupBy(static partition => partition.TopicId))
            if (topics.TryFind(topic.Key, out var known))
                rows.Add(new() { TopicId = topic.Key, TopicName = known.Name, Partitions = [.. topic.Select(static partition => partition.Partition)] });
        return new() { TopicPartitions = rows };
    }
}
