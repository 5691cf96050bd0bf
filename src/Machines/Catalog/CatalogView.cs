using System.Diagnostics.CodeAnalysis;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>All topics at one moment. Never changes, so any thread may read it.</summary>
public sealed class CatalogView
{
    public static readonly CatalogView Empty = new([], ProducerIdBlock.FirstOfAll);

    readonly Dictionary<string, CatalogTopic> _byName;
    readonly Dictionary<TopicId, CatalogTopic> _byId;

    internal CatalogView(CatalogTopic[] topics, ProducerId nextProducerId)
    {
        Array.Sort(topics, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        Topics = topics;
        _byName = topics.ToDictionary(static topic => topic.Name, StringComparer.Ordinal);
        _byId = topics.ToDictionary(static topic => topic.TopicId);
        NextProducerId = nextProducerId;
    }

    /// <summary>Sorted by name, by code unit.</summary>
    public IReadOnlyList<CatalogTopic> Topics { get; }

    /// <summary>No producer id from here on has been reserved.</summary>
    public ProducerId NextProducerId { get; }

    public bool TryFind(string name, [NotNullWhen(true)] out CatalogTopic? topic) => _byName.TryGetValue(name, out topic);
    public bool TryFind(TopicId topicId, [NotNullWhen(true)] out CatalogTopic? topic) => _byId.TryGetValue(topicId, out topic);
}
