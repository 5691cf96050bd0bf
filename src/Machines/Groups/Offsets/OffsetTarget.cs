using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>Which topic a request means: by name, or by id when there is no name.</summary>
public static class OffsetTarget
{
    /// <returns>The error of each of its partitions when there is no such topic.</returns>
    public static ErrorCode Find(CatalogView catalog, string? name, TopicId id, out CatalogTopic topic)
    {
        if (name is null ? catalog.TryFind(id, out var found) : catalog.TryFind(name, out found))
        {
            topic = found;
            return ErrorCode.None;
        }
        topic = null!;
        return name is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
    }

    public static bool HasPartition(CatalogTopic topic, int partition) => partition >= 0 && partition < topic.PartitionCount;

    /// <summary>Whether the partition is there.</summary>
    public static ErrorCode Check(CatalogView catalog, string? name, TopicId id, int partition)
    {
        var error = Find(catalog, name, id, out var topic);
        return error == ErrorCode.None && !HasPartition(topic, partition) ? ErrorCode.UnknownTopicOrPartition : error;
    }
}
