namespace Semel.Client;

/// <summary>What a producer has done since it was built, and what it has in hand at this moment. The numbers are read one after the other while it goes on.</summary>
public sealed record ProducerStatistics
{
    /// <summary>Records whose batch takes no more; those of an open batch are added when it is closed.</summary>
    public required long RecordsAccepted { get; init; }
    /// <summary>Bytes of the same batches before they were compressed.</summary>
    public required long BytesAccepted { get; init; }
    /// <summary>Batches that were closed.</summary>
    public required long BatchesClosed { get; init; }
    /// <summary>Records that a broker acknowledged.</summary>
    public required long RecordsPersisted { get; init; }
    /// <summary>Bytes of the acknowledged batches as they went over the wire.</summary>
    public required long BytesPersisted { get; init; }
    /// <summary>Records that certainly were not stored.</summary>
    public required long RecordsFailed { get; init; }
    /// <summary>Records of which nobody knows whether they were stored; with acks=0 all of them.</summary>
    public required long RecordsPossiblyPersisted { get; init; }
    /// <summary>Of those that failed or may have, the ones that nobody awaited.</summary>
    public required long UnobservedFailures { get; init; }
    /// <summary>Batches reported as possibly persisted that turned out to be stored.</summary>
    public required long LateAcknowledgements { get; init; }
    /// <summary>Attempts of batches that were repeated.</summary>
    public required long Retries { get; init; }
    /// <summary>Batches that were too large for the broker and sent in parts.</summary>
    public required long Splits { get; init; }
    /// <summary>How often sequences began anew because a partition could not go on.</summary>
    public required long EpochBumps { get; init; }
    /// <summary>How often a broker seemed to have lost acknowledged records.</summary>
    public required long DataLossSuspicions { get; init; }
    /// <summary>Produce requests that were answered.</summary>
    public required long RequestsAnswered { get; init; }
    /// <summary>How long the last answer took, from the moment at which its request was given to the connection; zero before the first.</summary>
    public required TimeSpan LastRequestLatency { get; init; }
    /// <summary>How long brokers have asked to be left alone, all together.</summary>
    public required TimeSpan ThrottleTime { get; init; }
    /// <summary>Of buffer.memory, used by records accepted and not finished. Bytes.</summary>
    public required long BufferedBytes { get; init; }
    /// <summary>buffer.memory. Bytes.</summary>
    public required long BufferLimit { get; init; }
    /// <summary>Calls that wait for memory or for a topic's metadata, and records of Produce that do.</summary>
    public required int Waiting { get; init; }
    /// <summary>Partitions that have batches without a final report.</summary>
    public required IReadOnlyList<PartitionQueue> Queues { get; init; }
}

/// <summary>The batches of one partition that have no final report.</summary>
public readonly record struct PartitionQueue(TopicPartition TopicPartition, int Batches);
