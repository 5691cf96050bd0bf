using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups.Classic;

/// <summary>
/// Which topics the members of a group of the type "consumer" read: what they say of themselves is the clients' own business, and may be anything. What cannot
/// be read
/// means that the subscription is not known, and nothing else.
/// </summary>
internal static class Subscriptions
{
    /// <returns>Null when any of them cannot be read.</returns>
    public static HashSet<string>? Of(IEnumerable<byte[]> metadata)
    {
        var topics = new HashSet<string>(StringComparer.Ordinal);
        foreach (var bytes in metadata)
        {
            if (TryRead(bytes) is not { } subscription) return null;
            topics.UnionWith(subscription.Topics);
        }
        return topics;
    }

    /// <summary>Newer versions have more behind what is known.</summary>
    public static ConsumerProtocolSubscription? TryRead(byte[] metadata)
    {
        try
        {
            var reader = new WireReader(metadata);
            var version = reader.ReadInt16();
            if (version < 0) return null;
            var subscription = new ConsumerProtocolSubscription();
            subscription.Read(ref reader, Math.Min(version, ConsumerProtocolSubscription.Versions.Highest));
            return subscription;
        }
        catch (WireFormatException)
        {
            return null;
        }
    }
}
