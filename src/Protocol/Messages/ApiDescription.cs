using Semel.Protocol.Wire;

namespace Semel.Protocol.Messages;

/// <summary>One API of <see cref="ApiTable"/>. Immutable.</summary>
public sealed class ApiDescription
{
    readonly Func<IMessage> _newRequest;
    readonly Func<IMessage> _newResponse;

    internal ApiDescription(ApiKey key, VersionRange versions, Func<IMessage> newRequest, Func<IMessage> newResponse)
    {
        Key = key;
        Name = key.ToString();
        Versions = versions;
        _newRequest = newRequest;
        _newResponse = newResponse;
    }

    public ApiKey Key { get; }

    /// <summary>Kafka's name, without "Request".</summary>
    public string Name { get; }

    /// <summary>All versions that the generated code reads and writes.</summary>
    public VersionRange Versions { get; }

    /// <summary>Null when no version is flexible.</summary>
    public short? FirstFlexibleVersion => FlexibleVersions.First(Key);

    public short RequestHeaderVersion(short version) => RequestHeader.VersionOf(Key, version);
    public short ResponseHeaderVersion(short version) => ResponseHeader.VersionOf(Key, version);
    public IMessage NewRequest() => _newRequest();
    public IMessage NewResponse() => _newResponse();
}
