using Semel.Protocol;

namespace Semel.Broker.Handlers.Cluster;

/// <summary>Who this broker is, as clients are told.</summary>
internal sealed record BrokerNode(NodeId NodeId, string ClusterId, string Host, int Port)
{
    /// <summary>There is one writer of each partition, for ever.</summary>
    public const int LeaderEpoch = 0;

    /// <summary>Whether a client's idea of the leader epoch is this broker's; -1 means that it has none.</summary>
    public static ErrorCode CheckLeaderEpoch(int epoch) => epoch switch
    {
        -1 or LeaderEpoch => ErrorCode.None,
        < LeaderEpoch => ErrorCode.FencedLeaderEpoch,
        _ => ErrorCode.UnknownLeaderEpoch,
    };
}
