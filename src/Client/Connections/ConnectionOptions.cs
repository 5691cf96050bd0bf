using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;

namespace Semel.Client.Connections;

/// <summary>What connections and metadata need to know. The defaults are those of the configuration keys.</summary>
internal sealed record ConnectionOptions
{
    public required IReadOnlyList<BrokerAddress> BootstrapServers { get; init; }
    public string ClientId { get; init; } = "semel";

    /// <summary>For one TCP connection and the ApiVersions exchange on it.</summary>
    public TimeSpan SetupTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>The setup timeout doubles with each failure in a row, up to this.</summary>
    public TimeSpan SetupTimeoutMax { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan ReconnectBackoff { get; init; } = TimeSpan.FromMilliseconds(50);
    public TimeSpan ReconnectBackoffMax { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>A connection without a request for this long is closed. Zero: never.</summary>
    public TimeSpan ConnectionMaxIdle { get; init; } = TimeSpan.FromMinutes(9);
    public TimeSpan MetadataMaxAge { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>A topic that nobody asked for in this time leaves the metadata requests.</summary>
    public TimeSpan MetadataMaxIdle { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>When no known broker has answered for this long, the bootstrap servers are asked again (KIP-899). Null: never.</summary>
    public TimeSpan? RebootstrapAfter { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>A response that says it is larger closes the connection.</summary>
    public int MaxResponseBytes { get; init; } = 100_000_000;

    public SocketSettings Socket { get; init; } = SocketSettings.Default;
    /// <summary>Only addresses of this family are tried; <see cref="AddressFamily.Unspecified"/> tries all.</summary>
    public AddressFamily Addresses { get; init; } = AddressFamily.Unspecified;

    /// <summary>Whether each connection to a broker of the cluster begins with the question which cluster that is.</summary>
    public bool AsksCluster { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal Backoff Reconnecting => new(ReconnectBackoff, ReconnectBackoffMax);
    internal Backoff Retrying => new(RetryBackoff, RetryBackoffMax);
}
