namespace Semel.Protocol.Wire;

/// <summary>Bytes that are not what the protocol says. The connection they came on is closed; nothing was changed by them.</summary>
public sealed class WireFormatException(string message) : Exception(message);
