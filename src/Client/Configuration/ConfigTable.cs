using static Semel.Client.Configuration.ConfigKind;
using static Semel.Client.Configuration.ConfigRole;

namespace Semel.Client.Configuration;

/// <summary>
/// Every configuration key of the client in one table: name, aliases, kind, range, default, meaning. Parsing, error messages and the
/// documentation page all read it, so a key exists exactly once. Names are Apache Kafka's; aliases are librdkafka's, so that a
/// configuration written for Confluent.Kafka loads unchanged.
/// </summary>
internal static class ConfigTable
{
    static readonly string[] AcksChoices = ["all", "1", "0", "-1=all"];
    static readonly string[] CompressionChoices = ["none", "gzip", "snappy", "lz4", "zstd"];
    static readonly string[] PartitionerChoices =
        ["random", "consistent", "consistent_random", "murmur2", "murmur2_random", "fnv1a", "fnv1a_random"];
    static readonly string[] ResetChoices = ["earliest", "latest", "none", "smallest=earliest", "beginning=earliest", "largest=latest", "end=latest", "error=none"];

    const string NoClasses = "this client is not Java. ";
    public const string PlaintextOnly = "this client speaks plaintext only. Remove the key, and protect the connection outside of the client";

    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        // Connections and metadata, for every client.
        new("bootstrap.servers", List, All, null, "Where to find the cluster first: host:port, several separated by commas.") { Aliases = [new("metadata.broker.list")] },
        new("client.id", Text, All, null, "The name that brokers log for this client. A producer's default is producer- and its transactional id or a number."),
        new("request.timeout.ms", Duration, All, "30000", "How long a request may go unanswered before its connection is closed.") { Minimum = 1 },
        new("socket.timeout.ms", Duration, All, null, "The same timer on the client's side only, when it is to differ from request.timeout.ms.") { Minimum = 1 },
        new("retry.backoff.ms", Duration, All, "100", "First pause before something is tried again; doubled at each further attempt."),
        new("retry.backoff.max.ms", Duration, All, "1000", "Longest pause before something is tried again."),
        new("reconnect.backoff.ms", Duration, All, "50", "First pause before a broker is dialled again; doubled at each further attempt."),
        new("reconnect.backoff.max.ms", Duration, All, "1000", "Longest pause before a broker is dialled again."),
        new("socket.connection.setup.timeout.ms", Duration, All, "10000", "How long the first attempt to connect may take.") { Minimum = 1 },
        new("socket.connection.setup.timeout.max.ms", Duration, All, "30000", "How long any later attempt to connect may take.") { Minimum = 1 },
        new("socket.keepalive.enable", Flag, All, "false", "Whether the system looks after idle connections by TCP keep-alive."),
        new("socket.nagle.disable", Flag, All, "true", "Whether small packets leave at once (TCP_NODELAY)."),
        new("send.buffer.bytes", Integer, All, "-1", "Size of a socket's send buffer; 0 and -1 leave it to the system.") { Minimum = -1, Aliases = [new("socket.send.buffer.bytes")] },
        new("receive.buffer.bytes", Integer, All, "-1", "Size of a socket's receive buffer; 0 and -1 leave it to the system.") { Minimum = -1, Aliases = [new("socket.receive.buffer.bytes")] },
        new("broker.address.family", Choice, All, "any", "Which addresses of a name are tried.") { Choices = ["any", "v4", "v6"] },
        new("receive.message.max.bytes", Integer, All, "100000000", "A response that says it is larger closes its connection.") { Minimum = 1000 },
        new("connections.max.idle.ms", Duration, All, "540000", "An unused connection is closed after this time; 0 keeps it."),
        new("metadata.max.age.ms", Duration, All, "300000", "Metadata older than this is asked for again; -1 asks only when something has moved.") { Minimum = -1 },
        new("topic.metadata.refresh.interval.ms", Duration, All, null, "librdkafka's name of the same time, which has metadata.max.age.ms besides; given both, this one counts.") { Minimum = -1 },
        new("metadata.max.idle.ms", Duration, All, "300000", "A topic not used for this long is no longer asked for.") { Minimum = 5000 },
        new("metadata.recovery.strategy", Choice, All, "rebootstrap", "What the client does when no broker that it knows answers: start again from bootstrap.servers, or go on with those it knows.") { Choices = ["rebootstrap", "none"] },
        new("metadata.recovery.rebootstrap.trigger.ms", Duration, All, "300000", "When no known broker answers for this long, the client starts again from bootstrap.servers."),
        new("allow.auto.create.topics", Flag, Producer | Consumer, null, "Whether asking for an unknown topic may create it. Producers: true, consumers: false."),
        new("security.protocol", Choice, All, "plaintext", "How connections are protected.")
            { Choices = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"], Refusal = PlaintextOnly, Anyway = ["plaintext"] },
        new("max.block.ms", Duration, Producer, "60000", "Longest wait of a call for memory or for a topic's metadata."),

        // The producer.
        new("acks", Choice, Producer, "all", "What a record waits for before it counts as acknowledged.") { Choices = AcksChoices, Aliases = [new("request.required.acks")] },
        new("enable.idempotence", Flag, Producer, "true", "Each record at most once and in order, across retries."),
        new("max.in.flight.requests.per.connection", Integer, Producer, "5", "Unanswered produce requests per connection.") { Minimum = 1, Maximum = 1_000_000, Aliases = [new("max.in.flight")] },
        new("retries", Integer, Producer, "2147483647", "Attempts after the first; in practice delivery.timeout.ms ends them.") { Aliases = [new("message.send.max.retries")] },
        new("delivery.timeout.ms", Duration, Producer, "120000", "A record gets its final report within this time after it was accepted; 0 sets no limit.") { Aliases = [new("message.timeout.ms")] },
        new("linger.ms", Duration, Producer, "5", "How long a batch waits for more records.") { Maximum = 900_000, Aliases = [new("queue.buffering.max.ms")] },
        new("batch.size", Integer, Producer, "1000000", "A batch is closed before it passes this many bytes.") { Minimum = 1 },
        new("batch.num.messages", Integer, Producer, "0", "A batch is closed at this many records; 0 sets no limit.") { Maximum = 1_000_000 },
        new("max.request.size", Integer, Producer, "1048576", "Most bytes of one batch, and of one record after framing.") { Minimum = 1000, Maximum = 1_000_000_000, Aliases = [new("message.max.bytes")] },
        new("produce.request.max.bytes", Integer, Producer, "8388608", "Most bytes of batches in one request.") { Minimum = 1000, Maximum = 1_000_000_000 },
        new("buffer.memory", Integer, Producer, "67108864", "Bytes of records accepted and not finished.") { Minimum = 1, Maximum = long.MaxValue, Aliases = [new("queue.buffering.max.kbytes", 1024)] },
        new("queue.buffering.max.messages", Integer, Producer, "0", "Records accepted and not finished; 0 sets no limit."),
        new("compression.type", Choice, Producer, "none", "How batches are compressed.")
            { Choices = CompressionChoices, Aliases = [new("compression.codec")] },
        new("compression.level", Integer, Producer, "-1", "The level of whichever codec is chosen; -1 is the codec's own default.") { Minimum = -1, Maximum = 22 },
        new("compression.gzip.level", Integer, Producer, "-1", "The level of gzip; -1 is its own default.") { Minimum = -1, Maximum = 9 },
        new("compression.lz4.level", Integer, Producer, null, "The level of lz4; default its own.") { Minimum = 1, Maximum = 17 },
        new("compression.zstd.level", Integer, Producer, null, "The level of zstd; default its own.") { Minimum = -131_072, Maximum = 22 },
        new("partitioner", Choice, Producer, "murmur2_random", "Which partition a record without one goes to. Confluent.Kafka's default is consistent_random, which hashes keys differently.") { Choices = PartitionerChoices },
        new("partitioner.adaptive.partitioning.enable", Flag, Producer, "true", "Records without a key prefer partitions with a short queue."),
        new("partitioner.ignore.keys", Flag, Producer, "false", "Place records that have a key as if they had none."),
        new("sticky.partitioning.linger.ms", Duration, Producer, null, "How long records without a key stay on one partition; default twice linger.ms; 0 chooses anew for each record.") { Maximum = 900_000 },
        new("partitioner.availability.timeout.ms", Duration, Producer, "0", "Records without a key avoid a partition whose oldest batch has waited so long for its report, beyond linger.ms, while there is another; 0 never."),
        new("topic.metadata.propagation.max.ms", Duration, Producer, "30000", "How long an unknown topic may stay unknown before its records fail."),
        new("allow.topic.recreation", Flag, Producer, "false", "Records queued for a topic that was deleted and created again go to the new one instead of failing."),
        new("enable.gapless.guarantee", Flag, Producer, "false", "When a record fails, those accepted behind it on the same partition fail too."),
        new("on.data.loss", Choice, Producer, "continue", "What follows when a broker seems to have lost acknowledged records.") { Choices = ["continue", "stop"] },
        new("close.timeout.ms", Duration, Producer | Consumer, "30000", "How long disposing waits: for records on their way, for handlers, the last commit and leaving the group."),
        new("transactional.id", Text, Producer, null, "The application's stable name across producer incarnations."),
        new("transaction.timeout.ms", Duration, Producer, "60000", "The coordinator aborts a transaction that is open for longer.")
            { Minimum = 1, Needs = "transactional.id" },
        new("transactions.hygiene", Choice, Producer, "auto",
            "When the epoch is raised between transactions of the first protocol: after trouble, or always. The second raises it with each transaction.") { Choices = ["auto", "always"], Needs = "transactional.id" },
        new("transaction.witness.group", Text, Producer, null,
            "A group for one offset of each transaction that sends none, by which ResolveAsync can tell how it ended; one group for each transactional id.") { Needs = "transactional.id" },

        new("partitioner.class", Text, Producer, null, "Java's class of a partitioner.")
            { Refusal = NoClasses + "Set partitioner to one of this client's, or give one of your own with SetPartitioner", Anyway = [""] },
        new("interceptor.classes", List, All, null, "Java's classes of interceptors.") { Refusal = NoClasses + "Remove the key", Anyway = [""] },

        // The consumer.
        new("group.id", Text, Consumer, null, "The consumer group: of which the consumer becomes a member by subscribing, or for which it commits."),
        new("group.instance.id", Text, Consumer, null, "The stable name of a static member: it comes back without a rebalance (KIP-345)."),
        new("group.protocol", Choice, Consumer, "auto", "Which group protocol; auto takes the newer one when the coordinator offers it.") { Choices = ["auto", "classic", "consumer"] },
        new("group.remote.assignor", Choice, Consumer, null, "The broker's assignor (KIP-848); default the broker's own choice.") { Choices = ["uniform", "range"] },
        new("partition.assignment.strategy", List, Consumer, "range,cooperative-sticky", "The assignors of a classic group, best first: range, roundrobin, sticky, cooperative-sticky."),
        new("session.timeout.ms", Duration, Consumer, "45000", "A classic member that is silent for longer is removed. In the newer protocol the broker says.") { Minimum = 1 },
        new("heartbeat.interval.ms", Duration, Consumer, "3000", "Time between a classic member's heartbeats. In the newer protocol the broker says.") { Minimum = 1 },
        new("max.poll.interval.ms", Duration, Consumer, "300000", "Longest time between two pulls of a group's member, and of a handler.") { Minimum = 1 },
        new("enable.auto.commit", Flag, Consumer, "true", "Commit what is finished from time to time, before partitions go to another member, and at the end.") { Aliases = [new("auto.commit.enable")] },
        new("auto.commit.interval.ms", Duration, Consumer, "5000", "Time between automatic commits.") { Minimum = 1 },
        new("enable.auto.offset.store", Flag, Consumer, "true", "Records count as finished by themselves; false: only what StoreOffset says is finished."),
        new("auto.offset.store.timing", Choice, Consumer, "on-next", "When a record counts as finished by itself: when the next one is asked for, or when it is delivered.") { Choices = ["on-next", "on-delivery"] },
        new("auto.offset.reset.new.partitions", Choice, Consumer, "earliest", "Where to begin on partitions that appear while the group runs.") { Choices = ResetChoices },
        new("auto.offset.reset", Text, Consumer, "latest",
            "Where to begin without an offset, and to go on from one that is not in the log: earliest, latest, none, or by_duration: and an ISO 8601 duration."),
        new("isolation.level", Choice, Consumer, "read_committed", "Whether records of undecided and aborted transactions are seen.") { Choices = ["read_committed", "read_uncommitted"] },
        new("fetch.min.bytes", Integer, Consumer, "1", "A fetch waits until this many bytes are there."),
        new("fetch.max.wait.ms", Duration, Consumer, "500", "But no longer than this.") { Aliases = [new("fetch.wait.max.ms")] },
        new("fetch.max.bytes", Integer, Consumer, "52428800", "Most bytes of one fetch."),
        new("max.partition.fetch.bytes", Integer, Consumer, "1048576", "Most bytes of one partition in a fetch.") { Minimum = 1, Aliases = [new("fetch.message.max.bytes")] },
        new("queued.max.messages.kbytes", Integer, Consumer, "65536", "Kibibytes fetched or decompressed, and not yet released.") { Minimum = 1, Maximum = 2_097_151 },
        new("max.poll.records", Integer, Consumer, "500", "Records of one batch handed to the application.") { Minimum = 1 },
        new("check.crcs", Flag, Consumer, "true", "Check every batch's CRC-32C."),
        new("client.rack", Text, Consumer, null, "Where this client runs: fetch from the nearest replica."),
        new("fetch.error.backoff.ms", Duration, Consumer, null, "First pause before a fetch that failed is tried again; default that of retry.backoff.ms."),
        new("enable.partition.eof", Flag, Consumer, "false", "Tell when the end of a partition is reached."),
        new("max.decompressed.batch.bytes", Integer, Consumer, "104857600", "A batch that grows beyond this when decompressed is refused.") { Minimum = 1 },
        new("default.api.timeout.ms", Duration, Consumer | Admin, "60000", "Limit of calls that have no limit of their own.") { Minimum = 1 },

        .. ForeignKeys.All,
    ];

