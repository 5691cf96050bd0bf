using Semel.Machines.Catalog;

namespace Semel.Broker.Topics;

/// <summary>One incarnation of a topic with its partitions.</summary>
internal sealed class Topic(CatalogTopic description, Partition[] partitions)
{
    public string Name => description.Name;
    public IReadOnlyList<Partition> Partitions => partitions;

    /// <returns>Null when the topic has no partition of that number.</returns>
    public Partition? Find(int number) => (uint)number < (uint)partitions.Length ? partitions[number] : null;
}
