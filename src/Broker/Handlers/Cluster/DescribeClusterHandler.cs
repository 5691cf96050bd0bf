using Semel.Broker.Door;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Cluster;

/// <summary>
/// Behaviour: tells the cluster's name and this broker, which is also its controller.
/// Versions: 0 to 2. 1: which kind of endpoint is asked (KIP-919); this is one of brokers, a question for controllers is MISMATCHED_ENDPOINT_TYPE.
/// 2: fenced brokers, of which there are none.
/// </summary>
internal sealed class DescribeClusterHandler(BrokerNode node) : Handler<DescribeClusterRequest, DescribeClusterResponse>
{
    const sbyte Brokers = 1, Controllers = 2;

    protected override ValueTask<DescribeClusterResponse> AnswerAsync(DescribeClusterRequest request, Exchange exchange)
    {
        if (request.EndpointType != Brokers)
            return new(new DescribeClusterResponse
            {
                ErrorCode = request.EndpointType == Controllers ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType,
                ErrorMessage = $"this is an endpoint of brokers ({Brokers}), not of the type {request.EndpointType}",
            });
        return new(new DescribeClusterResponse
        {
            ClusterId = node.ClusterId,
            ControllerId = node.NodeId,
            Brokers = [new() { BrokerId = node.NodeId, Host = node.Host, Port = node.Port }],
            ClusterAuthorizedOperations = AuthorizedOperations.OfCluster(request.IncludeClusterAuthorizedOperations),
        });
    }
}
