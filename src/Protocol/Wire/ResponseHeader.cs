namespace Semel.Protocol.Wire;

/// <summary>What stands before a response's body. Which layout it has depends on the request, so the reader must know which one it asked.</summary>
public readonly record struct ResponseHeader(int CorrelationId)
{
    /// <summary>
    /// 1 (with tagged fields) before a flexible body, else 0. Before every answer to ApiVersions it is 0:
    /// a client reads that answer before it knows whether the broker knows flexible headers at all (KIP-511).
    /// </summary>
    public static short VersionOf(ApiKey key, short version) =>
        key != ApiKey.ApiVersions && version >= FlexibleVersions.First(key) ? (short)1 : (short)0;

    /// <exception cref="WireFormatException">The frame is shorter than its header.</exception>
    public static ResponseHeader Read(ref WireReader reader, ApiKey key, short version)
    {
        var header = new ResponseHeader(reader.ReadInt32());
        if (VersionOf(key, version) == 1) reader.SkipTaggedFields();
        return header;
    }

    public void Write(WireWriter writer, ApiKey key, short version)
    {
        writer.WriteInt32(CorrelationId);
        if (VersionOf(key, version) == 1) writer.WriteUnsignedVarint(0);
    }
}
