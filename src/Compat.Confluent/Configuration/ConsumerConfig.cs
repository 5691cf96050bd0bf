namespace Semel.Compat.Confluent;

/// <summary>A consumer's configuration. What is not set is as in Confluent.Kafka.</summary>
public class ConsumerConfig : ClientConfig
{
    public ConsumerConfig() { }
    public ConsumerConfig(ClientConfig config) : base(config) { }
    public ConsumerConfig(IDictionary<string, string> config) : base(config) { }

    /// <summary>Refuses keys that only the library itself may set.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public ConsumerConfig ThrowIfContainsNonUserConfigurable()
    {
        ReservedKeys.Refuse(this);
        return this;
    }

    /// <summary><c>dotnet.consumer.consume.result.fields</c>.</summary>
    public string ConsumeResultFields { set => SetObject("dotnet.consumer.consume.result.fields", value); }
    /// <summary><c>auto.offset.reset</c>.</summary>
    public AutoOffsetReset? AutoOffsetReset { get => GetChoice<AutoOffsetReset>("auto.offset.reset"); set => SetObject("auto.offset.reset", value); }
    /// <summary><c>group.id</c>: The consumer group. Required.</summary>
    public string GroupId { get => Get("group.id"); set => SetObject("group.id", value); }
    /// <summary><c>group.instance.id</c>.</summary>
    public string GroupInstanceId { get => Get("group.instance.id"); set => SetObject("group.instance.id", value); }
    /// <summary><c>partition.assignment.strategy</c>.</summary>
    public PartitionAssignmentStrategy? PartitionAssignmentStrategy { get => GetChoice<PartitionAssignmentStrategy>("partition.assignment.strategy"); set =>
        SetObject("partition.assignment.strategy", value); }
    /// <summary><c>session.timeout.ms</c>.</summary>
    public int? SessionTimeoutMs { get => GetInt("session.timeout.ms"); set => SetObject("session.timeout.ms", value); }
    /// <summary><c>heartbeat.interval.ms</c>.</summary>
    public int? HeartbeatIntervalMs { get => GetInt("heartbeat.interval.ms"); set => SetObject("heartbeat.interval.ms", value); }
    /// <summary><c>group.protocol.type</c>.</summary>
    public string GroupProtocolType { get => Get("group.protocol.type"); set => SetObject("group.protocol.type", value); }
    /// <summary><c>group.protocol</c>.</summary>
    public GroupProtocol? GroupProtocol { get => GetChoice<GroupProtocol>("group.protocol"); set => SetObject("group.protocol", value); }
    /// <summary><c>group.remote.assignor</c>.</summary>
    public string GroupRemoteAssignor { get => Get("group.remote.assignor"); set => SetObject("group.remote.assignor", value); }
    /// <summary><c>coordinator.query.interval.ms</c>.</summary>
    public int? CoordinatorQueryIntervalMs { get => GetInt("coordinator.query.interval.ms"); set => SetObject("coordinator.query.interval.ms", value); }
    /// <summary><c>max.poll.interval.ms</c>.</summary>
    public int? MaxPollIntervalMs { get => GetInt("max.poll.interval.ms"); set => SetObject("max.poll.interval.ms", value); }
    /// <summary><c>enable.auto.commit</c>.</summary>
    public bool? EnableAutoCommit { get => GetBool("enable.auto.commit"); set => SetObject("enable.auto.commit", value); }
    /// <summary><c>auto.commit.interval.ms</c>.</summary>
    public int? AutoCommitIntervalMs { get => GetInt("auto.commit.interval.ms"); set => SetObject("auto.commit.interval.ms", value); }
    /// <summary><c>enable.auto.offset.store</c>.</summary>
    public bool? EnableAutoOffsetStore { get => GetBool("enable.auto.offset.store"); set => SetObject("enable.auto.offset.store", value); }
    /// <summary><c>queued.min.messages</c>.</summary>
    public int? QueuedMinMessages { get => GetInt("queued.min.messages"); set => SetObject("queued.min.messages", value); }
    /// <summary><c>queued.max.messages.kbytes</c>.</summary>
    public int? QueuedMaxMessagesKbytes { get => GetInt("queued.max.messages.kbytes"); set => SetObject("queued.max.messages.kbytes", value); }
    /// <summary><c>fetch.wait.max.ms</c>.</summary>
    public int? FetchWaitMaxMs { get => GetInt("fetch.wait.max.ms"); set => SetObject("fetch.wait.max.ms", value); }
    /// <summary><c>fetch.queue.backoff.ms</c>.</summary>
    public int? FetchQueueBackoffMs { get => GetInt("fetch.queue.backoff.ms"); set => SetObject("fetch.queue.backoff.ms", value); }
    /// <summary><c>max.partition.fetch.bytes</c>.</summary>
    public int? MaxPartitionFetchBytes { get => GetInt("max.partition.fetch.bytes"); set => SetObject("max.partition.fetch.bytes", value); }
    /// <summary><c>fetch.max.bytes</c>.</summary>
    public int? FetchMaxBytes { get => GetInt("fetch.max.bytes"); set => SetObject("fetch.max.bytes", value); }
    /// <summary><c>fetch.min.bytes</c>.</summary>
    public int? FetchMinBytes { get => GetInt("fetch.min.bytes"); set => SetObject("fetch.min.bytes", value); }
    /// <summary><c>fetch.error.backoff.ms</c>.</summary>
    public int? FetchErrorBackoffMs { get => GetInt("fetch.error.backoff.ms"); set => SetObject("fetch.error.backoff.ms", value); }
    /// <summary><c>isolation.level</c>.</summary>
    public IsolationLevel? IsolationLevel { get => GetChoice<IsolationLevel>("isolation.level"); set => SetObject("isolation.level", value); }
    /// <summary><c>enable.partition.eof</c>.</summary>
    public bool? EnablePartitionEof { get => GetBool("enable.partition.eof"); set => SetObject("enable.partition.eof", value); }
    /// <summary><c>check.crcs</c>.</summary>
    public bool? CheckCrcs { get => GetBool("check.crcs"); set => SetObject("check.crcs", value); }
    /// <summary><c>max.poll.records</c>.</summary>
    public int? MaxPollRecords { get => GetInt("max.poll.records"); set => SetObject("max.poll.records", value); }
    /// <summary><c>share.acknowledgement.mode</c>.</summary>
    public string ShareAcknowledgementMode { get => Get("share.acknowledgement.mode"); set => SetObject("share.acknowledgement.mode", value); }
}
