using System.Net.Sockets;

namespace Semel.Client.Connections;

/// <summary>What a failed attempt to reach a broker says about the cause, and what a person can do about it. Pure.</summary>
internal static class UnreachableRule
{
    public static UnreachableCause Of(Exception failure) => failure switch
    {
        BrokerConnectionException { Cause: var known and not UnreachableCause.Other } => known,
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => UnreachableCause.Refused,
        SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown
            or SocketError.HostDown } => UnreachableCause.NoRoute,
        SocketException { SocketErrorCode: SocketError.TimedOut } or OperationCanceledException => UnreachableCause.TimedOut,
        // The connection was made, and the first exchange on it failed.
        BrokerConnectionException => UnreachableCause.NotABroker,
        _ => UnreachableCause.Other,
    };

    /// <param name="node">None for a bootstrap server.</param>
    public static BrokerUnreachable Describe(NodeId node, BrokerAddress address, UnreachableCause cause, string reason) =>
        new(node, address.Host, address.Port, cause, reason, Remedy(node, address, cause));

    static string Remedy(NodeId node, BrokerAddress address, UnreachableCause cause)
    {
        var source = node == NodeId.None ? "bootstrap.servers" : $"what broker {node} advertises (advertised.listeners)";
        return cause switch
        {
            UnreachableCause.NameUnknown => $"Make the name {address.Host} known on this machine, or correct {source}",
            UnreachableCause.Refused => $"Start the broker that is to listen on {address}, or correct {source}",
            UnreachableCause.TimedOut =>
                $"Look whether the host is up, the broker on it answers and a firewall lets port {address.Port} through, or correct {source}",
            UnreachableCause.NoRoute =>
                $"Look whether the host is up and a firewall lets port {address.Port} through, or correct {source}",
            UnreachableCause.NotABroker => $"Look whether a Kafka broker listens on {address} without TLS, or correct {source}",
            _ => $"Look whether {address} can be reached from this machine, or correct {source}",
        };
    }
}
