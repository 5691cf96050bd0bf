using Semel.Broker.Door;
using Semel.Broker.Topics;
using Semel.Machines.Catalog;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Cluster;

/// <summary>
/// Behaviour: answers this broker for every key, as it is the only one. Key types are 0 for groups and 1 for transactional ids; another is INVALID_REQUEST.
/// The topic in which the coordinator remembers is made here when it is not there yet; COORDINATOR_NOT_AVAILABLE when that fails, or takes too long.
/// Versions: 0 to 6. 1: key types. 4: many keys at once (KIP-699). 5 and 6 change nothing for these two types.
/// </summary>
internal sealed class FindCoordinatorHandler(TopicRegistry topics, BrokerNode node, TimeProvider time) : Handler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    const sbyte Group = 0, TransactionalId = 1;
    const short ManyKeys = 4;

    protected override async ValueTask<FindCoordinatorResponse> AnswerAsync(FindCoordinatorRequest request, Exchange exchange)
    {
        var error = request.KeyType switch
        {
            Group => await ReadyAsync(InternalTopic.Groups),
            TransactionalId => await ReadyAsync(InternalTopic.Transactions),
            _ => ErrorCode.InvalidRequest,
        };
        var message = error switch
        {
            ErrorCode.None => null,
            ErrorCode.InvalidRequest => $"there are coordinators of groups ({Group}) and of transactional ids ({TransactionalId}), not of the type {request.KeyType}",
            _ => "the topic in which the coordinator remembers could not be made yet",
        };
        (ErrorCode Error, string? Reason) Told(string key) => error == ErrorCode.None ? OfKey(request.KeyType, key) : (error, message);
        var response = new FindCoordinatorResponse();
        if (exchange.Version < ManyKeys)
        {
            (response.ErrorCode, response.ErrorMessage) = Told(request.Key);
            var found = NodeOf(response.ErrorCode);
            (response.NodeId, response.Host, response.Port) = (found.NodeId, found.Host, found.Port);
            return response;
        }
        foreach (var key in request.CoordinatorKeys)
        {
            var (own, reason) = Told(key);
            var found = NodeOf(own);
            response.Coordinators.Add(new() { Key = key, ErrorCode = own, ErrorMessage = reason, NodeId = found.NodeId, Host = found.Host, Port = found.Port });
        }
        return response;
    }

    BrokerNode NodeOf(ErrorCode error) => error == ErrorCode.None ? node : Nobody;

    static readonly BrokerNode Nobody = new(NodeId.None, "", "", -1);

    /// <summary>A coordinator whose log cannot be opened is not there: who is sent to it would be sent back for ever, and told nothing of why.</summary>
    (ErrorCode Error, string? Reason) OfKey(sbyte keyType, string key)
    {
        if (!topics.TryFind(keyType == Group ? InternalTopic.Groups : InternalTopic.Transactions, out var topic)) return (ErrorCode.None, null);
        var log = topic.Find(InternalTopic.PartitionOf(key, topic.Partitions.Count))!.Reader;
        return (log.OfflineReason ?? log.ReadOnlyReason) is { } reason ? (ErrorCode.CoordinatorNotAvailable, reason) : (ErrorCode.None, null);
    }

    ValueTask<ErrorCode> ReadyAsync(string topic)
    {
        var ready = topics.StateReadyAsync(topic);
        return ready.IsCompleted ? ready : new(ready.AsTask().WithinAsync(Patience.Unsaid, time, ErrorCode.CoordinatorNotAvailable));
    }
}
