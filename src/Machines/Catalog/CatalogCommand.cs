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
}

/// <summary>One command to the catalog.</summary>
public readonly record struct CatalogCommand
{
    public required CatalogCommandKind Kind { get; init; }
    public NewTopic? NewTopic { get; init; }
    public string? TopicName { get; init; }
    public TopicId TopicId { get; init; }

    public static CatalogCommand CreateTopic(NewTopic topic) => new() { Kind = CatalogCommandKind.CreateTopic, NewTopic = topic };
    public static CatalogCommand DeleteTopic(string name) => new() { Kind = CatalogCommandKind.DeleteTopic, TopicName = name };
    public static CatalogCommand DeleteTopic(TopicId topicId) => new() { Kind = CatalogCommandKind.DeleteTopic, TopicId = topicId };
    public static readonly CatalogCommand ReserveProducerIds = new() { Kind = CatalogCommandKind.ReserveProducerIds };
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
    /// <summary>Say what would be answered, and create nothing.</summary>
    public bool ValidateOnly { get; init; }
}

/// <summary>The nodes that shall have a partition.</summary>
public readonly record struct PartitionAssignment(int Partition, IReadOnlyList<NodeId> Nodes);
