using Semel.Machines.Catalog;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups.Consumer.Migration;

/// <summary>
/// What members of the classic protocol are told, and say, of partitions: by names of topics, in the clients' own layout ("ConsumerProtocol").
/// </summary>
internal static class ClassicBytes
{
    /// <summary>Version 0 is read by every client.</summary>
    const short Version = 0;

    public static byte[] Of(PartitionSet assigned, CatalogView catalog)
    {
        var assignment = new ConsumerProtocolAssignment();
        foreach (var topic in assigned.GroupBy(static partition => partition.TopicId))
            if (catalog.TryFind(topic.Key, out var known))
                assignment.AssignedPartitions.Add(new() { Topic = known.Name, Partitions = [.. topic.Select(static partition => partition.Partition)] });
        return VersionedData.ToBytes(assignment, Version);
    }

    /// <summary>What a leader assigned; null when that cannot be read: its assignor has a language of its own.</summary>
    public static PartitionSet? AssignedOf(byte[] bytes, CatalogView catalog)
    {
        if (bytes.Length == 0) return PartitionSet.Empty;
        try
        {
            var reader = new WireReader(bytes);
            var version = reader.ReadInt16();
            if (version < 0) return null;
            var assignment = new ConsumerProtocolAssignment();
            assignment.Read(ref reader, Math.Min(version, ConsumerProtocolAssignment.Versions.Highest));
            return SetOf(assignment.AssignedPartitions.Select(static topic => (topic.Topic, (IEnumerable<int>)topic.Partitions)), catalog);
        }
        catch (WireFormatException)
        {
            return null;
        }
    }

    /// <summary>What a member says it owns when it joins: nothing, when it gives up everything before.</summary>
    public static PartitionSet OwnedOf(ConsumerProtocolSubscription subscription, CatalogView catalog) =>
        SetOf(subscription.OwnedPartitions.Select(static topic => (topic.Topic, (IEnumerable<int>)topic.Partitions)), catalog);

    static PartitionSet SetOf(IEnumerable<(string Topic, IEnumerable<int> Partitions)> topics, CatalogView catalog)
    {
        var partitions = new List<TopicIdPartition>();
        foreach (var (name, numbers) in topics)
            if (catalog.TryFind(name, out var topic)) partitions.AddRange(numbers.Select(number => new TopicIdPartition(topic.TopicId, number)));
        return PartitionSet.Of(partitions);
    }
}
