using Semel.Broker.Door;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Handlers;

/// <summary>
/// Behaviour: tells which APIs this broker answers in which versions; every client asks it first. A version that is not known is answered in
/// version 0 with UNSUPPORTED_VERSION and this API's own range, without reading the body, and the connection stays (KIP-511). A client software name
/// or version of odd characters is INVALID_REQUEST with an empty list.
/// Versions: 0 to 4. From 3 on the body is flexible, the response's header never is. 3 brought the client's software (KIP-511), 4 allows features
/// from level 0 on.
/// Not done: features. None is supported or finalized, so clients use neither the transaction protocol 2 nor the consumer protocol of KIP-848.
/// </summary>
internal sealed class ApiVersionsHandler : IHandler
{
    const short WithSoftwareName = 3;

    /// <summary>In the order of their keys, as Kafka lists them.</summary>
    readonly IHandler[] _advertised;

    public ApiVersionsHandler(IEnumerable<IHandler> others)
    {
        _advertised = [.. others, this];
        Array.Sort(_advertised, static (left, right) => ((short)left.ApiKey).CompareTo((short)right.ApiKey));
    }

    public ApiKey ApiKey => ApiVersionsRequest.ApiKey;
    public VersionRange Versions => ApiVersionsRequest.Versions;

    public ValueTask HandleAsync(Exchange exchange)
    {
        if (!Versions.Contains(exchange.Version))
            exchange.AnswerInVersion(new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = [Row(this)] }, version: 0);
        else if (exchange.Version >= WithSoftwareName && exchange.ReadBody<ApiVersionsRequest>() is var request && !(IsName(request.ClientSoftwareName) && IsName(request.ClientSoftwareVersion)))
            exchange.Answer(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
        else
            exchange.Answer(new ApiVersionsResponse { ApiKeys = [.. _advertised.Select(Row)], FinalizedFeaturesEpoch = 0 });
        return default;
    }

    static ApiVersionsResponse.ApiVersion Row(IHandler handler) =>
        new() { ApiKey = handler.ApiKey, MinVersion = handler.AdvertisedVersions.Lowest, MaxVersion = handler.AdvertisedVersions.Highest };

    // Letters and digits, with dots and dashes between them.
    static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-');
}
