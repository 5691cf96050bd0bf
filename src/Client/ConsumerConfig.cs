namespace Semel.Client;

/// <summary>Where a consumer begins on a partition that has no committed offset.</summary>
public enum AutoOffsetReset
{
    Earliest,
    Latest,
    /// <summary>Nowhere: the consumer fails instead of choosing.</summary>
    None,
}

/// <summary>A consumer's configuration; keys without a property are set by name. Only committed records are read unless told otherwise.</summary>
public sealed class ConsumerConfig : ClientConfig
{
    public ConsumerConfig() { }
    public ConsumerConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    public string? GroupId { get => GetText("group.id"); set => this["group.id"] = value; }
    public string? GroupInstanceId { get => GetText("group.instance.id"); set => this["group.instance.id"] = value; }
    public AutoOffsetReset? AutoOffsetReset
    {
        get => GetText("auto.offset.reset") switch
        {
            null => null,
            "earliest" or "smallest" or "beginning" => Client.AutoOffsetReset.Earliest,
            "latest" or "largest" or "end" => Client.AutoOffsetReset.Latest,
            "none" or "error" => Client.AutoOffsetReset.None,
            var other => throw new KafkaConfigException($"auto.offset.reset='{other}' is none of earliest, latest, none; read it by its key.", "auto.offset.reset"),
        };
        set => this["auto.offset.reset"] = value?.ToString().ToLowerInvariant();
    }
    public IsolationLevel? IsolationLevel { get => GetChoice<IsolationLevel>("isolation.level"); set => SetChoice("isolation.level", value); }
    public bool? EnableAutoCommit { get => GetFlag("enable.auto.commit"); set => Set("enable.auto.commit", value); }
    public int? AutoCommitIntervalMs { get => GetInt32("auto.commit.interval.ms"); set => Set("auto.commit.interval.ms", value); }
    public bool? EnableAutoOffsetStore { get => GetFlag("enable.auto.offset.store"); set => Set("enable.auto.offset.store", value); }
    public int? SessionTimeoutMs { get => GetInt32("session.timeout.ms"); set => Set("session.timeout.ms", value); }
    public int? HeartbeatIntervalMs { get => GetInt32("heartbeat.interval.ms"); set => Set("heartbeat.interval.ms", value); }
    public int? MaxPollIntervalMs { get => GetInt32("max.poll.interval.ms"); set => Set("max.poll.interval.ms", value); }
    public int? FetchMinBytes { get => GetInt32("fetch.min.bytes"); set => Set("fetch.min.bytes", value); }
    public int? FetchMaxBytes { get => GetInt32("fetch.max.bytes"); set => Set("fetch.max.bytes", value); }
    public int? FetchMaxWaitMs { get => GetInt32("fetch.max.wait.ms"); set => Set("fetch.max.wait.ms", value); }
    public int? MaxPartitionFetchBytes { get => GetInt32("max.partition.fetch.bytes"); set => Set("max.partition.fetch.bytes", value); }
    public int? QueuedMaxMessagesKbytes { get => GetInt32("queued.max.messages.kbytes"); set => Set("queued.max.messages.kbytes", value); }
    public int? MaxPollRecords { get => GetInt32("max.poll.records"); set => Set("max.poll.records", value); }
    public bool? CheckCrcs { get => GetFlag("check.crcs"); set => Set("check.crcs", value); }
    public bool? EnablePartitionEof { get => GetFlag("enable.partition.eof"); set => Set("enable.partition.eof", value); }
}
