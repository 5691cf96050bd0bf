using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>All incarnations of topics that a machine's offsets name, each once. Those that no offset names any more stay until <see cref="Forget"/>.</summary>
internal sealed class OffsetTopics
{
    readonly Dictionary<(string Name, TopicId Id), OffsetTopic> _topics = [];

    public OffsetTopic Of(string name, TopicId id)
    {
        if (_topics.TryGetValue((name, id), out var topic)) return topic;
        topic = new OffsetTopic(name, id);
        _topics.Add((name, id), topic);
        return topic;
    }

    /// <summary>Those that the catalog does not have, or has under another name: their offsets are of no use.</summary>
    public HashSet<OffsetTopic> Gone(CatalogView catalog) => [.. _topics.Values.Where(topic => !Exists(topic, catalog))];

    public void Forget(OffsetTopic topic) => _topics.Remove((topic.Name, topic.Id));

    /// <summary>The topic is there, and it is this incarnation of it.</summary>
    public static bool Exists(OffsetTopic topic, CatalogView catalog) =>
        catalog.TryFind(topic.Name, out var found) && (topic.Id.IsNone || found.TopicId == topic.Id);
}