    /// <summary>Of Confluent's library for .NET, which keeps its own keys apart like this.</summary>
    const string DotnetPrefix = "dotnet.";

    /// <summary>Whether the key is one of Confluent's library for .NET about itself: there is nothing to configure here.</summary>
    public static bool IsWithoutMeaning(string name) => name.StartsWith(DotnetPrefix, StringComparison.Ordinal);

    /// <summary>Whether the key is about protected connections.</summary>
    public static bool IsSecurity(string name) =>
        name.StartsWith("ssl.", StringComparison.Ordinal) || name.StartsWith("sasl.", StringComparison.Ordinal)
            || name.StartsWith("ssl_", StringComparison.Ordinal) || name.StartsWith("https.ca.", StringComparison.Ordinal)
            || name is "enable.ssl.certificate.verification" or "enable.sasl.oauthbearer.unsecure.jwt" or "enable_sasl_queue" or "oauthbearer_token_refresh_cb";

    static readonly Dictionary<string, (ConfigKey Key, int Scale)> ByAnyName = Keys
        .SelectMany(key => key.Aliases.Prepend(new ConfigAlias(key.Name)).Select(name => (name, key)))
        .ToDictionary(row => row.name.Name, row => (row.key, row.name.Scale), StringComparer.Ordinal);

