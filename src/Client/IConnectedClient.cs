namespace Semel.Client;

/// <summary>What a client knows of its connections, by its own state: nothing is asked of a broker. Every producer, consumer and admin client of this library is one.</summary>
public interface IConnectedClient
{
    /// <summary>As of now. Thread safe.</summary>
    ConnectionSummary Connections { get; }
}

/// <summary>The connections of a client. Connections are made when they are needed: a client of which nothing was asked yet has none, and misses none.</summary>
/// <param name="Open">Connections that are open.</param>
/// <param name="Unreachable">Brokers to which the last attempt failed, with cause and remedy.</param>
public sealed record ConnectionSummary(int Open, IReadOnlyList<BrokerUnreachable> Unreachable);
