namespace Semel.Broker.Hosting;

/// <summary>How a topic of the broker's own is made. Counts then, and not for one that is there.</summary>
public sealed record StateTopicOptions
{
    /// <summary>1 to 10,000. Fewer than Kafka's 50: there is one broker, and each partition costs files.</summary>
    public int PartitionCount { get; init; } = 4;

    /// <summary>Bytes after which its logs begin a new segment, at least 1 MiB. Less than Kafka's 100 MiB: only what is sealed is compacted, and nobody needs what lies before the newest record of a key.</summary>
    public int SegmentBytes { get; init; } = 4 << 20;
}
