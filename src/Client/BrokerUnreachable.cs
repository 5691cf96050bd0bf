namespace Semel.Client;

/// <summary>Why a broker cannot be reached.</summary>
public enum UnreachableCause
{
    /// <summary>What is in none of the others; the reason says it.</summary>
    Other,
    /// <summary>The host's name cannot be looked up.</summary>
    NameUnknown,
    /// <summary>The host answers, and nothing listens on the port.</summary>
    Refused,
    /// <summary>No way leads to the host.</summary>
    NoRoute,
    /// <summary>Nobody answered within socket.connection.setup.timeout.ms.</summary>
    TimedOut,
    /// <summary>Somebody listens there, and does not speak as a Kafka broker does.</summary>
    NotABroker,
}

/// <summary>
/// A broker cannot be reached; the client goes on trying. Told after the first attempt that failed, and once per address and cause until the broker is reached
/// again.
/// </summary>
/// <param name="Node">-1 when it is known by bootstrap.servers only.</param>
/// <param name="Host">The name or address that was dialled.</param>
/// <param name="Reason">What the attempt failed with, one sentence with the address in it.</param>
/// <param name="Remedy">What to look at.</param>
public sealed record BrokerUnreachable(NodeId Node, string Host, int Port, UnreachableCause Cause, string Reason, string Remedy);
