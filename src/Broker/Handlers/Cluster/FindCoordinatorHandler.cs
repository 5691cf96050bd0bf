using Semel.Broker.Door;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Cluster;

/// <summary>
/// Behaviour: answers this broker for every key, as it is the only one. Key types are 0 for groups and 1 for transactional ids; another is INVALID_REQUEST.
/// Versions: 0 to 6. 1: key types. 4: many keys at once (KIP-699). 5 and 6 change nothing for these two types.
/// Not done: groups and transactions themselves. Their APIs are not advertised, so clients that want them stop with a clear error of their own.
/// </summary>
internal sealed class FindCoordinatorHandler(BrokerNode node) : Handler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    const sbyte Group = 0, TransactionalId = 1;
    const short ManyKeys = 4;

    protected override ValueTask<FindCoordinatorResponse> AnswerAsync(FindCoordinatorRequest request, Exchange exchange)
    {
        var error = request.KeyType is Group or TransactionalId ? ErrorCode.None : ErrorCode.InvalidRequest;
        var message = error == ErrorCode.None ? null : $"there are coordinators of groups ({Group}) and of transactional ids ({TransactionalId}), not of the type {request.KeyType}";
        var found = error == ErrorCode.None ? node : new BrokerNode(NodeId.None, "", "", -1);
        var response = new FindCoordinatorResponse();
        if (exchange.Version < ManyKeys)
        {
            (response.ErrorCode, response.ErrorMessage) = (error, message);
            (response.NodeId, response.Host, response.Port) = (found.NodeId, found.Host, found.Port);
        }
        else
        {
            foreach (var key in request.CoordinatorKeys)
                response.Coordinators.Add(new() { Key = key, ErrorCode = error, ErrorMessage = message, NodeId = found.NodeId, Host = found.Host, Port = found.Port });
        }
        return new(response);
    }
}
