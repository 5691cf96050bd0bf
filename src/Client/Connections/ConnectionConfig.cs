using System.Net.Sockets;
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
            MaxResponseBytes = values.Int32("receive.message.max.bytes"),
            Socket = new SocketSettings(values.Flag("socket.keepalive.enable"), values.Flag("socket.nagle.disable"), values.Int32("send.buffer.bytes"), values.Int32("receive.buffer.bytes")),
            Addresses = values.Text("broker.address.family") switch
            {
                "v4" => AddressFamily.InterNetwork,
                "v6" => AddressFamily.InterNetworkV6,
                _ => AddressFamily.Unspecified,
            },
            MetadataMaxIdle = values.Duration("metadata.max.idle.ms"),
            RebootstrapAfter = RebootstrapAfter(values),
            TimeProvider = time,
            Logger = logger,
        };
    }

    // librdkafka's users switch the refresh off with -1; at 0, Java's clients ask no more often than they would try again.
    static TimeSpan MetadataMaxAge(ConfigValues values) => Refresh(values) switch
    {
        var age when age < TimeSpan.Zero => TimeSpan.FromMilliseconds(int.MaxValue),
        var age when age == TimeSpan.Zero => TimeSpan.FromMilliseconds(Math.Max(1, values.Duration("retry.backoff.ms").TotalMilliseconds)),
        var age => age,
    };

    // Of librdkafka's two keys the interval is the one that asks again.
    static TimeSpan Refresh(ConfigValues values) => values.IsSet("topic.metadata.refresh.interval.ms") ? values.Duration("topic.metadata.refresh.interval.ms") : values.Duration("metadata.max.age.ms");

    static TimeSpan? RebootstrapAfter(ConfigValues values)
    {
        var trigger = values.Duration("metadata.recovery.rebootstrap.trigger.ms");
        return values.Text("metadata.recovery.strategy") == "none" ? null : trigger;
    }

    /// <exception cref="KafkaConfigException">bootstrap.servers is missing or names no broker.</exception>
    public static void CheckServers(ConfigDraft draft) => BootstrapServers(draft.Values);

    static BrokerAddress[] BootstrapServers(ConfigValues values)
    {
        var servers = values.List("bootstrap.servers");
        var name = values.GivenAs("bootstrap.servers");
        if (servers.Count == 0) throw new KafkaConfigException($"{name} names no broker. Set it to host:port, several separated by commas.", name);
        try { return [.. servers.Select(BrokerAddress.Parse).Distinct()]; }
        catch (FormatException refused) { throw new KafkaConfigException($"{name}: {refused.Message}", name); }
    }
}
