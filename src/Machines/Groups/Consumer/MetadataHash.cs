using Semel.Machines.Catalog;

namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// What is remembered of the topics that a group reads, to see that they have changed: which of them there are, which incarnation, with how many partitions. 64
/// bits of FNV-1a; 0 for none.
/// </summary>
internal static class MetadataHash
{
    const ulong Basis = 14695981039346656037, Prime = 1099511628211;

    /// <param name="topics">Names, sorted, each once.</param>
    public static long Of(IEnumerable<string> topics, CatalogView catalog)
    {
        var hash = Basis;
        var isEmpty = true;
        Span<byte> id = stackalloc byte[16];
        foreach (var name in topics)
        {
            if (!catalog.TryFind(name, out var topic)) continue;
            isEmpty = false;
            foreach (var character in name) hash = (hash ^ character) * Prime;
            topic.TopicId.Value.TryWriteBytes(id);
            foreach (var part in id) hash = (hash ^ part) * Prime;
            for (var shift = 0; shift < 32; shift += 8) hash = (hash ^ (byte)(topic.PartitionCount >> shift)) * Prime;
        }
        return isEmpty ? 0 : (long)hash;
    }
}
