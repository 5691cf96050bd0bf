namespace Semel.Client.Configuration;

/// <summary>What a producer runs with: every value checked, related to the others and final. Made by <see cref="ProducerConfigRules"/> only.</summary>
internal sealed record ProducerOptions
{
    public required Acks Acks { get; init; }
    public required bool IsIdempotent { get; init; }
    /// <summary>Idempotence was asked for by name: fail rather than go without it.</summary>
    public required bool IdempotenceIsRequired { get; init; }
    public required int MaxInFlight { get; init; }
    public required int Retries { get; init; }
    /// <summary>Null sets no limit.</summary>
    public required TimeSpan? DeliveryTimeout { get; init; }
    public required TimeSpan RequestTimeout { get; init; }
    /// <summary>The client's own timer of a request.</summary>
    public required TimeSpan AnswerTimeout { get; init; }
    public required TimeSpan Linger { get; init; }
    public required int BatchSizeBytes { get; init; }
    /// <summary>0 sets no limit.</summary>
    public required int BatchRecords { get; init; }
    public required int MaxBatchBytes { get; init; }
    public required int MaxRequestBytes { get; init; }
    public required long BufferBytes { get; init; }
    /// <summary>0 sets no limit.</summary>
    public required int BufferRecords { get; init; }
    public required TimeSpan MaxBlock { get; init; }
    public required CompressionCodec Compression { get; init; }
    /// <summary>Null is the codec's own default.</summary>
    public required int? CompressionLevel { get; init; }
    public required Partitioner Partitioner { get; init; }
    public required bool AdaptivePartitioning { get; init; }
    public required bool IgnoreKeys { get; init; }
    /// <summary>Zero chooses a partition anew for each record without a key.</summary>
    public required TimeSpan StickyLinger { get; init; }
    /// <summary>Zero: a partition is never avoided for its silence.</summary>
    public required TimeSpan AvailabilityTimeout { get; init; }
    public required TimeSpan RetryBackoff { get; init; }
    public required TimeSpan RetryBackoffMax { get; init; }
    public required TimeSpan TopicPropagation { get; init; }
    public required bool AllowTopicCreation { get; init; }
    public required bool AllowTopicRecreation { get; init; }
    public required bool Gapless { get; init; }
    public required bool StopOnDataLoss { get; init; }
    public required TimeSpan CloseTimeout { get; init; }
    public string? TransactionalId { get; init; }
    public TimeSpan TransactionTimeout { get; init; }
    /// <summary>The epoch is raised after each transaction of the first protocol, not only after trouble.</summary>
    public bool RaisesAlways { get; init; }
    /// <summary>The group of the offsets that tell how a transaction without offsets ended; null for none.</summary>
    public string? WitnessGroup { get; init; }
    /// <summary>Every key as the caller gave it, for the parts of the client that have options of their own.</summary>
    public required ConfigValues Values { get; init; }
    public required EffectiveConfig Effective { get; init; }
}
