using System.Diagnostics.CodeAnalysis;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>All topics at one moment. Never changes, so any thread may read it.</summary>
public sealed class CatalogView
{
    public static readonly CatalogView Empty = new([], ProducerIdBlock.FirstOfAll);

    readonly Dictionary<string, CatalogTopic> _byName = new(StringComparer.Ordinal);
    readonly Dictionary<TopicId, CatalogTopic> _byId = [];

    internal CatalogView(CatalogTopic[] topics, ProducerId nextProducerId)
    {
        Array.Sort(topics, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        Topics = topics;
        foreach (var topic in topics)
        {
            _byName.Add(topic.Name, topic);
            _byId.Add(topic.TopicId, topic);
            PartitionCount += topic.PartitionCount;
        }
        NextProducerId = nextProducerId;
    }

    /// <summary>Sorted by name, by code unit.</summary>
    public IReadOnlyList<CatalogTopic> Topics { get; }

    /// <summary>Of all topics together.</summary>
    public int PartitionCount { get; }

    /// <summary>No producer id from here on has been reserved.</summary>
    public ProducerId NextProducerId { get; }

    public bool TryFind(string name, [NotNullWhen(true)] out CatalogTopic? topic) => _byName.TryGetValue(name, out topic);
    public bool TryFind(TopicId topicId, [NotNullWhen(true)] out CatalogTopic? topic) => _byId.TryGetValue(topicId, out topic);
}
