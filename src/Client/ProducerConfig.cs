using Semel.Client.Configuration;

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

/// <summary>When a transactional producer's epoch is raised although the protocol does not do it by itself (KIP-360).</summary>
public enum TransactionHygiene
{
    /// <summary>After a transaction of which something was written and not answered.</summary>
    Auto,
    /// <summary>After each transaction.</summary>
    Always,
}

/// <summary>What follows when a broker seems to have lost acknowledged records.</summary>
public enum DataLossPolicy
{
    /// <summary>The producer tells it and goes on.</summary>
    Continue,
    /// <summary>The producer fails.</summary>
    Stop,
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

    /// <inheritdoc cref="ClientConfig.FromFile"/>
    public static new ProducerConfig FromFile(string path) => new(ClientConfig.FromFile(path));

    /// <summary>Checks what building a producer checks, one of transactions where there is a transactional.id, and makes none.</summary>
    /// <exception cref="KafkaConfigException">Everything that is refused; the message names the keys and the remedies.</exception>
    public void Validate() => ProducerConfigRules.Apply(this);

    /// <inheritdoc cref="Validate()"/>
    /// <param name="isTransactional">Whether the producer is one of transactions, which needs a transactional.id; the other kind refuses it.</param>
    public void Validate(bool isTransactional) => _ = isTransactional ? ProducerConfigRules.ApplyTransactional(this) : ProducerConfigRules.ApplyPlain(this);

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
    /// <summary><c>partitioner.availability.timeout.ms</c>: records without a key avoid a partition whose oldest batch has waited so long for its report, beyond linger.ms, while there is another; 0 never (KIP-794). Milliseconds, at least 0; default 0.</summary>
    public double? PartitionerAvailabilityTimeoutMs { get => GetDouble("partitioner.availability.timeout.ms"); set => Set("partitioner.availability.timeout.ms", value); }
    /// <summary><c>enable.gapless.guarantee</c>: when a record fails, those accepted behind it on the same partition fail too. Default false.</summary>
    public bool? EnableGaplessGuarantee { get => GetFlag("enable.gapless.guarantee"); set => Set("enable.gapless.guarantee", value); }
    /// <summary><c>transactional.id</c>: the application's stable name across producer incarnations (KIP-98). One that no two instances have at the same time; with it <see cref="ProducerBuilder{TKey, TValue}.BuildTransactional"/> makes the producer.</summary>
    public string? TransactionalId { get => GetText("transactional.id"); set => this["transactional.id"] = value; }
    /// <summary><c>transaction.timeout.ms</c>: the coordinator aborts a transaction that is open for longer. Milliseconds, at least 1; default 60000. Without effect without a transactional id.</summary>
    public int? TransactionTimeoutMs { get => GetInt32("transaction.timeout.ms"); set => Set("transaction.timeout.ms", value); }
    /// <summary><c>transactions.hygiene</c>: when the epoch is raised between transactions of the first protocol; the second (KIP-890) raises it with each. Default auto.</summary>
    public TransactionHygiene? TransactionsHygiene { get => GetChoice<TransactionHygiene>("transactions.hygiene"); set => SetChoice("transactions.hygiene", value); }
    /// <summary><c>transaction.witness.group</c>: a group for one offset of each transaction that sends none, by which <see cref="ITransaction.ResolveAsync"/> can tell how it ended. One group for each transactional id.</summary>
    public string? TransactionWitnessGroup { get => GetText("transaction.witness.group"); set => this["transaction.witness.group"] = value; }

    /// <summary><c>produce.request.max.bytes</c>: most bytes of batches in one request. Bytes, 1000 to 1000000000; default 8388608.</summary>
    public int? ProduceRequestMaxBytes { get => GetInt32("produce.request.max.bytes"); set => Set("produce.request.max.bytes", value); }
    /// <summary><c>queue.buffering.max.messages</c>: records accepted and not finished; 0 sets no limit. Records, at least 0; default 0.</summary>
    public int? QueueBufferingMaxMessages { get => GetInt32("queue.buffering.max.messages"); set => Set("queue.buffering.max.messages", value); }
    /// <summary><c>compression.gzip.level</c>: the level of gzip, 0 to 9; -1 is its own default (KIP-390). Default -1.</summary>
    public int? CompressionGzipLevel { get => GetInt32("compression.gzip.level"); set => Set("compression.gzip.level", value); }
    /// <summary><c>compression.lz4.level</c>: the level of lz4, 1 to 17 (KIP-390). Default its own.</summary>
    public int? CompressionLz4Level { get => GetInt32("compression.lz4.level"); set => Set("compression.lz4.level", value); }
    /// <summary><c>compression.zstd.level</c>: the level of zstd, -131072 to 22 (KIP-390). Default its own.</summary>
    public int? CompressionZstdLevel { get => GetInt32("compression.zstd.level"); set => Set("compression.zstd.level", value); }
    /// <summary><c>partitioner.adaptive.partitioning.enable</c>: records without a key prefer partitions with a short queue (KIP-794). Default true.</summary>
    public bool? PartitionerAdaptivePartitioningEnable { get => GetFlag("partitioner.adaptive.partitioning.enable"); set => Set("partitioner.adaptive.partitioning.enable", value); }
    /// <summary><c>partitioner.ignore.keys</c>: place records that have a key as if they had none (KIP-794). Default false.</summary>
    public bool? PartitionerIgnoreKeys { get => GetFlag("partitioner.ignore.keys"); set => Set("partitioner.ignore.keys", value); }
    /// <summary><c>topic.metadata.propagation.max.ms</c>: how long an unknown topic may stay unknown before its records fail. Milliseconds, at least 0; default 30000.</summary>
    public int? TopicMetadataPropagationMaxMs { get => GetInt32("topic.metadata.propagation.max.ms"); set => Set("topic.metadata.propagation.max.ms", value); }
    /// <summary><c>allow.topic.recreation</c>: records queued for a topic that was deleted and created again go to the new one instead of failing. Default false.</summary>
    public bool? AllowTopicRecreation { get => GetFlag("allow.topic.recreation"); set => Set("allow.topic.recreation", value); }
    /// <summary><c>on.data.loss</c>: what follows when a broker seems to have lost acknowledged records. Default continue.</summary>
    public DataLossPolicy? OnDataLoss { get => GetChoice<DataLossPolicy>("on.data.loss"); set => SetChoice("on.data.loss", value); }
    /// <summary><c>delivery.timeout.ms</c>: librdkafka's name of <see cref="DeliveryTimeoutMs"/>. Milliseconds, at least 0; default 120000.</summary>
    public int? MessageTimeoutMs { get => GetInt32("delivery.timeout.ms"); set => Set("delivery.timeout.ms", value); }
    /// <summary><c>retries</c>: librdkafka's name of <see cref="Retries"/>. Default 2147483647.</summary>
    public int? MessageSendMaxRetries { get => GetInt32("retries"); set => Set("retries", value); }
    /// <summary><c>max.request.size</c>: librdkafka's name of <see cref="MaxRequestSize"/>. Bytes, 1000 to 1000000000; default 1048576.</summary>
    public int? MessageMaxBytes { get => GetInt32("max.request.size"); set => Set("max.request.size", value); }

    static string Word(Partitioner partitioner) => partitioner switch
    {
        Client.Partitioner.ConsistentRandom => "consistent_random",
        Client.Partitioner.Murmur2Random => "murmur2_random",
        Client.Partitioner.Fnv1aRandom => "fnv1a_random",
        _ => partitioner.ToString().ToLowerInvariant(),
    };
}
