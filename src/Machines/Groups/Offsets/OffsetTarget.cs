using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>Which topic a request means: by name, or by id when there is no name.</summary>
internal static class OffsetTarget
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
}
