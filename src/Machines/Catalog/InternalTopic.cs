namespace Semel.Machines.Catalog;

/// <summary>
/// The names under which a cluster of Kafka keeps records of its own: groups' offsets, transactions, share groups, its metadata. Nobody makes a topic with such a name:
/// clients and tools take what lies there for the cluster's own records.
/// </summary>
public static class InternalTopic
{
    static readonly string[] Names = ["__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"];

    public static bool Is(string name) => Names.Contains(name, StringComparer.Ordinal);
}
