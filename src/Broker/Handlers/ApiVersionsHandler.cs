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
internal sealed class ApiVersionsHandler(IEnumerable<IHandler> others) : IHandler
{
    const short WithSoftwareName = 3;

    readonly (ApiKey Key, VersionRange Versions)[] _advertised =
        [.. others.Select(handler => (handler.ApiKey, handler.AdvertisedVersions)).Append((ApiVersionsRequest.ApiKey, ApiVersionsRequest.Versions)).OrderBy(api => api.Item1)];

    public ApiKey ApiKey => ApiVersionsRequest.ApiKey;
    public VersionRange Versions => ApiVersionsRequest.Versions;

    public ValueTask HandleAsync(Exchange exchange)
    {
        if (!Versions.Contains(exchange.Version))
            exchange.AnswerInVersion(Refusal(ErrorCode.UnsupportedVersion, (ApiKey, Versions)), version: 0);
        else if (exchange.Version >= WithSoftwareName && exchange.ReadBody<ApiVersionsRequest>() is var request && !(IsName(request.ClientSoftwareName) && IsName(request.ClientSoftwareVersion)))
            exchange.Answer(Refusal(ErrorCode.InvalidRequest));
        else
            exchange.Answer(new ApiVersionsResponse { ApiKeys = [.. _advertised.Select(Row)], FinalizedFeaturesEpoch = 0 });
        return default;
    }

    static ApiVersionsResponse Refusal(ErrorCode error, params (ApiKey Key, VersionRange Versions)[] apis) => new() { ErrorCode = error, ApiKeys = [.. apis.Select(Row)] };

    static ApiVersionsResponse.ApiVersion Row((ApiKey Key, VersionRange Versions) api) =>
        new() { ApiKey = (short)api.Key, MinVersion = api.Versions.Lowest, MaxVersion = api.Versions.Highest };

    // Letters and digits, with dots and dashes between them.
    static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-');
}
