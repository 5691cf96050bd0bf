using Semel.Protocol.Messages;

namespace Semel.Protocol.Wire;

/// <summary>
/// What the members of a classic group with the protocol type "consumer" tell each other. The bytes come from clients of all ages and go through the broker
/// unread, so they may be anything: reading tells whether they could be read, and throws nothing. Byte fields of what was read are slices. Thread-safe.
/// </summary>
public static class ConsumerProtocol
{
    /// <summary>The protocol type in JoinGroup for which the bytes are these.</summary>
    public const string Type = "consumer";

    /// <summary>False when the bytes are no subscription. One in a version that is not known yet is read as the newest that is: later ones only add to it.</summary>
    public static bool TryReadSubscription(ReadOnlyMemory<byte> bytes, out ConsumerProtocolSubscription subscription, out short version) =>
        TryRead(bytes, out subscription, out version);

    /// <summary>False when the bytes are no assignment, which no bytes at all are neither: a member that was assigned nothing may have none.</summary>
    public static bool TryReadAssignment(ReadOnlyMemory<byte> bytes, out ConsumerProtocolAssignment assignment, out short version) =>
        TryRead(bytes, out assignment, out version);

    static bool TryRead<TData>(ReadOnlyMemory<byte> bytes, out TData data, out short version) where TData : IVersionedData, new()
    {
        data = new();
        version = -1;
        try
        {
            var reader = new WireReader(bytes);
            version = reader.ReadInt16();
            if (version < TData.Versions.Lowest) return false;
            data.Read(ref reader, Math.Min(version, TData.Versions.Highest));
            return true;
        }
        catch (WireFormatException)
        {
            data = new();
            return false;
        }
    }
}
