using Semel.Protocol;

namespace Semel.Machines.Catalog;

/// <summary>What the broker tells its catalog. Nothing of it is recorded.</summary>
public sealed record CatalogOptions
{
    /// <summary>The one node there is: all a manual assignment may name.</summary>
    public NodeId NodeId { get; init; } = new(1);
    /// <summary>num.partitions: how many a topic gets when its creator leaves it to the broker.</summary>
    public int DefaultPartitionCount { get; init; } = 1;
    /// <summary>How many partitions all topics together may have: each costs files and memory.</summary>
    public int MaxPartitions { get; init; } = 10_000;
    /// <summary>How many producer ids are made durable at once.</summary>
    public int ProducerIdBlockSize { get; init; } = 1000;
    /// <summary>Topic configurations that differ from Kafka's defaults, by the names of <see cref="TopicConfigTable"/>.</summary>
    public IReadOnlyDictionary<string, string> TopicDefaults { get; init; } = new Dictionary<string, string>();

    /// <summary>Why these options cannot be; null when they can.</summary>
    public string? Refusal()
    {
        if (DefaultPartitionCount < 1 || DefaultPartitionCount > MaxPartitions) return $"num.partitions must be from 1 to {MaxPartitions}, the most partitions of all topics, it is {DefaultPartitionCount}";
        if (ProducerIdBlockSize < 1) return $"a block of producer ids has at least one, not {ProducerIdBlockSize}";
        foreach (var (name, value) in TopicDefaults)
            if (TopicConfigTable.Refusal(name, value) is { } refusal) return refusal;
        return null;
    }
}
