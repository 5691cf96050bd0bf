using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Connections;

/// <summary>
/// The first exchange on each connection: which requests the broker answers, in which versions (KIP-35), and which features are in force (KIP-584).
/// A broker that does not know our version of this very question answers in version 0 and names its own range (KIP-511), and is asked once more.
/// </summary>
internal static class Handshake
{
    const string SoftwareName = "semel";
    static readonly string SoftwareVersion = typeof(Handshake).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <exception cref="BrokerConnectionException">The peer is not a broker that this client can talk to.</exception>
    public static async Task PerformAsync(BrokerConnection connection, TimeSpan timeout, CancellationToken cancellation)
    {
        var version = ApiVersionsRequest.Versions.Highest;
        var response = await AskAsync(connection, version, timeout, cancellation).ConfigureAwait(false);
        if (response.ErrorCode == ErrorCode.UnsupportedVersion && Fallback(response, version) is { } lower)
            response = await AskAsync(connection, lower, timeout, cancellation).ConfigureAwait(false);
        if (response.ErrorCode != ErrorCode.None)
            throw new BrokerConnectionException($"the broker at {connection.Address} answered the first request with {response.ErrorCode}", wasWritten: true);
        connection.Offer(Offered(response), FinalizedFeatures(response), response.FinalizedFeaturesEpoch);
    }

    static async Task<ApiVersionsResponse> AskAsync(BrokerConnection connection, short version, TimeSpan timeout, CancellationToken cancellation)
    {
        var request = new ApiVersionsRequest();
        if (version >= 3) (request.ClientSoftwareName, request.ClientSoftwareVersion) = (SoftwareName, SoftwareVersion);
        var pending = new PendingHandshake(version);
        connection.Enqueue(pending, request, timeout);
        return (await pending.WaitAsync(cancellation).ConfigureAwait(false)).Response;
    }

    /// <summary>The version to ask with next: the broker's own highest, or 0 when it names none (brokers before KIP-511).</summary>
    static short? Fallback(ApiVersionsResponse response, short refused)
    {
        var own = response.ApiKeys.Find(api => api.ApiKey == ApiKey.ApiVersions);
        var next = own is null ? (short)0 : Math.Min(own.MaxVersion, ApiVersionsRequest.Versions.Highest);
        return next >= 0 && next < refused ? next : null;
    }

    static Dictionary<ApiKey, VersionRange> Offered(ApiVersionsResponse response)
    {
        var offered = new Dictionary<ApiKey, VersionRange>(response.ApiKeys.Count);
        foreach (var api in response.ApiKeys) offered[api.ApiKey] = new VersionRange(api.MinVersion, api.MaxVersion);
        return offered;
    }

    static Dictionary<string, short> FinalizedFeatures(ApiVersionsResponse response)
    {
        var features = new Dictionary<string, short>();
        if (response.FinalizedFeaturesEpoch < 0) return features;
        foreach (var feature in response.FinalizedFeatures) features[feature.Name] = feature.MaxVersionLevel;
        return features;
    }

    /// <summary>The refusal of a version comes in version 0, whatever was asked.</summary>
    sealed class PendingHandshake(short version) : PendingRequest<ApiVersionsResponse>(ApiKey.ApiVersions, version, null)
    {
        protected override short ResponseVersion(WireReader body) => (ErrorCode)body.ReadInt16() == ErrorCode.UnsupportedVersion ? (short)0 : Version;
    }
}
