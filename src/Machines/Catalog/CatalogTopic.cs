using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>One incarnation of a topic. Immutable.</summary>
public sealed record CatalogTopic(string Name, TopicId TopicId, int PartitionCount, TopicConfig Config)
{
    /// <summary>Its logs were made before it: one that is not there is gone. False for a topic of an earlier version, whose logs were made when somebody first used them.</summary>
    public bool HasLogs { get; init; }

    /// <summary>One of the broker's own, for what it has to remember: clients can read and describe it, and nothing else.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Producers with this id or a later one were given it after the topic came to be. For a topic of an earlier version, a later bound of that.</summary>
    public ProducerId ProducersSince { get; init; }
}
