using Semel.Client.Metadata;

namespace Semel.Client.Grouping.Offsets;

/// <summary>
/// By which ids the topics of a group's offsets are named: the incarnation that was assigned or first asked about, so that no offset of a topic that was deleted
/// is taken for one of its successor. Thread safe.
/// </summary>
internal sealed class TopicIds(MetadataCache metadata)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, TopicId> _first = new(StringComparer.Ordinal);

    /// <summary>Of each topic; none where nobody has told it yet.</summary>
    public Dictionary<string, TopicId> Of(IEnumerable<TopicPartition> partitions, MemberPicture? member)
    {
        var ids = new Dictionary<string, TopicId>(StringComparer.Ordinal);
        foreach (var partition in partitions)
            if (!ids.TryGetValue(partition.Topic, out var known) || known.IsNone)
                ids[partition.Topic] = member is not null && member.Owned.TryGetValue(partition, out var owned) && !owned.Id.IsNone ? owned.Id : First(partition.Topic);
        return ids;
    }

    TopicId First(string topic)
    {
        lock (_gate)
        {
            if (_first.TryGetValue(topic, out var known)) return known;
            if (metadata.Find(topic) is not { Error: ErrorCode.None } seen || seen.TopicId.IsNone) return TopicId.None;
            return _first[topic] = seen.TopicId;
        }
    }

    /// <summary>Whether the metadata has another incarnation than the one named.</summary>
    public bool IsAnother(string topic, TopicId named) => metadata.Find(topic) is { Error: ErrorCode.None } seen && !seen.TopicId.IsNone && !named.IsNone && seen.TopicId != named;

    /// <summary>The application has been told: what comes next is about the topic as it is.</summary>
    public void Forget(string topic)
    {
        lock (_gate) _first.Remove(topic);
    }
}
