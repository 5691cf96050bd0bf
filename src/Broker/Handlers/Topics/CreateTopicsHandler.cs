using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Topics;

/// <summary>
/// Behaviour: creates topics, each by itself: one that is refused does not hinder the others. The catalog decides; the answer comes when the topic is
/// durable, and then it can be used at once. A name given twice is INVALID_REQUEST. With ValidateOnly everything is checked and nothing is created.
/// Versions: 2 to 7. 4: -1 for the default number of partitions. 5: the created topic's partitions and configurations come back. 7: its id.
/// </summary>
internal sealed class CreateTopicsHandler(TopicRegistry topics, TimeProvider time) : Handler<CreateTopicsRequest, CreateTopicsResponse>
{
    protected override async ValueTask<CreateTopicsResponse> AnswerAsync(CreateTopicsRequest request, Exchange exchange)
    {
        var repeated = request.Topics.GroupBy(topic => topic.Name).Where(names => names.Count() > 1).Select(names => names.Key).ToHashSet();
        var creations = request.Topics.ConvertAll(topic => repeated.Contains(topic.Name)
            ? Task.FromResult(CatalogReply.Failed(ErrorCode.InvalidRequest, $"the topic '{topic.Name}' stands more than once in one request"))
            : topics.CreateAsync(Wanted(topic, request.ValidateOnly)));
        var response = new CreateTopicsResponse();
        var answered = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < creations.Count; i++)
        {
            if (!answered.Add(request.Topics[i].Name)) continue;
            response.Topics.Add(Row(request.Topics[i].Name, await creations[i].WithinAsync(Patience.Of(request.TimeoutMs), time, Late)));
        }
        return response;
    }

    static readonly CatalogReply Late = CatalogReply.Failed(ErrorCode.RequestTimedOut,
        "the topic's logs or the broker's catalog could not be written in the request's time; the topic may still come to be");

    static NewTopic Wanted(CreateTopicsRequest.CreatableTopic topic, bool validateOnly) => new()
    {
        Name = topic.Name,
        TopicId = NewTopicId.Next(),
        PartitionCount = topic.NumPartitions,
        ReplicationFactor = topic.ReplicationFactor,
        Assignments = topic.Assignments.ConvertAll(assignment => new PartitionAssignment(assignment.PartitionIndex, assignment.BrokerIds)),
        Configs = topic.Configs.ConvertAll(config => KeyValuePair.Create(config.Name, config.Value)),
        ValidateOnly = validateOnly,
    };

    static CreateTopicsResponse.CreatableTopicResult Row(string name, CatalogReply reply)
    {
        if (reply is not { Error: ErrorCode.None, Topic: { } topic }) return new() { Name = name, ErrorCode = reply.Error, ErrorMessage = reply.Message };
        return new()
        {
            Name = name,
            TopicId = topic.TopicId,
            // Clients look at the code first: with none of an error this is a remark, and tools that show it help whoever reads it.
            ErrorMessage = TopicConfigTable.Remark(topic.Config.Overrides),
            NumPartitions = topic.PartitionCount,
            ReplicationFactor = 1,
            Configs = [.. TopicConfigTable.All.Select(entry => new CreateTopicsResponse.CreatableTopicConfigs
            {
                Name = entry.Name,
                Value = topic.Config.Value(entry.Name),
                ConfigSource = (sbyte)ConfigSource.Of(topic.Config, entry.Name),
            })],
        };
    }
}
