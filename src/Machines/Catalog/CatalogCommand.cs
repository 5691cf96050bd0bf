using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>What may be asked of the catalog.</summary>
public enum CatalogCommandKind : byte
{
    CreateTopic,
    /// <summary>By name, or by id when the name is null.</summary>
    DeleteTopic,
    /// <summary>Make a block of producer ids durable, so that none of them is ever given out again.</summary>
    ReserveProducerIds,
    /// <summary>Enter the cluster's name, unless one is there.</summary>
    NameCluster,
}

/// <summary>One command to the catalog.</summary>
public readonly record struct CatalogCommand
{
    public required CatalogCommandKind Kind { get; init; }
    public NewTopic? NewTopic { get; init; }
    public string? TopicName { get; init; }
    public TopicId TopicId { get; init; }
    /// <summary>The first id of all, should none have been given out: fresh from the shell, random.</summary>
    public ProducerId FirstProducerId { get; init; }
    public string? ClusterId { get; init; }

    public static CatalogCommand CreateTopic(NewTopic topic) => new() { Kind = CatalogCommandKind.CreateTopic, NewTopic = topic };
    public static CatalogCommand DeleteTopic(string name) => new() { Kind = CatalogCommandKind.DeleteTopic, TopicName = name };
    public static CatalogCommand DeleteTopic(TopicId topicId) => new() { Kind = CatalogCommandKind.DeleteTopic, TopicId = topicId };
    /// <param name="random">One of <see cref="ProducerIdSpace"/>, by chance: it counts when no id was given out before.</param>
    public static CatalogCommand ReserveProducerIds(ProducerId random) => new() { Kind = CatalogCommandKind.ReserveProducerIds, FirstProducerId = random };
    public static CatalogCommand NameCluster(string clusterId) => new() { Kind = CatalogCommandKind.NameCluster, ClusterId = clusterId };
}

/// <summary>A topic as somebody wants it.</summary>
public sealed record NewTopic
{
    public required string Name { get; init; }
    /// <summary>Fresh from the shell: random, never used before.</summary>
    public required TopicId TopicId { get; init; }
    /// <summary>-1: the broker's default.</summary>
    public int PartitionCount { get; init; } = -1;
    /// <summary>-1 or 1.</summary>
    public short ReplicationFactor { get; init; } = -1;
    /// <summary>Which nodes have which partition, by hand; empty when it is left to the broker. Then count and replication factor are not given.</summary>
    public IReadOnlyList<PartitionAssignment> Assignments { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, string?>> Configs { get; init; } = [];
    /// <summary>
    /// The producer id that will be given out next, read after the name was found to be free: no producer with this id or a later one can have written to an earlier
    /// topic of the name. 0 when none was given out yet.
    /// </summary>
    public ProducerId NextProducerId { get; init; }
    /// <summary>The broker wants it for itself: one of <see cref="InternalTopic"/>, which nobody else can create.</summary>
    public bool IsInternal { get; init; }
    /// <summary>Say what would be answered, and create nothing.</summary>
    public bool ValidateOnly { get; init; }
}

/// <summary>The nodes that shall have a partition.</summary>
public readonly record struct PartitionAssignment(int Partition, IReadOnlyList<NodeId> Nodes);
