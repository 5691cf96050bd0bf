using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;

namespace Semel.Client.Connections;

/// <summary>The configuration keys that are about connections and metadata, which every client has.</summary>
internal static class ConnectionConfig
{
    /// <exception cref="KafkaConfigException">bootstrap.servers is missing or names no broker.</exception>
    public static ConnectionOptions Options(ConfigValues values, string defaultClientId, TimeProvider time, ILogger logger)
    {
        return new ConnectionOptions
        {
            BootstrapServers = BootstrapServers(values),
            ClientId = values.Text("client.id") ?? defaultClientId,
            SetupTimeout = values.Duration("socket.connection.setup.timeout.ms"),
            SetupTimeoutMax = values.Duration("socket.connection.setup.timeout.max.ms"),
            RequestTimeout = values.IsSet("socket.timeout.ms") ? values.Duration("socket.timeout.ms") : values.Duration("request.timeout.ms"),
            ReconnectBackoff = values.Duration("reconnect.backoff.ms"),
            ReconnectBackoffMax = values.Duration("reconnect.backoff.max.ms"),
            RetryBackoff = values.Duration("retry.backoff.ms"),
            RetryBackoffMax = values.Duration("retry.backoff.max.ms"),
            ConnectionMaxIdle = values.Duration("connections.max.idle.ms"),
            MetadataMaxAge = MetadataMaxAge(values),
            MetadataMaxIdle = values.Duration("metadata.max.idle.ms"),
            RebootstrapAfter = values.Duration("metadata.recovery.rebootstrap.trigger.ms"),
            TimeProvider = time,
            Logger = logger,
        };
    }

    // librdkafka's users switch the refresh off with -1; at 0, Java's clients ask no more often than they would try again.
    static TimeSpan MetadataMaxAge(ConfigValues values) => values.Duration("metadata.max.age.ms") switch
    {
        var age when age < TimeSpan.Zero => TimeSpan.FromMilliseconds(int.MaxValue),
        var age when age == TimeSpan.Zero => TimeSpan.FromMilliseconds(Math.Max(1, values.Duration("retry.backoff.ms").TotalMilliseconds)),
        var age => age,
    };

    static BrokerAddress[] BootstrapServers(ConfigValues values)
    {
        var servers = values.List("bootstrap.servers");
        var name = values.GivenAs("bootstrap.servers");
        if (servers.Count == 0) throw new KafkaConfigException($"{name} names no broker. Set it to host:port, several separated by commas.", name);
        try { return [.. servers.Select(BrokerAddress.Parse).Distinct()]; }
        catch (FormatException refused) { throw new KafkaConfigException($"{name}: {refused.Message}", name); }
    }
}
