using Semel.Broker.Door;
using Semel.Protocol;

namespace Semel.Broker.Handlers.Cluster;

/// <summary>
/// A feature of Kafka's clusters, by which clients choose a protocol beyond what single versions of requests tell (KIP-584). It is claimed by whoever answers what it asks
/// for, at its highest level, and cannot be changed.
/// </summary>
internal sealed record ClusterFeature(string Name, short Level)
{
    const short EndThatRaisesTheEpoch = 5;

    static readonly ClusterFeature ConsumerGroups = new("group.version", 1), TransactionsThatRaiseTheEpoch = new("transaction.version", 2);

    /// <summary>Those of a broker with these handlers, sorted by name.</summary>
    public static IReadOnlyList<ClusterFeature> Of(IReadOnlyList<IHandler> handlers)
    {
        var features = new List<ClusterFeature>();
        foreach (var handler in handlers)
        {
            // KIP-848, and KIP-890: each end of a transaction raises the epoch, and partitions are added with the first write.
            if (handler.ApiKey == ApiKey.ConsumerGroupHeartbeat) features.Add(ConsumerGroups);
            if (handler.ApiKey == ApiKey.EndTxn && handler.AdvertisedVersions.Highest >= EndThatRaisesTheEpoch) features.Add(TransactionsThatRaiseTheEpoch);
        }
        features.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return features;
    }
}
