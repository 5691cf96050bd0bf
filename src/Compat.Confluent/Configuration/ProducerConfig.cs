namespace Semel.Compat.Confluent;

/// <summary>A producer's configuration. What is not set is as in Confluent.Kafka, except that producers are idempotent unless they are told not to
/// be.</summary>
public class ProducerConfig : ClientConfig
{
    public ProducerConfig() { }
    public ProducerConfig(ClientConfig config) : base(config) { }
    public ProducerConfig(IDictionary<string, string> config) : base(config) { }

    /// <summary>Refuses keys that only the library itself may set.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public ProducerConfig ThrowIfContainsNonUserConfigurable()
    {
        ReservedKeys.Refuse(this);
        return this;
    }

    /// <summary><c>dotnet.producer.enable.background.poll</c>.</summary>
    public bool? EnableBackgroundPoll { get => GetBool("dotnet.producer.enable.background.poll"); set => SetObject("dotnet.producer.enable.background.poll",
        value); }
    /// <summary><c>dotnet.producer.enable.delivery.reports</c>.</summary>
    public bool? EnableDeliveryReports { get => GetBool("dotnet.producer.enable.delivery.reports"); set => SetObject("dotnet.producer.enable.delivery.reports",
        value); }
    /// <summary><c>dotnet.producer.delivery.report.fields</c>.</summary>
    public string DeliveryReportFields { get => Get("dotnet.producer.delivery.report.fields"); set => SetObject("dotnet.producer.delivery.report.fields",
        value); }
    /// <summary><c>request.timeout.ms</c>.</summary>
    public int? RequestTimeoutMs { get => GetInt("request.timeout.ms"); set => SetObject("request.timeout.ms", value); }
    /// <summary><c>message.timeout.ms</c>.</summary>
    public int? MessageTimeoutMs { get => GetInt("message.timeout.ms"); set => SetObject("message.timeout.ms", value); }
    /// <summary><c>partitioner</c>.</summary>
    public Partitioner? Partitioner { get => GetChoice<Partitioner>("partitioner"); set => SetObject("partitioner", value); }
    /// <summary><c>compression.level</c>.</summary>
    public int? CompressionLevel { get => GetInt("compression.level"); set => SetObject("compression.level", value); }
    /// <summary><c>transactional.id</c>.</summary>
    public string TransactionalId { get => Get("transactional.id"); set => SetObject("transactional.id", value); }
    /// <summary><c>transaction.timeout.ms</c>.</summary>
    public int? TransactionTimeoutMs { get => GetInt("transaction.timeout.ms"); set => SetObject("transaction.timeout.ms", value); }
    /// <summary><c>enable.idempotence</c>.</summary>
    public bool? EnableIdempotence { get => GetBool("enable.idempotence"); set => SetObject("enable.idempotence", value); }
    /// <summary><c>enable.gapless.guarantee</c>.</summary>
    public bool? EnableGaplessGuarantee { get => GetBool("enable.gapless.guarantee"); set => SetObject("enable.gapless.guarantee", value); }
    /// <summary><c>queue.buffering.max.messages</c>.</summary>
    public int? QueueBufferingMaxMessages { get => GetInt("queue.buffering.max.messages"); set => SetObject("queue.buffering.max.messages", value); }
    /// <summary><c>queue.buffering.max.kbytes</c>.</summary>
    public int? QueueBufferingMaxKbytes { get => GetInt("queue.buffering.max.kbytes"); set => SetObject("queue.buffering.max.kbytes", value); }
    /// <summary><c>linger.ms</c>.</summary>
    public double? LingerMs { get => GetDouble("linger.ms"); set => SetObject("linger.ms", value); }
    /// <summary><c>message.send.max.retries</c>.</summary>
    public int? MessageSendMaxRetries { get => GetInt("message.send.max.retries"); set => SetObject("message.send.max.retries", value); }
    /// <summary><c>queue.buffering.backpressure.threshold</c>.</summary>
    public int? QueueBufferingBackpressureThreshold { get => GetInt("queue.buffering.backpressure.threshold"); set =>
        SetObject("queue.buffering.backpressure.threshold", value); }
    /// <summary><c>compression.type</c>.</summary>
    public CompressionType? CompressionType { get => GetChoice<CompressionType>("compression.type"); set => SetObject("compression.type", value); }
    /// <summary><c>batch.num.messages</c>.</summary>
    public int? BatchNumMessages { get => GetInt("batch.num.messages"); set => SetObject("batch.num.messages", value); }
    /// <summary><c>batch.size</c>.</summary>
    public int? BatchSize { get => GetInt("batch.size"); set => SetObject("batch.size", value); }
    /// <summary><c>sticky.partitioning.linger.ms</c>.</summary>
    public int? StickyPartitioningLingerMs { get => GetInt("sticky.partitioning.linger.ms"); set => SetObject("sticky.partitioning.linger.ms", value); }
}
