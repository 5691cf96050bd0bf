namespace Semel.Compat.Confluent;

/// <summary>What producers, consumers and admin clients have alike. Thread safe.</summary>
public interface IClient : IDisposable
{
    /// <summary>By which other clients can share this one's connections: <see cref="DependentProducerBuilder{TKey, TValue}"/> and
    /// <see cref="DependentAdminClientBuilder"/>.</summary>
    Handle Handle { get; }

    /// <summary>The client's own, as its log lines have it.</summary>
    string Name { get; }

    /// <summary>Taken and counted; the brokers of a cluster are learned from the cluster, and where to ask first is told by bootstrap.servers.</summary>
    /// <returns>How many addresses the list has.</returns>
    int AddBrokers(string brokers);

    /// <exception cref="KafkaException">Always: names and passwords are given by the configuration.</exception>
    void SetSaslCredentials(string username, string password);
}

/// <summary>A client that others can share.</summary>
public class Handle
{
    /// <summary>Nobody's: only the one of a client can be used.</summary>
    public Handle() { }

    internal Handle(RunningClient owner) => Owner = owner;

    internal RunningClient Owner { get; }

    /// <summary>Whether its client is gone.</summary>
    public bool IsInvalid => Owner is null || Owner.IsDisposed;
}

public static class ClientExtensions
{
    /// <summary>Taken and not used: tokens are given by the configuration of the client below.</summary>
    /// <exception cref="KafkaException">Always.</exception>
    public static void OAuthBearerSetToken(this IClient client, string tokenValue, long lifetimeMs, string principalName,
        IDictionary<string, string> extensions = null) => throw Credentials.Refused();

    /// <inheritdoc cref="OAuthBearerSetToken"/>
    public static void OAuthBearerSetTokenFailure(this IClient client, string error) => throw Credentials.Refused();

    /// <summary>The id of the cluster that the client talks to; null when none is told within the time.</summary>
    public static string ClusterId(this IClient client, TimeSpan timeout) => client.Handle.Owner.ClusterId(timeout);
}

static class Credentials
{
    public static KafkaException Refused() =>
        new(new Error(ErrorCode.Local_NotImplemented, "credentials cannot be set on a running client. Give them by the client's configuration"));
}
