using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Partition;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Hosting;

/// <summary>When an append counts as durable.</summary>
public enum FlushPolicy : byte
{
    /// <summary>When the bytes are on the device: they survive the loss of power.</summary>
    Disk,
    /// <summary>When the operating system has them: they survive the end of the process, not that of the machine.</summary>
    Os,
}

/// <summary>Everything a broker can be told. Immutable; changed with <c>with</c>. Kafka's names and the ranges are in <see cref="BrokerConfigTable"/>.</summary>
public sealed record BrokerOptions
{
    internal const string LoopbackHost = "127.0.0.1";

    /// <summary>An IP address of this machine, "localhost", or "0.0.0.0" for all of them.</summary>
    public string Host { get; init; } = LoopbackHost;
    /// <summary>0 for any free port: <see cref="SemelBroker.EndPoint"/> tells which.</summary>
    public int Port { get; init; } = 9092;
    /// <summary>What clients are told to connect to; null for the host itself.</summary>
    public string? AdvertisedHost { get; init; }
    /// <summary>Null for the port itself.</summary>
    public int? AdvertisedPort { get; init; }
    public NodeId NodeId { get; init; } = new(1);
    /// <summary>Null: made at the first start and kept with the data.</summary>
    public string? ClusterId { get; init; }
    /// <summary>The folder of all logs; null keeps them in memory, and nothing outlives the process.</summary>
    public string? DataDirectory { get; init; }
    public FlushPolicy Flush { get; init; } = FlushPolicy.Disk;

    public bool AutoCreateTopics { get; init; } = true;
    public int DefaultPartitionCount { get; init; } = 1;
    /// <summary>How many partitions all topics together may have.</summary>
    public int MaxPartitions { get; init; } = 10_000;
    /// <summary>Defaults of topic configurations, by the topic's names of them; what is not here has Kafka's default.</summary>
    public IReadOnlyDictionary<string, string> TopicDefaults { get; init; } = new Dictionary<string, string>();

    public int MaxRequestBytes { get; init; } = 104_857_600;
    /// <summary>Bytes that the requests of all connections may hold together.</summary>
    public long QueuedMaxRequestBytes { get; init; } = 268_435_456;
    public int FetchMaxBytes { get; init; } = 57_671_680;
    /// <summary>Bytes that the answers to fetches may hold together before fetches get less than they ask for.</summary>
    public long QueuedMaxFetchBytes { get; init; } = 536_870_912;

    /// <summary>How many fetch sessions (KIP-227) there may be; 0 for none.</summary>
    public int FetchSessionSlots { get; init; } = 1000;
    public int MaxConnections { get; init; } = int.MaxValue;
    public int MaxConnectionsPerAddress { get; init; } = int.MaxValue;
    public TimeSpan ConnectionsMaxIdle { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>A request that has begun and does not get on for this long closes its connection; so does an answer that is not read.</summary>
    public TimeSpan RequestProgressTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ProducerIdExpiration { get; init; } = PartitionOptions.Default.ProducerIdExpiration;
    public TimeSpan ProducerIdExpirationCheckInterval { get; init; } = PartitionOptions.Default.ProducerIdExpirationCheckInterval;
    public int MaxProducersPerPartition { get; init; } = PartitionOptions.Default.MaxProducers;

    /// <summary>What the transaction coordinator keeps to.</summary>
    public TransactionOptions Transactions { get; init; } = new();
    /// <summary>How the topic of transactions is made.</summary>
    public StateTopicOptions TransactionTopic { get; init; } = new();
    /// <summary>How long a write waits before it asks again for its partition to be added to a transaction, while the one before is being ended.</summary>
    public TimeSpan AddPartitionsPause { get; init; } = TimeSpan.FromMilliseconds(20);
    /// <summary>How long it waits for that in all; not less than the pause.</summary>
    public TimeSpan AddPartitionsLongestWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What the group coordinator keeps to.</summary>
    public GroupOptions Groups { get; init; } = GroupOptions.Default;
    /// <summary>How long a request of a group waits for its log; then its client is told to come again, and what was asked may still happen.</summary>
    public TimeSpan OffsetsCommitTimeout { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How the topic of groups and their offsets is made.</summary>
    public StateTopicOptions GroupTopic { get; init; } = new();
    public ConsumerGroupBounds ConsumerGroupBounds { get; init; } = new();

    /// <summary>How much of a state log's sealed bytes must not be compacted yet before it is: above 0, up to 1.</summary>
    public double CompactionMinCleanableRatio { get; init; } = 0.5;
    /// <summary>How much memory the keys of a log may take while it is compacted, in bytes.</summary>
    public long CompactionKeyBytes { get; init; } = 16 << 20;

    /// <summary>
    /// The process is the broker's alone: it may raise its own limit of open files, and keep its thread pool small where there are few descriptors or threads. Within another
    /// program both are that program's business.
    /// </summary>
    public bool OwnsProcess { get; init; }

    /// <summary>How many descriptors the process may have open; null for what the system says. For tests.</summary>
    internal long? OpenFilesLimit { get; init; }

    /// <summary>What single values cannot tell.</summary>
    /// <exception cref="BrokerConfigException">Values contradict each other, or a topic default cannot be.</exception>
    public void Check()
    {
        if (QueuedMaxRequestBytes < MaxRequestBytes)
            throw new BrokerConfigException($"queued.max.request.bytes ({QueuedMaxRequestBytes}) must not be less than socket.request.max.bytes ({MaxRequestBytes})");
        if (DefaultPartitionCount > MaxPartitions)
            throw new BrokerConfigException($"num.partitions ({DefaultPartitionCount}) must not be more than max.partitions ({MaxPartitions})");
        if (CoordinatorConsistency.Refusal(this) is { } contradiction) throw new BrokerConfigException(contradiction);
        foreach (var (name, value) in TopicDefaults)
            if (TopicConfigTable.Refusal(name, value) is { } refusal) throw new BrokerConfigException(refusal);
    }
}
