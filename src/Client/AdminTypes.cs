namespace Semel.Client;

/// <summary>What became of one item of a call: its value, or why there is none.</summary>
public sealed record AdminResult<TItem, TValue>(TItem Item, TValue? Value, KafkaException? Failure)
{
    /// <summary>Whether there is a value.</summary>
    public bool IsSuccess => Failure is null;

    /// <summary>What was said about the item beside its value or its error code, the broker's own words where it has any; null when nothing was.</summary>
    public string? Remark { get; init; }

    /// <exception cref="KafkaException">The item failed.</exception>
    public TValue GetValue() => Failure is null ? Value! : throw Failure;
}

/// <summary>A topic to be made. Partitions and replication factor of -1 are the broker's defaults.</summary>
public sealed record NewTopic(string Name, int Partitions = -1, short ReplicationFactor = -1)
{
    /// <summary>Configuration that differs from the broker's.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    /// <summary>The replicas of each partition, first the preferred leader; with this, <see cref="Partitions"/> and <see cref="ReplicationFactor"/> are left at -1.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<NodeId>> Assignments { get; init; } = new Dictionary<int, IReadOnlyList<NodeId>>();
}

/// <summary>A topic that was made. What an old broker does not tell is -1 or no id.</summary>
public sealed record CreatedTopic(TopicId TopicId, int Partitions, short ReplicationFactor, IReadOnlyDictionary<string, string?> Configs);

/// <summary>A topic as the cluster sees it.</summary>
/// <param name="TopicId">None where an old broker tells none (KIP-516).</param>
/// <param name="IsInternal">The cluster keeps its own records there.</param>
/// <param name="Partitions">By their numbers.</param>
public sealed record TopicDescription(string Name, TopicId TopicId, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions);

/// <summary>A partition as the cluster sees it.</summary>
/// <param name="Leader">-1 while there is none.</param>
/// <param name="LeaderEpoch">-1 when it is not known.</param>
public sealed record PartitionDescription(int Partition, NodeId Leader, int LeaderEpoch, IReadOnlyList<NodeId> Replicas, IReadOnlyList<NodeId> InSyncReplicas, ErrorCode Error);

/// <summary>What has a configuration, by Kafka's numbers.</summary>
public enum ConfigResourceType : sbyte
{
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

/// <summary>A topic or group by name, a broker by its number.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    /// <summary>A topic's configuration.</summary>
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);
    /// <summary>A broker's configuration.</summary>
    public static ConfigResource Broker(NodeId node) => new(ConfigResourceType.Broker, node.ToString());
    public override string ToString() => $"{Type.ToString().ToLowerInvariant()} {Name}";
}

/// <summary>Where a configured value comes from, by Kafka's numbers.</summary>
public enum ConfigSource : sbyte
{
    Unknown = 0,
    Topic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    DynamicBrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

/// <summary>One configured value.</summary>
/// <param name="Value">Null when it has none, or may not be shown.</param>
public sealed record ConfigEntry(string Name, string? Value, ConfigSource Source, bool IsReadOnly, bool IsSensitive, string? Documentation);

/// <summary>A cluster.</summary>
/// <param name="Controller">-1 while there is none, or none is told.</param>
public sealed record ClusterDescription(string ClusterId, NodeId Controller, IReadOnlyList<BrokerDescription> Brokers);

/// <summary>A broker of the cluster.</summary>
/// <param name="Rack">Null when it has none.</param>
/// <param name="IsFenced">It is registered but not allowed to serve (KIP-1073).</param>
public sealed record BrokerDescription(NodeId Node, string Host, int Port, string? Rack, bool IsFenced);

/// <summary>Which offset is asked for: the numbers of the ListOffsets request.</summary>
public readonly record struct OffsetSpec(long Value)
{
    /// <summary>Behind the last record that the isolation level sees.</summary>
    public static readonly OffsetSpec Latest = new(-1);
    /// <summary>The first record that is kept.</summary>
    public static readonly OffsetSpec Earliest = new(-2);
    /// <summary>The record with the largest timestamp (KIP-734).</summary>
    public static readonly OffsetSpec MaxTimestamp = new(-3);

    /// <summary>The first record that the broker has on its own disk: behind it lies what is in tiered storage only (KIP-405).</summary>
    public static readonly OffsetSpec EarliestLocal = new(-4);
    /// <summary>The last record in tiered storage; none where there is no such storage (KIP-1005).</summary>
    public static readonly OffsetSpec LatestTiered = new(-5);
    /// <summary>The first record that is not in tiered storage yet; none where there is no such storage (KIP-1023).</summary>
    public static readonly OffsetSpec EarliestPendingUpload = new(-6);

    /// <summary>The version of ListOffsets from which on the number means this; before it, it would be taken for a time.</summary>
    internal short LowestVersion => Value switch { -3 => 7, -4 => 8, -5 => 9, -6 => 11, _ => 0 };

    /// <summary>The first record that is not before a time.</summary>
    /// <exception cref="ArgumentException">It is not set or lies before 1970: the request would read it as one of the numbers above.</exception>
    public static OffsetSpec At(Timestamp time) => time.UnixMilliseconds >= 0
        ? new(time.UnixMilliseconds)
        : throw new ArgumentException("the timestamp is not set or lies before 1970; OffsetSpec.Earliest asks for the first record", nameof(time));
}

/// <summary>Where something was found in a partition.</summary>
/// <param name="Offset"><see cref="Client.Offset.Unset"/> when no record is as was asked.</param>
/// <param name="LeaderEpoch">-1 when it is not known.</param>
public sealed record ListedOffset(Offset Offset, Timestamp Timestamp, int LeaderEpoch);

/// <summary>One producer id that a partition remembers.</summary>
/// <param name="LastSequence">Of its last batch; -1 for none.</param>
/// <param name="TransactionStart">The first offset of its open transaction; null when it has none open here.</param>
public sealed record ProducerDescription(ProducerId ProducerId, int ProducerEpoch, int LastSequence, Timestamp LastTimestamp, int CoordinatorEpoch, long? TransactionStart);
