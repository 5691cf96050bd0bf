namespace Semel.Client;

/// <summary>How batches are compressed.</summary>
public enum CompressionType
{
    None,
    Gzip,
    Snappy,
    Lz4,
    /// <summary>Needs a broker of Apache Kafka 2.1 or later (KIP-110).</summary>
    Zstd,
}

/// <summary>Which partition a record goes to that names none. Murmur2 is what Java clients do, Consistent (CRC-32) what librdkafka and Confluent.Kafka do.</summary>
public enum Partitioner
{
    /// <summary>Any partition, whatever the key.</summary>
    Random,
    /// <summary>By the CRC-32 of the key; a null or empty key is hashed, too.</summary>
    Consistent,
    /// <summary>By the CRC-32 of the key; any partition where the key is null or empty.</summary>
    ConsistentRandom,
    /// <summary>By the murmur2 hash of the key; a null key is hashed, too.</summary>
    Murmur2,
    /// <summary>By the murmur2 hash of the key; any partition where the key is null. The default.</summary>
    Murmur2Random,
    /// <summary>By the FNV-1a hash of the key; a null key is hashed, too.</summary>
    Fnv1a,
    /// <summary>By the FNV-1a hash of the key; any partition where the key is null.</summary>
    Fnv1aRandom,
}

/// <summary>A producer's configuration; keys without a property are set by name. Idempotence is on unless it is turned off.</summary>
public sealed class ProducerConfig : ClientConfig
{
    public ProducerConfig() { }
    public ProducerConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    /// <summary><c>acks</c>: what a record waits for before it counts as acknowledged. Idempotence needs all. Default all.</summary>
    public Acks? Acks
    {
        get => GetText("acks") switch { null => null, "0" => Protocol.Acks.None, "1" => Protocol.Acks.Leader, _ => Protocol.Acks.All };
        set => this["acks"] = value switch { null => null, Protocol.Acks.All => "all", { } acks => ((short)acks).ToString() };
    }

    /// <summary><c>enable.idempotence</c>: each record at most once and in order, across retries (KIP-98). Default true.</summary>
    public bool? EnableIdempotence { get => GetFlag("enable.idempotence"); set => Set("enable.idempotence", value); }
    /// <summary><c>max.in.flight.requests.per.connection</c>: unanswered produce requests per connection. 1 to 1000000, with idempotence at most 5 (KIP-98); default 5.</summary>
    public int? MaxInFlight { get => GetInt32("max.in.flight.requests.per.connection"); set => Set("max.in.flight.requests.per.connection", value); }
    /// <summary><c>retries</c>: attempts after the first; in practice delivery.timeout.ms ends them. At least 0, with idempotence at least 1; default 2147483647.</summary>
    public int? Retries { get => GetInt32("retries"); set => Set("retries", value); }
    /// <summary><c>delivery.timeout.ms</c>: a record gets its final report within this time after it was accepted; 0 sets no limit (KIP-91). Milliseconds, at least 0; default 120000.</summary>
    public int? DeliveryTimeoutMs { get => GetInt32("delivery.timeout.ms"); set => Set("delivery.timeout.ms", value); }
    /// <summary><c>linger.ms</c>: how long a batch waits for more records. Milliseconds, 0 to 900000; default 5.</summary>
    public double? LingerMs { get => GetDouble("linger.ms"); set => Set("linger.ms", value); }
    /// <summary><c>batch.size</c>: a batch is closed before it passes this many bytes. Bytes, at least 1; default 1000000.</summary>
    public int? BatchSize { get => GetInt32("batch.size"); set => Set("batch.size", value); }
    /// <summary><c>batch.num.messages</c>: a batch is closed at this many records; 0 sets no limit. Records, 0 to 1000000; default 0.</summary>
    public int? BatchNumMessages { get => GetInt32("batch.num.messages"); set => Set("batch.num.messages", value); }
    /// <summary><c>max.request.size</c>: most bytes of one batch, and of one record after framing. Bytes, 1000 to 1000000000; default 1048576.</summary>
    public int? MaxRequestSize { get => GetInt32("max.request.size"); set => Set("max.request.size", value); }
    /// <summary><c>buffer.memory</c>: bytes of records accepted and not finished. Bytes, at least 1; default 67108864.</summary>
    public long? BufferMemory { get => GetInt64("buffer.memory"); set => Set("buffer.memory", value); }
    /// <summary><c>max.block.ms</c>: longest wait of a call for memory or for a topic's metadata. Milliseconds, at least 0; default 60000.</summary>
    public int? MaxBlockMs { get => GetInt32("max.block.ms"); set => Set("max.block.ms", value); }
    /// <summary><c>compression.type</c>: how batches are compressed. Default none.</summary>
    public CompressionType? CompressionType { get => GetChoice<CompressionType>("compression.type"); set => SetChoice("compression.type", value); }
    /// <summary><c>compression.level</c>: the codec's level, 0 to 9 for gzip; -1 is the codec's own default. Default -1.</summary>
    public int? CompressionLevel { get => GetInt32("compression.level"); set => Set("compression.level", value); }
    /// <summary><c>partitioner</c>: which partition a record without one goes to. Confluent.Kafka's default is consistent_random, which hashes keys differently. Default murmur2_random.</summary>
    public Partitioner? Partitioner { get => GetChoice<Partitioner>("partitioner"); set => this["partitioner"] = value is { } p ? Word(p) : null; }
    /// <summary><c>sticky.partitioning.linger.ms</c>: how long records without a key stay on one partition; default twice linger.ms; 0 chooses anew for each record (KIP-480). Milliseconds, 0 to 900000.</summary>
    public double? StickyPartitioningLingerMs { get => GetDouble("sticky.partitioning.linger.ms"); set => Set("sticky.partitioning.linger.ms", value); }
    /// <summary><c>enable.gapless.guarantee</c>: when a record fails, those accepted behind it on the same partition fail too. Default false.</summary>
    public bool? EnableGaplessGuarantee { get => GetFlag("enable.gapless.guarantee"); set => Set("enable.gapless.guarantee", value); }
    /// <summary><c>transactional.id</c>: the application's stable name across producer incarnations (KIP-98). This client has no transactions yet: building a producer with a transactional id is refused.</summary>
    public string? TransactionalId { get => GetText("transactional.id"); set => this["transactional.id"] = value; }
    /// <summary><c>transaction.timeout.ms</c>: the coordinator aborts a transaction that is open for longer. Milliseconds, at least 1; default 60000. Without effect as long as there are no transactions.</summary>
    public int? TransactionTimeoutMs { get => GetInt32("transaction.timeout.ms"); set => Set("transaction.timeout.ms", value); }
    /// <summary><c>close.timeout.ms</c>: how long disposing waits for records on their way. Milliseconds, at least 0; default 30000.</summary>
    public int? CloseTimeoutMs { get => GetInt32("close.timeout.ms"); set => Set("close.timeout.ms", value); }

    static string Word(Partitioner partitioner) => partitioner switch
    {
        Client.Partitioner.ConsistentRandom => "consistent_random",
        Client.Partitioner.Murmur2Random => "murmur2_random",
        Client.Partitioner.Fnv1aRandom => "fnv1a_random",
        _ => partitioner.ToString().ToLowerInvariant(),
    };
}
