namespace Semel.Broker.Hosting;

/// <summary>
/// Settings of Apache Kafka's brokers that stand in its own server.properties, or in those of people who come from it, and that have nothing to set here.
/// They are
/// taken, so that such a file works, and told with the reason at the start. What would be missed when it has no effect (access control, encryption, where
/// data lies)
/// is not here: it is refused.
/// </summary>
public static class ForeignBrokerConfig
{
    /// <summary>Why, and what: whole names, and with a full stop at the end what names begin with.</summary>
    static readonly (string Reason, string[] Names)[] Rows =
    [
        ("this broker is a cluster of its own",
        [
            "process.roles", "controller.", "broker.heartbeat.interval.ms", "broker.session.timeout.ms", "broker.rack",
            "initial.broker.registration.timeout.ms", "metadata.", "default.replication.factor", "min.insync.replicas", "replica.",
            "num.replica.fetchers", "num.replica.alter.log.dirs.threads", "follower.", "leader.", "auto.leader.rebalance.enable",
            "unclean.leader.election.enable", "unclean.leader.election.interval.ms", "controlled.shutdown.", "inter.broker.protocol.version",
            "offsets.topic.replication.factor", "transaction.state.log.replication.factor", "transaction.state.log.min.isr",
            "broker.id.generation.enable", "reserved.broker.max.id", "server.max.startup.time.ms", "request.timeout.ms",
        ]),
        ("there is one listener, of clients, in plain text",
        [
            "inter.broker.listener.name", "listener.security.protocol.map", "early.start.listeners", "control.plane.listener.name",
        ]),
        ("the runtime and the operating system choose it",
        [
            "group.coordinator.threads", "group.coordinator.background.threads", "group.coordinator.append.linger.ms",
            "group.coordinator.cached.buffer.max.bytes", "offsets.load.buffer.size", "transaction.state.log.load.buffer.size",
            "num.network.threads", "num.io.threads", "background.threads", "num.recovery.threads.per.data.dir", "queued.max.requests",
            "socket.send.buffer.bytes", "socket.receive.buffer.bytes", "socket.listen.backlog.size", "log.preallocate",
            "fetch.purgatory.purge.interval.requests", "producer.purgatory.purge.interval.requests",
            "delete.records.purgatory.purge.interval.requests",
        ]),
        ("one thread compacts the logs of the broker's own topics, and others are not compacted yet",
        [
            "log.cleaner.threads", "log.cleaner.enable", "log.cleaner.io.", "log.cleaner.backoff.ms", "log.cleaner.delete.retention.ms", "log.cleaner.min.compaction.lag.ms",
            "log.cleaner.max.compaction.lag.ms",
        ]),
        ("retention is not there yet",
        [
            "log.retention.hours", "log.retention.minutes", "log.retention.check.interval.ms", "log.segment.delete.delay.ms",
            "log.local.retention.ms", "log.local.retention.bytes",
        ]),
        ("log.roll.ms says it",
        [
            "log.roll.hours",
        ]),
        ("segments end without jitter",
        [
            "log.roll.jitter.ms", "log.roll.jitter.hours",
        ]),
        ("indexes grow as needed",
        [
            "log.index.size.max.bytes",
        ]),
        ("there is one format",
        [
            "log.message.format.version", "log.message.downconversion.enable",
        ]),
        ("records are forced before they are acknowledged, as 'flush' says",
        [
            "log.flush.",
        ]),
        ("the broker's own topics are not compressed",
        [
            "offsets.topic.compression.codec",
        ]),
        ("both group protocols are always there",
        [
            "group.coordinator.rebalance.protocols",
        ]),
        ("every write of a transaction is checked against it",
        [
            "transaction.partition.verification.enable",
        ]),
        ("there are no share groups and no streams groups",
        [
            "group.share.", "share.", "group.streams.", "errors.deadletterqueue.",
        ]),
        ("there are no reporters, quotas or client metrics",
        [
            "metric.reporters", "metrics.", "kafka.metrics.", "auto.include.jmx.reporter", "telemetry.", "quota.", "client.quota.",
        ]),
        ("everybody who reaches the broker may delete topics",
        [
            "delete.topic.enable",
        ]),
        ("it is a setting of another product",
        [
            "confluent.",
        ]),
    ];

    /// <summary>Why a setting of that name has nothing to set here; null when it is none of these.</summary>
    public static string? ReasonOf(string name)
    {
        foreach (var (reason, names) in Rows)
            if (Array.Exists(names, known => known[^1] == '.' ? name.StartsWith(known, StringComparison.Ordinal) : name == known)) return reason;
        return null;
    }
}
