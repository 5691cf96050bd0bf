using Microsoft.Extensions.Logging.Abstractions;
using Semel.Client.Configuration;
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

/// <summary>Which protocol the members of a group speak.</summary>
public enum GroupProtocol
{
    /// <summary>The newer one when the coordinator offers it.</summary>
    Auto,
    /// <summary>The members share the partitions out among themselves.</summary>
    Classic,
    /// <summary>The coordinator does (KIP-848).</summary>
    Consumer,
}

/// <summary>How the members of a classic group share its partitions out.</summary>
public enum PartitionAssignmentStrategy
{
    /// <summary>Neighbouring partitions of each topic.</summary>
    Range,
    /// <summary>One after the other in turn.</summary>
    RoundRobin,
    /// <summary>Evenly, each member keeping as much as it can (KIP-54).</summary>
    Sticky,
    /// <summary>The same, without stopping members that keep theirs (KIP-429).</summary>
    CooperativeSticky,
}

/// <summary>When a delivered record counts as finished.</summary>
public enum AutoOffsetStoreTiming
{
    /// <summary>When the application asks for what comes after it.</summary>
    OnNext,
    /// <summary>As soon as it is delivered, as librdkafka has it: a crash may skip what was not processed.</summary>
    OnDelivery,
}

/// <summary>A consumer's configuration; keys without a property are set by name. Only committed records are read unless told otherwise.</summary>
public sealed class ConsumerConfig : ClientConfig
{
    public ConsumerConfig() { }
    public ConsumerConfig(IEnumerable<KeyValuePair<string, string>> config) : base(config) { }

    /// <inheritdoc cref="ClientConfig.FromFile"/>
    public static new ConsumerConfig FromFile(string path) => new(ClientConfig.FromFile(path));

    /// <summary>Checks what building a consumer checks, and makes none.</summary>
    /// <exception cref="KafkaConfigException">Everything that is refused; the message names the keys and the remedies.</exception>
    public void Validate() => ConsumerConfigRules.Apply(this, TimeProvider.System, NullLogger.Instance);

