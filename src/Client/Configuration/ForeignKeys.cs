using static Semel.Client.Configuration.ConfigKind;
using static Semel.Client.Configuration.ConfigRole;

namespace Semel.Client.Configuration;

/// <summary>
/// Keys of librdkafka, of Confluent.Kafka and of Java's clients that configure nothing here. What could change which records are written or read, in which
/// order, where, or under which guarantee is refused, except in the values that ask for what happens anyway; what is about pace, diagnostics or the inside of
/// another library is told. Part of <see cref="ConfigTable"/>.
/// </summary>
internal static class ForeignKeys
{
    const ConfigRole Every = ConfigRole.All;
    const string Callback = "it is set in code, not as text. Remove the key, and give what it stands for to the builder";
    const string Logging = "an ILoggerFactory decides what is logged: give one with UseLoggerFactory";
    const string Versions = "each connection begins with the question which versions the broker has";
    const string Meters = "the client counts by System.Diagnostics.Metrics: the names of its meters are in ClientMeters";
    const string LooksUpEachTime = "a name is looked up whenever it is connected to, for as long as the call waits";
    const string NoLongerUsed = "librdkafka has not used it for years";
    const string NoShare = "there are no share groups";
    const string Reports = "a report is made only where somebody waits for it, and it is whole";
    const string NotJava = "this client is not Java. ";
    const string CodeSerializes = "serializers and deserializers are given to the builder; strings, bytes, numbers and Guid need none";

    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        // The connection.
        Only("client.dns.lookup", Every, "Which addresses of a name are tried.",
            "canonical names matter to Kerberos and TLS only, and all addresses of a name are tried anyway. Remove the key", "use_all_dns_ips", "default"),
        Told("broker.address.ttl", "How long librdkafka remembers an address.", LooksUpEachTime),
        Told("bootstrap.resolve.timeout.ms", "How long Java looks for the first address.", LooksUpEachTime),
        Only("bootstrap.controllers", Admin, "Controllers for Java's admin client to ask.", "this client asks brokers. Set bootstrap.servers, and remove the key", ""),
        Told("socket.max.fails", "Failures after which librdkafka disconnects.", "a connection is closed by the first request that stays unanswered for request.timeout.ms"),
        Told("socket.blocking.max.ms", "Nothing any more.", NoLongerUsed),
        Told("reconnect.backoff.jitter.ms", "Nothing any more.", NoLongerUsed),
        Told("api.version.request", "Whether librdkafka asks for the broker's versions.", Versions),
        Told("api.version.request.timeout.ms", "How long that question may take.", "it is part of socket.connection.setup.timeout.ms"),
        Told("api.version.fallback.ms", "How long librdkafka believes a fallback.", Versions),
        Told("broker.version.fallback", "Which broker librdkafka believes in without an answer.", Versions),
        Told("enable.sparse.connections", "Whether librdkafka connects only where it has to.", "connections are made only where they are needed"),
        Told("client.software.name", "The name that librdkafka gives to brokers.", "the client tells its own name and version"),
        Told("client.software.version", "The version that librdkafka gives to brokers.", "the client tells its own name and version"),
        Told("connections.max.reauth.ms", "A broker's setting.", "it is a setting of brokers"),

        // Metadata.
        Told("topic.metadata.refresh.fast.interval.ms", "The first pause between questions for a lost leader.", "retry.backoff.ms and retry.backoff.max.ms are the pauses"),
        Told("topic.metadata.refresh.fast.cnt", "Nothing any more.", NoLongerUsed),
        Told("topic.metadata.refresh.sparse", "Whether only topics in use are asked for.", "only topics in use are asked for"),
        Told("metadata.request.timeout.ms", "How long librdkafka waits for metadata.", "request.timeout.ms is the time"),
        Told("coordinator.query.interval.ms", "How often librdkafka asks who the coordinator is.", "the coordinator is looked up when it has moved"),
        Only("metadata.cluster.check.enable", Every, "Whether Java checks that the brokers are of one cluster.",
            "what an acknowledgement promises here rests on that check. Remove the key", "true"),
        Only("topic.blacklist", Every, "Topics that librdkafka treats as absent.",
            "here a subscription alone says which topics are meant. Leave them out of it, and remove the key", ""),
        Only("exclude.internal.topics", Consumer, "Whether a pattern leaves out the cluster's own topics.", "a pattern never means them. Subscribe to them by name, and remove the key", "true"),

        // The producer.
        Only("queuing.strategy", Producer, "Order in which librdkafka sends.", "records of a partition keep their order. Remove the key", "fifo"),
        Told("queue.buffering.backpressure.threshold", "Requests on their way at which librdkafka makes larger batches.", "linger.ms and batch.size decide when a batch is sent"),
        Told("message.copy.max.bytes", "Up to which size librdkafka copies a record.", "records are serialised into the batch itself"),
        Told("buffer.memory.allocation.strategy", "How Java takes memory for batches.", "memory is taken in segments as batches grow"),
        Only("partitioner.rack.aware", Producer, "Whether Java's partitioner prefers leaders in its own rack.", "partitions are chosen whatever rack they are in. Remove the key, or give a partitioner with SetPartitioner", "false"),
        Only("transaction.two.phase.commit.enable", Producer, "Transactions that another system decides (KIP-939).", "this client decides its transactions itself. Remove the key", "false"),
        Only("delivery.report.only.error", Producer, "Reports for failed records only.", "a handler is told of every record. Look at the report's Status, and remove the key", "false"),
        Told("produce.offset.report", "Nothing any more.", NoLongerUsed),
        Told("dotnet.producer.enable.background.poll", "Whether Confluent.Kafka polls by itself.", "nothing is to be polled"),
        Told("dotnet.producer.enable.delivery.reports", "Whether Confluent.Kafka makes reports.", Reports),
        Told("dotnet.producer.delivery.report.fields", "What Confluent.Kafka tells in a report.", Reports),
        Told("key.serializer", "Java's class of a serializer.", CodeSerializes),
        Told("value.serializer", "Java's class of a serializer.", CodeSerializes),

