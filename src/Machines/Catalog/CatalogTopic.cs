using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>One incarnation of a topic. Immutable.</summary>
public sealed record CatalogTopic(string Name, TopicId TopicId, int PartitionCount, TopicConfig Config);