    /// <summary><c>group.id</c>: the consumer group: of which the consumer becomes a member by subscribing, or for which it commits.</summary>
    public string? GroupId { get => GetText("group.id"); set => this["group.id"] = value; }
    /// <summary><c>group.instance.id</c>: the stable name of a static member: it comes back without a rebalance (KIP-345).</summary>
    public string? GroupInstanceId { get => GetText("group.instance.id"); set => this["group.instance.id"] = value; }
    /// <summary><c>group.protocol</c>: which group protocol; auto takes the newer one when the coordinator offers it (KIP-848). Default auto.</summary>
    public GroupProtocol? GroupProtocol { get => GetChoice<GroupProtocol>("group.protocol"); set => SetChoice("group.protocol", value); }
    /// <summary><c>group.remote.assignor</c>: the broker's assignor, uniform or range (KIP-848). The broker chooses when it is not set.</summary>
    public string? GroupRemoteAssignor { get => GetText("group.remote.assignor"); set => this["group.remote.assignor"] = value; }
    /// <summary><c>partition.assignment.strategy</c>: the assignor of a classic group; several, best first, are set and read by the key only. Default range,cooperative-sticky.</summary>
    /// <exception cref="KafkaConfigException">The key has a value that is not one of these.</exception>
    public PartitionAssignmentStrategy? PartitionAssignmentStrategy
    {
        get => GetText("partition.assignment.strategy") is not { } text ? null
            : Enum.TryParse<PartitionAssignmentStrategy>(text.Replace("-", ""), ignoreCase: true, out var one) && Enum.IsDefined(one) ? one
            : throw new KafkaConfigException($"partition.assignment.strategy='{text}' is not one of range, roundrobin, sticky, cooperative-sticky; read it by its key.", "partition.assignment.strategy");
        set => this["partition.assignment.strategy"] = value switch { null => null, Client.PartitionAssignmentStrategy.CooperativeSticky => "cooperative-sticky", { } one => one.ToString().ToLowerInvariant() };
    }
    /// <summary><c>auto.offset.store.timing</c>: when a record counts as finished by itself. Default on-next.</summary>
    public AutoOffsetStoreTiming? AutoOffsetStoreTiming { get => GetChoice<AutoOffsetStoreTiming>("auto.offset.store.timing"); set => SetChoice("auto.offset.store.timing", value, '-'); }
    /// <summary><c>auto.offset.reset.new.partitions</c>: where to begin on partitions that appear while the group runs. Default earliest.</summary>
    public AutoOffsetReset? AutoOffsetResetNewPartitions { get => GetChoice<AutoOffsetReset>("auto.offset.reset.new.partitions"); set => SetChoice("auto.offset.reset.new.partitions", value); }
    /// <summary><c>auto.offset.reset</c>: where to begin without an offset, and where to go on from one that is not in the log. by_duration: and an ISO 8601 duration (KIP-1106) is set and read by the key only. Default latest.</summary>
    /// <exception cref="KafkaConfigException">The key has a value that is none of these.</exception>
    public AutoOffsetReset? AutoOffsetReset
    {
        get => GetText("auto.offset.reset") is { } text ? Named(text) : null;
        set => this["auto.offset.reset"] = value?.ToString().ToLowerInvariant();
    }
    /// <summary><c>isolation.level</c>: whether records of undecided and aborted transactions are seen (KIP-98). Default read_committed.</summary>
    public IsolationLevel? IsolationLevel { get => GetChoice<IsolationLevel>("isolation.level"); set => SetChoice("isolation.level", value); }
    /// <summary><c>enable.auto.commit</c>: commit what is finished from time to time, before partitions go to another member, and at the end. Needs group.id; default true.</summary>
    public bool? EnableAutoCommit { get => GetFlag("enable.auto.commit"); set => Set("enable.auto.commit", value); }
    /// <summary><c>auto.commit.interval.ms</c>: time between automatic commits. Milliseconds, at least 1; default 5000.</summary>
    public int? AutoCommitIntervalMs { get => GetInt32("auto.commit.interval.ms"); set => Set("auto.commit.interval.ms", value); }
    /// <summary><c>enable.auto.offset.store</c>: records count as finished by themselves; false: only what StoreOffset says is finished. Default true.</summary>
    public bool? EnableAutoOffsetStore { get => GetFlag("enable.auto.offset.store"); set => Set("enable.auto.offset.store", value); }
    /// <summary><c>session.timeout.ms</c>: a classic member that is silent for longer is removed; in the newer protocol the broker says. Milliseconds, at least 1; default 45000.</summary>
    public int? SessionTimeoutMs { get => GetInt32("session.timeout.ms"); set => Set("session.timeout.ms", value); }
    /// <summary><c>heartbeat.interval.ms</c>: time between a classic member's heartbeats; in the newer protocol the broker says. Milliseconds, at least 1; default 3000.</summary>
    public int? HeartbeatIntervalMs { get => GetInt32("heartbeat.interval.ms"); set => Set("heartbeat.interval.ms", value); }
    /// <summary><c>max.poll.interval.ms</c>: longest time between two pulls of a group's member, and of a handler. Milliseconds, at least 1; default 300000.</summary>
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

    /// <summary><c>fetch.max.wait.ms</c>: librdkafka's name of <see cref="FetchMaxWaitMs"/>. Milliseconds, at least 0; default 500.</summary>
    public int? FetchWaitMaxMs { get => GetInt32("fetch.max.wait.ms"); set => Set("fetch.max.wait.ms", value); }
    /// <summary><c>fetch.error.backoff.ms</c>: first pause before a fetch that failed is tried again; default that of retry.backoff.ms. Milliseconds, at least 0.</summary>
    public int? FetchErrorBackoffMs { get => GetInt32("fetch.error.backoff.ms"); set => Set("fetch.error.backoff.ms", value); }
    /// <summary><c>max.decompressed.batch.bytes</c>: a batch that grows beyond this when decompressed is refused. Bytes, at least 1; default 104857600.</summary>
    public int? MaxDecompressedBatchBytes { get => GetInt32("max.decompressed.batch.bytes"); set => Set("max.decompressed.batch.bytes", value); }


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