    /// <summary>The row of a name or alias, with the unit the alias counts in; null when nobody knows the name.</summary>
    public static (ConfigKey Key, int Scale)? Find(string nameOrAlias) => ByAnyName.TryGetValue(nameOrAlias, out var row) ? row : null;

    static readonly Dictionary<string, string> ByPascalName = ByAnyName.Keys.DistinctBy(Bare, StringComparer.OrdinalIgnoreCase).ToDictionary(Bare, static name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>As a property is called: Confluent's library for .NET leaves the prefixes of its own keys out.</summary>
    static string Bare(string name) =>
        (name.StartsWith(DotnetPrefix, StringComparison.Ordinal) ? name[DotnetPrefix.Length..].Replace("producer.", "").Replace("consumer.", "") : name).Replace(".", "").Replace("_", "");

    /// <summary>
    /// The key that a name means which may be written as a property is, LingerMs for linger.ms: its own name, or the alias where that counts in other units. What nobody knows is
    /// returned as it is.
    /// </summary>
    public static string KeyOf(string name)
    {
        var known = ByAnyName.ContainsKey(name) || !ByPascalName.TryGetValue(Bare(name), out var found) ? name : found;
        return ByAnyName.TryGetValue(known, out var row) && row.Scale == 1 ? row.Key.Name : known;
    }

    /// <summary>The row of a name that is in the table.</summary>
    public static ConfigKey Get(string name) => ByAnyName[name].Key;

    /// <summary>The known name, alias included, that was probably meant; null when none is near.</summary>
    public static string? Nearest(string unknown) => NearestName.Find(unknown, ByAnyName.Keys.Order(StringComparer.Ordinal));
}
