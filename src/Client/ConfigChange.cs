namespace Semel.Client;

/// <summary>What becomes of a configured value, by Kafka's numbers (KIP-339).</summary>
public enum ConfigOperation : sbyte
{
    /// <summary>It has this value from now on.</summary>
    Set = 0,
    /// <summary>It has its default again.</summary>
    Delete = 1,
    /// <summary>A list gets further elements.</summary>
    Append = 2,
    /// <summary>A list loses elements.</summary>
    Subtract = 3,
}

/// <summary>A change of one configured value. What is not named keeps its value.</summary>
/// <param name="Value">Null with <see cref="ConfigOperation.Delete"/>; several elements of a list with commas between them.</param>
public sealed record ConfigChange(string Name, ConfigOperation Operation, string? Value)
{
    public static ConfigChange Set(string name, string value) => new(name, ConfigOperation.Set, value);
    public static ConfigChange Delete(string name) => new(name, ConfigOperation.Delete, null);
    public static ConfigChange Append(string name, string value) => new(name, ConfigOperation.Append, value);
    public static ConfigChange Subtract(string name, string value) => new(name, ConfigOperation.Subtract, value);
}

/// <summary>How many partitions a topic is to have in all.</summary>
/// <param name="TotalCount">More than it has now: partitions are never taken away. Records with a key may go to other partitions than before.</param>
public sealed record NewPartitions(string Topic, int TotalCount)
{
    /// <summary>The replicas of each new partition, first the preferred leader; empty leaves them to the cluster.</summary>
    public IReadOnlyList<IReadOnlyList<NodeId>> Assignments { get; init; } = [];
}
