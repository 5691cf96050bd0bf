using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// OffsetFetch: what is committed. An offset of another incarnation of its topic is none, as is that of a topic that is gone: whoever reads a topic that was
/// made anew
/// begins as with any new topic.
/// </summary>
internal static class FetchDecision
{
    public static FetchedOffsets Decide(FetchOffsets command, Group? group, CatalogView catalog)
    {
        if (command.MemberId is { } member && group?.Body?.AdmitFetch(member, command.MemberEpoch) is { } refusal and not ErrorCode.None) return new(refusal, []);
        return new(ErrorCode.None, command.Topics is { } asked
            ? [.. asked.Select(topic => Named(topic, group, command.RequireStable, catalog))]
            : group is null ? [] : [.. All(group, command.RequireStable, catalog)]);
    }

    static FetchedTopic Named(TopicPartitions asked, Group? group, bool requireStable, CatalogView catalog)
    {
        var missing = OffsetTarget.Find(catalog, asked.Name, asked.TopicId, out var topic);
        // By name a topic that is not there has no offset, which is no error; an id that nobody has is one.
        if (missing == ErrorCode.UnknownTopicId) return new(null, asked.TopicId, [.. asked.Partitions.Select(partition => FetchedOffset.None(partition, missing))]);
        if (missing != ErrorCode.None) return new(asked.Name, TopicId.None, [.. asked.Partitions.Select(partition => FetchedOffset.None(partition))]);
        return new(topic.Name, topic.TopicId, [.. asked.Partitions.Select(partition => One(topic, partition, group, requireStable))]);
    }

    static FetchedOffset One(CatalogTopic topic, int partition, Group? group, bool requireStable)
    {
        if (group is null) return FetchedOffset.None(partition);
        if (requireStable && group.Offsets.IsPending(topic.Name, partition)) return FetchedOffset.None(partition, ErrorCode.UnstableOffsetCommit);
        return group.Offsets.TryFind(topic.Name, partition, out var offset) && IsOf(offset, topic) ? Row(offset) : FetchedOffset.None(partition);
    }

    static IEnumerable<FetchedTopic> All(Group group, bool requireStable, CatalogView catalog)
    {
        foreach (var offsets in group.Offsets.Topics)
        {
            if (!catalog.TryFind(offsets.Name, out var topic)) continue;
            var rows = new List<FetchedOffset>(offsets.Count);
            foreach (var offset in offsets.All)
                if (IsOf(offset, topic))
                    rows.Add(requireStable && group.Offsets.IsPending(topic.Name, offset.Partition)
                        ? FetchedOffset.None(offset.Partition, ErrorCode.UnstableOffsetCommit) : Row(offset));
            if (rows.Count > 0) yield return new(topic.Name, topic.TopicId, rows);
        }
    }

    static bool IsOf(in CommittedOffset offset, CatalogTopic topic) => offset.Topic.Id.IsNone || offset.Topic.Id == topic.TopicId;

    static FetchedOffset Row(in CommittedOffset offset) => new(offset.Partition, offset.Offset, offset.LeaderEpoch, offset.Metadata, ErrorCode.None);
}
