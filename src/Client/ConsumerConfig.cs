using Semel.Client.Consuming;

namespace Semel.Client;

/// <summary>Where a consumer begins on a partition that is assigned without an offset.</summary>
public enum AutoOffsetReset
{
    /// <summary>At the first record that is kept.</summary>
    Earliest,
    /// <summary>Behind the last record.</summary>
    Latest,
    /// <summary>Nowhere: the consumer fails instead of choosing.</summary>
    None,
}

/// <summary>A consumer's configuration; keys without a property are set by name. Only committed records are read unless told otherwise.</summary>
public sealed class ConsumerConfig : ClientConfig
{
    public ConsumerConfig() { }
    public ConsumerConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    /// <summary><c>group.id</c>: the consumer group. Refused: this client has no groups yet.</summary>
    public string? GroupId { get => GetText("group.id"); set => this["group.id"] = value; }
    /// <summary><c>group.instance.id</c>: the stable name of a static member (KIP-345). Refused: this client has no groups yet.</summary>
    public string? GroupInstanceId { get => GetText("group.instance.id"); set => this["group.instance.id"] = value; }
    /// <summary><c>auto.offset.reset</c>: where to begin without an offset, and where to go on from one that is not in the log. by_duration: and an ISO 8601 duration (KIP-1106) is set and read by the key only. Default latest.</summary>
    /// <exception cref="KafkaConfigException">The key has a value that is none of these.</exception>
    public AutoOffsetReset? AutoOffsetReset
    {
        get => GetText("auto.offset.reset") is { } text ? Named(text) : null;
        set => this["auto.offset.reset"] = value?.ToString().ToLowerInvariant();
    }
    /// <summary><c>isolation.level</c>: whether records of undecided and aborted transactions are seen (KIP-98). Default read_committed.</summary>
    public IsolationLevel? IsolationLevel { get => GetChoice<IsolationLevel>("isolation.level"); set => SetChoice("isolation.level", value); }
    /// <summary><c>enable.auto.commit</c>: commit finished offsets from time to time. True is refused: this client has no groups yet. Default false.</summary>
    public bool? EnableAutoCommit { get => GetFlag("enable.auto.commit"); set => Set("enable.auto.commit", value); }
    /// <summary><c>auto.commit.interval.ms</c>: time between automatic commits. Milliseconds, at least 0. Refused: this client has no groups yet.</summary>
    public int? AutoCommitIntervalMs { get => GetInt32("auto.commit.interval.ms"); set => Set("auto.commit.interval.ms", value); }
    /// <summary><c>enable.auto.offset.store</c>: delivered records count as finished without being told. True is refused: this client has no groups yet. Default false.</summary>
    public bool? EnableAutoOffsetStore { get => GetFlag("enable.auto.offset.store"); set => Set("enable.auto.offset.store", value); }
    /// <summary><c>session.timeout.ms</c>: a classic member that is silent for longer is removed. Milliseconds, at least 1. Refused: this client has no groups yet.</summary>
    public int? SessionTimeoutMs { get => GetInt32("session.timeout.ms"); set => Set("session.timeout.ms", value); }
    /// <summary><c>heartbeat.interval.ms</c>: time between a classic member's heartbeats. Milliseconds, at least 1. Refused: this client has no groups yet.</summary>
    public int? HeartbeatIntervalMs { get => GetInt32("heartbeat.interval.ms"); set => Set("heartbeat.interval.ms", value); }
    /// <summary><c>max.poll.interval.ms</c>: longest time between two pulls of a group's member. Milliseconds, at least 1. Refused: this client has no groups yet.</summary>
    public int? MaxPollIntervalMs { get => GetInt32("max.poll.interval.ms"); set => Set("max.poll.interval.ms", value); }
    /// <summary><c>fetch.min.bytes</c>: a fetch waits until this many bytes are there, but no longer than fetch.max.wait.ms. Bytes, at least 0; default 1.</summary>
    public int? FetchMinBytes { get => GetInt32("fetch.min.bytes"); set => Set("fetch.min.bytes", value); }
    /// <summary><c>fetch.max.bytes</c>: most bytes of one fetch; raised to max.partition.fetch.bytes where it is less. Bytes, at least 0; default 52428800.</summary>
    public int? FetchMaxBytes { get => GetInt32("fetch.max.bytes"); set => Set("fetch.max.bytes", value); }
    /// <summary><c>fetch.max.wait.ms</c>: how long a fetch waits for fetch.min.bytes. Milliseconds, at least 0; default 500.</summary>
    public int? FetchMaxWaitMs { get => GetInt32("fetch.max.wait.ms"); set => Set("fetch.max.wait.ms", value); }
    /// <summary><c>max.partition.fetch.bytes</c>: most bytes of one partition in a fetch. Bytes, at least 1; default 1048576.</summary>
    public int? MaxPartitionFetchBytes { get => GetInt32("max.partition.fetch.bytes"); set => Set("max.partition.fetch.bytes", value); }
    /// <summary><c>queued.max.messages.kbytes</c>: kibibytes fetched or decompressed, and not yet released. KiB, 1 to 2097151; default 65536.</summary>
    public int? QueuedMaxMessagesKbytes { get => GetInt32("queued.max.messages.kbytes"); set => Set("queued.max.messages.kbytes", value); }
    /// <summary><c>max.poll.records</c>: records of one batch handed to the application. Records, at least 1; default 500.</summary>
    public int? MaxPollRecords { get => GetInt32("max.poll.records"); set => Set("max.poll.records", value); }
    /// <summary><c>check.crcs</c>: check every batch's CRC-32C. Default true.</summary>
    public bool? CheckCrcs { get => GetFlag("check.crcs"); set => Set("check.crcs", value); }
    /// <summary><c>enable.partition.eof</c>: tell when the end of a partition is reached. Default false.</summary>
    public bool? EnablePartitionEof { get => GetFlag("enable.partition.eof"); set => Set("enable.partition.eof", value); }

    static AutoOffsetReset Named(string text)
    {
        try
        {
            switch (ResetPolicy.Parse(text).Kind)
            {
                case ResetKind.Earliest: return Client.AutoOffsetReset.Earliest;
                case ResetKind.Latest: return Client.AutoOffsetReset.Latest;
                case ResetKind.None: return Client.AutoOffsetReset.None;
            }
        }
        catch (FormatException)
        {
            // As little one of them as a duration is.
        }
        throw new KafkaConfigException($"auto.offset.reset='{text}' is none of earliest, latest, none; read it by its key.", "auto.offset.reset");
    }
}
