namespace Semel.Machines.Catalog;

/// <summary>
/// The names under which a cluster of Kafka keeps records of its own: groups' offsets, transactions, share groups, its metadata. Nobody but the broker makes a topic with
/// such a name: clients and tools take what lies there for the cluster's own records. Whether a topic is internal its description tells, not its name.
/// </summary>
public static class InternalTopic
{
    /// <summary>What transactional ids have done and do.</summary>
    public const string Transactions = "__transaction_state";

    /// <summary>Groups, and the offsets that they have committed.</summary>
    public const string Groups = "__consumer_offsets";

    static readonly string[] Names = [Groups, Transactions, "__share_group_state", "__cluster_metadata"];

    /// <summary>To which partition a key belongs, as in Kafka: by Java's hash of a string, without its sign.</summary>
    /// <param name="count">How many partitions the topic has.</param>
    public static int PartitionOf(string key, int count)
    {
        var hash = 0;
        foreach (var unit in key) hash = unchecked(31 * hash + unit);
        // Kafka takes 0 where an int has no positive of the same size.
        return (hash == int.MinValue ? 0 : Math.Abs(hash)) % count;
    }

    public static bool Is(string name) => Names.Contains(name, StringComparer.Ordinal);
}
