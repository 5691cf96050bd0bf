namespace Semel.Broker.Door;

/// <summary>Names what else speaks to a Kafka port by mistake, by its first four bytes, so that the line in the log says what to mend.</summary>
internal static class ForeignProtocol
{
    /// <returns>Null when the bytes are nothing well known.</returns>
    public static string? Name(ReadOnlySpan<byte> first) => first switch
    {
        [0x16, 0x03, <= 0x04, ..] => "a TLS hello (this port speaks plain text: set security.protocol=PLAINTEXT at the client)",
        _ when IsHttp(first) => "an HTTP request (this port speaks the Kafka protocol)",
        _ when first.StartsWith("SSH-"u8) => "an SSH greeting",
        _ => null,
    };

    static bool IsHttp(ReadOnlySpan<byte> first) => first.StartsWith("GET "u8) || first.StartsWith("POST"u8) || first.StartsWith("HEAD"u8) || first.StartsWith("PUT "u8)
        || first.StartsWith("OPTI"u8) || first.StartsWith("DELE"u8) || first.StartsWith("PATC"u8) || first.StartsWith("CONN"u8) || first.StartsWith("PRI "u8);
}
