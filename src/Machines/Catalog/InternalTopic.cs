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

    public static bool Is(string name) => Names.Contains(name, StringComparer.Ordinal);
}
