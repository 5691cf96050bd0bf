using Semel.Protocol.Messages;

namespace Semel.Client.Connections;

/// <summary>
/// Asks a broker which cluster it belongs to, before anything else is said on the connection. The address may lead to another one than the last time, or to one
/// that came back empty; who writes with a producer id must know before the first byte.
/// </summary>
internal static class ClusterQuestion
{
    /// <summary>Earlier answers do not name the cluster (KIP-78).</summary>
    const short FirstVersionWithClusterId = 2;

    /// <returns>Null when the broker does not say.</returns>
    /// <exception cref="BrokerConnectionException">There is no answer.</exception>
    public static async Task<string?> AskAsync(BrokerConnection connection, TimeSpan timeout, CancellationToken cancellation)
    {
        if (connection.BestVersion<MetadataRequest, MetadataResponse>() is not { } version || version < FirstVersionWithClusterId) return null;
        var request = new MetadataRequest { Topics = [] };
        return (await connection.SendAsync<MetadataRequest, MetadataResponse>(request, version, timeout, cancellation).ConfigureAwait(false)).ClusterId;
    }
}
