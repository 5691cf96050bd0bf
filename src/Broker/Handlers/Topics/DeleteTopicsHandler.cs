using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Topics;

/// <summary>
/// Behaviour: deletes topics with their records and what their partitions know of producers. The answer comes when the catalog has forgotten them, durably.
/// A topic that is created again under the same name is another one: it has another id and knows no producer. A topic given twice, or by name and id
/// at once, is INVALID_REQUEST.
/// Versions: 1 to 6. 5: error messages. 6: by name or by id (KIP-516).
/// </summary>
internal sealed class DeleteTopicsHandler(TopicRegistry topics, TimeProvider time) : Handler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    const short ByNameOrId = 6;

    protected override async ValueTask<DeleteTopicsResponse> AnswerAsync(DeleteTopicsRequest request, Exchange exchange)
    {
        var asked = exchange.Version >= ByNameOrId
            ? request.Topics.ConvertAll(topic => (topic.Name, topic.TopicId))
            : request.TopicNames.ConvertAll(name => ((string?)name, TopicId.None));
        var deletions = new List<Task<DeleteTopicsResponse.DeletableTopicResult>>();
        foreach (var topic in asked.GroupBy(topic => topic))
            deletions.Add(DeleteAsync(topic.Key.Item1, topic.Key.Item2, topic.Count(), Patience.Of(request.TimeoutMs)));
        return new DeleteTopicsResponse { Responses = [.. await Task.WhenAll(deletions)] };
    }

    static readonly CatalogReply Late = CatalogReply.Failed(ErrorCode.RequestTimedOut,
        "the broker's catalog could not be written in the request's time; the topic may still be deleted");

    async Task<DeleteTopicsResponse.DeletableTopicResult> DeleteAsync(string? name, TopicId id, int times, TimeSpan patience)
    {
        var reply = times > 1 ? CatalogReply.Failed(ErrorCode.InvalidRequest, "the topic stands more than once in one request")
            : name is null == id.IsNone ? CatalogReply.Failed(ErrorCode.InvalidRequest, "a topic is named by its name or by its id, by one of them")
            : await (name is not null ? topics.DeleteAsync(name) : topics.DeleteAsync(id)).WithinAsync(patience, time, Late);
        return new()
        {
            Name = reply.Topic?.Name ?? name,
            TopicId = reply.Topic?.TopicId ?? id,
            ErrorCode = reply.Error,
            ErrorMessage = reply.Message,
        };
    }
}
