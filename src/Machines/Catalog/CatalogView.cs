using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>All topics at one moment. Never changes, so any thread may read it. It shares with the view before all that did not change, so one costs next to nothing.</summary>
public sealed class CatalogView
{
    public static readonly CatalogView Empty = new CatalogState().View();

    readonly ImmutableSortedDictionary<string, CatalogTopic> _byName;
    readonly ImmutableDictionary<TopicId, CatalogTopic> _byId;
    CatalogTopic[]? _topics;

    internal CatalogView(ImmutableSortedDictionary<string, CatalogTopic> byName, ImmutableDictionary<TopicId, CatalogTopic> byId) => (_byName, _byId) = (byName, byId);

    /// <summary>Sorted by name, by code unit. Listed when somebody first asks.</summary>
    public IReadOnlyList<CatalogTopic> Topics => _topics ??= [.. _byName.Values];

    /// <summary>The end of the catalog's log that this is the picture of: of two views, equal ones are the same.</summary>
    public long EndOffset { get; internal init; }

    /// <summary>The name of the cluster that the data belongs to; null when it was not entered yet.</summary>
    public string? ClusterId { get; internal init; }

    public int TopicCount => _byName.Count;

    /// <summary>Of all topics together.</summary>
    public int PartitionCount { get; internal init; }

    /// <summary>The first producer id that was ever reserved; none when none was.</summary>
    public ProducerId FirstProducerId { get; internal init; }

    /// <summary>No producer id from here on has been reserved. 0 when none was.</summary>
    public ProducerId NextProducerId { get; internal init; }

    public bool TryFind(string name, [NotNullWhen(true)] out CatalogTopic? topic) => _byName.TryGetValue(name, out topic);
    public bool TryFind(TopicId topicId, [NotNullWhen(true)] out CatalogTopic? topic) => _byId.TryGetValue(topicId, out topic);
}
