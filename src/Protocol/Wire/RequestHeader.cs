namespace Semel.Protocol.Wire;

/// <summary>What stands before a request's body: which API in which version, the number that its response will carry, and who asks.</summary>
public readonly record struct RequestHeader(ApiKey ApiKey, short ApiVersion, int CorrelationId, string? ClientId)
{
    /// <summary>2 (with tagged fields) before a flexible body, else 1.</summary>
    public static short VersionOf(ApiKey key, short version) => version >= FlexibleVersions.First(key) ? (short)2 : (short)1;

    /// <summary>
    /// Reads the header and leaves the reader at the body. The client id has a 16-bit length in both versions of the header.
    /// An API that is not one of ours is read as if it were not flexible: its key is told, its body cannot be read anyway.
    /// </summary>
    /// <exception cref="WireFormatException">The frame is shorter than its header.</exception>
    public static RequestHeader Read(ref WireReader reader)
    {
        var key = (ApiKey)reader.ReadInt16();
        var version = reader.ReadInt16();
        var header = new RequestHeader(key, version, reader.ReadInt32(), reader.ReadNullableString(flexible: false));
        if (VersionOf(key, version) == 2) reader.SkipTaggedFields();
        return header;
    }

    public void Write(WireWriter writer)
    {
        writer.WriteInt16((short)ApiKey);
        writer.WriteInt16(ApiVersion);
        writer.WriteInt32(CorrelationId);
        writer.WriteString(ClientId, flexible: false);
        if (VersionOf(ApiKey, ApiVersion) == 2) writer.WriteUnsignedVarint(0);
    }
}
