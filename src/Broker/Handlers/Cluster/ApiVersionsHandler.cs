using Semel.Broker.Door;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Handlers.Cluster;

/// <summary>
/// Behaviour: tells which APIs this broker answers in which versions; every client asks it first. A version that is not known is answered in
/// version 0 with UNSUPPORTED_VERSION and this API's own range, without reading the body, and the connection stays (KIP-511). A client software name
/// or version of odd characters is INVALID_REQUEST with an empty list. A client that says which node of which cluster it believes to be talking to is told
/// REBOOTSTRAP_REQUIRED with an empty list when it is another one, and INVALID_REQUEST when it names only one of the two (KIP-1242); the connection is
/// served on, whatever the answer was. Features are those that the answered APIs make possible, all finalized at their highest level (KIP-584).
/// Versions: 0 to 5. From 3 on the body is flexible, the response's header never is. 3 brought the client's software (KIP-511), 4 allows features
/// from level 0 on, so that earlier ones are told of none as supported; 5 brought the ids of cluster and node.
/// </summary>
internal sealed class ApiVersionsHandler : IHandler
{
    const short WithSoftwareName = 3, WithLevelZero = 4;

    /// <summary>In the order of their keys, as Kafka lists them.</summary>
    readonly IHandler[] _advertised;
    readonly IReadOnlyList<ClusterFeature> _features;
    readonly BrokerNode _node;

    /// <param name="node">What Metadata tells: a client checks it here.</param>
    public ApiVersionsHandler(IEnumerable<IHandler> others, BrokerNode node)
    {
        _node = node;
        _advertised = [.. others, this];
        Array.Sort(_advertised, static (left, right) => ((short)left.ApiKey).CompareTo((short)right.ApiKey));
        _features = ClusterFeature.Of(_advertised);
    }

    public ApiKey ApiKey => ApiVersionsRequest.ApiKey;
    public VersionRange Versions => ApiVersionsRequest.Versions;

    public ValueTask HandleAsync(Exchange exchange)
    {
        if (!Versions.Contains(exchange.Version))
            exchange.AnswerInVersion(new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = [Row(this)] }, version: 0);
        else if (exchange.Version >= WithSoftwareName && Refusal(exchange.ReadBody<ApiVersionsRequest>()) is var error and not ErrorCode.None)
            exchange.Answer(new ApiVersionsResponse { ErrorCode = error });
        else
            exchange.Answer(Everything(exchange.Version));
        return default;
    }

    ApiVersionsResponse Everything(short version) => new()
    {
        ApiKeys = [.. _advertised.Select(Row)],
        SupportedFeatures = version < WithLevelZero ? [] : [.. _features.Select(static feature => new ApiVersionsResponse.SupportedFeatureKey { Name = feature.Name, MinVersion = 0, MaxVersion = feature.Level })],
        FinalizedFeatures = [.. _features.Select(static feature => new ApiVersionsResponse.FinalizedFeatureKey { Name = feature.Name, MinVersionLevel = feature.Level, MaxVersionLevel = feature.Level })],
        FinalizedFeaturesEpoch = 0,
    };

    ErrorCode Refusal(ApiVersionsRequest request)
    {
        if (!IsName(request.ClientSoftwareName) || !IsName(request.ClientSoftwareVersion)) return ErrorCode.InvalidRequest;
        return (request.ClusterId, request.NodeId) switch
        {
            (null, -1) => ErrorCode.None,
            (null, _) or (_, -1) => ErrorCode.InvalidRequest,
            var (cluster, node) => cluster == _node.ClusterId && node == _node.NodeId.Value ? ErrorCode.None : ErrorCode.RebootstrapRequired,
        };
    }

    static ApiVersionsResponse.ApiVersion Row(IHandler handler) =>
        new() { ApiKey = handler.ApiKey, MinVersion = handler.AdvertisedVersions.Lowest, MaxVersion = handler.AdvertisedVersions.Highest };

    // Letters and digits, with dots and dashes between them.
    static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-');
}
