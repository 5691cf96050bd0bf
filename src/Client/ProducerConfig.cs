namespace Semel.Client;

/// <summary>How batches are compressed. Building a producer refuses a codec that this client does not have.</summary>
public enum CompressionType
{
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// <summary>Which partition a record goes to that names none. Murmur2 is what Java clients do, Consistent (CRC-32) what librdkafka and Confluent.Kafka do.</summary>
public enum Partitioner
{
    Random,
    Consistent,
    ConsistentRandom,
    Murmur2,
    Murmur2Random,
    Fnv1a,
    Fnv1aRandom,
}

/// <summary>A producer's configuration; keys without a property are set by name. Idempotence is on unless it is turned off.</summary>
public sealed class ProducerConfig : ClientConfig
{
    public ProducerConfig() { }
    public ProducerConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    public Acks? Acks
    {
        get => GetText("acks") switch { null => null, "0" => Protocol.Acks.None, "1" => Protocol.Acks.Leader, _ => Protocol.Acks.All };
        set => this["acks"] = value switch { null => null, Protocol.Acks.All => "all", { } acks => ((short)acks).ToString() };
    }

    public bool? EnableIdempotence { get => GetFlag("enable.idempotence"); set => Set("enable.idempotence", value); }
    public int? MaxInFlight { get => GetInt32("max.in.flight.requests.per.connection"); set => Set("max.in.flight.requests.per.connection", value); }
    public int? Retries { get => GetInt32("retries"); set => Set("retries", value); }
    public int? DeliveryTimeoutMs { get => GetInt32("delivery.timeout.ms"); set => Set("delivery.timeout.ms", value); }
    public double? LingerMs { get => GetDouble("linger.ms"); set => Set("linger.ms", value); }
    public int? BatchSize { get => GetInt32("batch.size"); set => Set("batch.size", value); }
    public int? BatchNumMessages { get => GetInt32("batch.num.messages"); set => Set("batch.num.messages", value); }
    public int? MaxRequestSize { get => GetInt32("max.request.size"); set => Set("max.request.size", value); }
    public long? BufferMemory { get => GetInt64("buffer.memory"); set => Set("buffer.memory", value); }
    public int? MaxBlockMs { get => GetInt32("max.block.ms"); set => Set("max.block.ms", value); }
    public CompressionType? CompressionType { get => GetChoice<CompressionType>("compression.type"); set => SetChoice("compression.type", value); }
    public int? CompressionLevel { get => GetInt32("compression.level"); set => Set("compression.level", value); }
    public Partitioner? Partitioner { get => GetChoice<Partitioner>("partitioner"); set => this["partitioner"] = value is { } p ? Word(p) : null; }
    public double? StickyPartitioningLingerMs { get => GetDouble("sticky.partitioning.linger.ms"); set => Set("sticky.partitioning.linger.ms", value); }
    public bool? EnableGaplessGuarantee { get => GetFlag("enable.gapless.guarantee"); set => Set("enable.gapless.guarantee", value); }
    public string? TransactionalId { get => GetText("transactional.id"); set => this["transactional.id"] = value; }
    public int? TransactionTimeoutMs { get => GetInt32("transaction.timeout.ms"); set => Set("transaction.timeout.ms", value); }
    public int? CloseTimeoutMs { get => GetInt32("close.timeout.ms"); set => Set("close.timeout.ms", value); }

    static string Word(Partitioner partitioner) => partitioner switch
    {
        Client.Partitioner.ConsistentRandom => "consistent_random",
        Client.Partitioner.Murmur2Random => "murmur2_random",
        Client.Partitioner.Fnv1aRandom => "fnv1a_random",
        _ => partitioner.ToString().ToLowerInvariant(),
    };
}
