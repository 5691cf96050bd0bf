using Semel.Machines.Catalog;

namespace Semel.Broker.Topics;

/// <summary>One incarnation of a topic with its partitions.</summary>
internal sealed class Topic(CatalogTopic description, Partition[] partitions)
{
    long _seenAt = -1;

    public string Name => description.Name;
    public CatalogTopic Description => description;

    /// <summary>Whether the catalog was seen to have this topic, in a view of that end offset.</summary>
    public bool WasSeenAt(long catalogEnd) => Volatile.Read(ref _seenAt) == catalogEnd;
    public void SeenAt(long catalogEnd) => Volatile.Write(ref _seenAt, catalogEnd);
    public IReadOnlyList<Partition> Partitions => partitions;

    /// <returns>Null when the topic has no partition of that number.</returns>
    public Partition? Find(int number) => (uint)number < (uint)partitions.Length ? partitions[number] : null;
}