        // The consumer.
        Told("queued.min.messages", "Records that librdkafka fetches in advance.", "queued.max.messages.kbytes alone says how much is fetched in advance"),
        Told("fetch.queue.backoff.ms", "How long librdkafka pauses when its queue is full.", "fetching goes on as soon as memory is free"),
        Only("offset.store.method", Consumer, "Where librdkafka keeps offsets.", "a group's offsets are kept by its coordinator. Remove the key", "broker"),
        Told("offset.store.path", "A file of librdkafka's.", "offsets are not kept in files"),
        Told("offset.store.sync.interval.ms", "How often that file is forced.", "offsets are not kept in files"),
        Only("group.protocol.type", Consumer, "What the members of a classic group are.", "this client's groups are groups of consumers. Remove the key", "consumer"),
        Only("internal.leave.group.on.close", Consumer, "Whether Java's member leaves its group when it closes.", "a member leaves when it closes; a static one, with group.instance.id, does not. Remove the key", "true"),
        Told("internal.throw.on.fetch.stable.offset.unsupported", "What Java does when a broker is older than 2.5.", "offsets of open transactions are never taken for committed ones"),
        Told("share.acknowledgement.mode", "How members of a share group acknowledge.", NoShare),
        Told("share.acquire.mode", "How members of a share group are given records.", NoShare),
        Told("consume.callback.max.messages", "Records for one call of librdkafka's callback.", "there is no such callback"),
        Told("dotnet.consumer.consume.result.fields", "What Confluent.Kafka fills in.", "keys, headers and timestamps are read when they are asked for"),
        Told("dotnet.cancellation.delay.max.ms", "How late Confluent.Kafka sees a cancellation.", "cancellation is seen at once"),
        Told("key.deserializer", "Java's class of a deserializer.", CodeSerializes),
        Told("value.deserializer", "Java's class of a deserializer.", CodeSerializes),

        // What is seen of the client.
        Told("debug", "What librdkafka logs.", Logging), Told("log_level", "How much librdkafka logs.", Logging),
        Told("log.queue", "Where librdkafka logs.", Logging), Told("log.thread.name", "What librdkafka logs.", Logging),
        Told("log.connection.close", "What librdkafka logs.", Logging),
        Told("statistics.interval.ms", "How often librdkafka gives its statistics to a handler.", Meters),
        Told("enable.metrics.push", "Whether the client sends its metrics to the brokers (KIP-714).", Meters + ", and nothing is sent to brokers"),
        Told("metric.reporters", "Java's classes that show its metrics.", Meters), Told("metrics.num.samples", "Samples in Java's metrics.", Meters),
        Told("metrics.recording.level", "How much Java measures.", Meters), Told("metrics.sample.window.ms", "Time of a sample in Java's metrics.", Meters),
        Told("auto.include.jmx.reporter", "Whether Java shows its metrics by JMX.", Meters),

        // The inside of the other libraries.
        Told("enable.random.seed", "Whether librdkafka seeds the C library's random numbers.", "the runtime's random numbers are used"),
        Told("internal.termination.signal", "A signal that ends librdkafka's threads.", "the client has no threads of its own"),
        Told("builtin.features", "What librdkafka was built with.", "it can only be read"),
        Only("plugin.library.paths", Every, "Native libraries that librdkafka loads.", "this client loads no native libraries. Remove the key", ""),
        Only("security.providers", Every, "Java's classes for cryptography.", NotJava + "Remove the key", ""),
        Only("config.providers", Every, "Java's classes that look values up elsewhere.",
            NotJava + "Values are taken as they stand: fill them in before, by Microsoft.Extensions.Configuration for example, and remove the key", ""),
        Only("test.mock.num.brokers", Every, "Brokers that librdkafka imitates.", "nothing is imitated here: the package Semel.Testing has the real broker in process. Remove the key", "0"),
        Told("test.mock.broker.rtt", "How slow those are.", "nothing is imitated here"),
        .. Callbacks("background_event_cb", "closesocket_cb", "connect_cb", "consume_cb", "default_topic_conf", "dr_cb", "dr_msg_cb", "enabled_events", "error_cb", "interceptors", "log_cb",
            "msg_order_cmp", "offset_commit_cb", "opaque", "open_cb", "partitioner_cb", "rebalance_cb", "resolve_cb", "socket_cb", "stats_cb", "throttle_cb"),
    ];

    static ConfigKey Told(string name, string doc, string reason) => new(name, Text, Every, null, doc) { NoEffect = reason, IsForeign = true };

    static ConfigKey Only(string name, ConfigRole role, string doc, string refusal, params string[] anyway) =>
        new(name, Text, role, null, doc) { Refusal = refusal, Anyway = anyway, IsForeign = true };

    static IEnumerable<ConfigKey> Callbacks(params string[] names) => names.Select(static name => Only(name, Every, "What librdkafka is given in code.", Callback));
}
