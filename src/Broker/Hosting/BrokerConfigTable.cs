using System.Globalization;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Hosting;

/// <summary>
/// Every setting of a broker, once: the command line reads its options by it, DescribeConfigs answers by it. Names that are Kafka's mean what they
/// mean there; the others are marked as ours.
/// </summary>
public static class BrokerConfigTable
{
    /// <summary>Of one partition: a snapshot of so many, each with five batches, is just below the two gigabytes that one can have.</summary>
    const int MostProducers = 13_000_000;

    /// <summary>Sorted by name.</summary>
    public static IReadOnlyList<BrokerConfigEntry> All { get; } = ((BrokerConfigEntry[])
    [
        new("listeners", ConfigType.List, "The address to listen on, as PLAINTEXT://host:port. Port 0 takes any free one.",
            static (options, value) => ListenerAddress.Read(value, out var reason) is { } address ? (options with { Host = address.Host, Port = address.Port }, null) : (null, reason),
            static options => ListenerAddress.Write(options.Host, options.Port)),
        new("advertised.listeners", ConfigType.List, "The address that clients are told to connect to, as PLAINTEXT://host:port; by default the one that is listened on.",
            static (options, value) => ListenerAddress.Read(value, out var reason) is { } address ? (options with { AdvertisedHost = address.Host, AdvertisedPort = address.Port }, null) : (null, reason),
            static options => options.AdvertisedHost is { } host ? ListenerAddress.Write(host, options.AdvertisedPort ?? options.Port) : null),
        BrokerConfigEntry.Int("node.id", 0, int.MaxValue, "The number of this broker.", static (options, value) => options with { NodeId = new NodeId(value) }, static options => options.NodeId.Value),
        new("cluster.id", ConfigType.String, "The name of the cluster that clients are told; made at the first start when it is not set.",
            static (options, value) => value.Length is >= 1 and <= 64 && value.All(IsIdCharacter) ? (options with { ClusterId = value }, null) : (null, "it must be 1 to 64 letters, digits, '-' or '_'"),
            static options => options.ClusterId) { IsOurs = true },
        new("log.dirs", ConfigType.List, "The folder that holds all data; one only.",
            static (options, value) => value.Length == 0 || value.Contains(',') ? (null, "it must be the path of one folder") : (options with { DataDirectory = value }, null),
            static options => options.DataDirectory),
        new("flush", ConfigType.String, "When a record is acknowledged: 'disk' when the device has it, so that it survives the loss of power; 'os' when the operating system has it.",
            static (options, value) => ReadFlush(value) is { } flush ? (options with { Flush = flush }, null) : (null, "it must be disk or os"),
            static options => options.Flush.ToString().ToLowerInvariant()) { IsOurs = true },
        new("auto.create.topics.enable", ConfigType.Boolean, "Whether a topic is created when a client asks for its metadata.",
            static (options, value) => bool.TryParse(value, out var enable) ? (options with { AutoCreateTopics = enable }, null) : (null, "it must be true or false"),
            static options => options.AutoCreateTopics ? "true" : "false"),
        BrokerConfigEntry.Int("num.partitions", 1, 10_000, "How many partitions a topic gets when its creator leaves it to the broker.", static (options, value) => options with { DefaultPartitionCount = value }, static options => options.DefaultPartitionCount),
        BrokerConfigEntry.Int("max.partitions", 1, 1_000_000, "How many partitions all topics together may have.", static (options, value) => options with { MaxPartitions = value }, static options => options.MaxPartitions, isOurs: true),
        BrokerConfigEntry.Int("socket.request.max.bytes", 1024, 1 << 30, "The largest request. A larger one closes its connection.", static (options, value) => options with { MaxRequestBytes = value }, static options => options.MaxRequestBytes),
        BrokerConfigEntry.Long("queued.max.request.bytes", 1 << 20, long.MaxValue, "How many bytes the requests of all connections may hold together. When they are spent, connections wait before they receive more.", static (options, value) => options with { QueuedMaxRequestBytes = value }, static options => options.QueuedMaxRequestBytes),
        BrokerConfigEntry.Int("fetch.max.bytes", 1024, 1 << 30, "The most bytes in the answer to one fetch; one batch is given whatever its size.", static (options, value) => options with { FetchMaxBytes = value }, static options => options.FetchMaxBytes),
        BrokerConfigEntry.Long("queued.max.fetch.bytes", 1 << 20, long.MaxValue, "How many bytes the answers to fetches may hold together. When they are spent, fetches get less than they ask for.", static (options, value) => options with { QueuedMaxFetchBytes = value }, static options => options.QueuedMaxFetchBytes, isOurs: true),
        BrokerConfigEntry.Int("max.incremental.fetch.session.cache.slots", 0, 1_000_000, "How many fetch sessions there may be; clients beyond that name all their partitions in each fetch.", static (options, value) => options with { FetchSessionSlots = value }, static options => options.FetchSessionSlots),
        BrokerConfigEntry.Int("max.connections", 1, int.MaxValue, "How many connections there may be.", static (options, value) => options with { MaxConnections = value }, static options => options.MaxConnections),
        BrokerConfigEntry.Int("max.connections.per.ip", 1, int.MaxValue, "How many connections there may be from one address.", static (options, value) => options with { MaxConnectionsPerAddress = value }, static options => options.MaxConnectionsPerAddress),
        BrokerConfigEntry.Milliseconds("connections.max.idle.ms", 1000, "After how many milliseconds without a request a connection is closed.", static (options, value) => options with { ConnectionsMaxIdle = value }, static options => options.ConnectionsMaxIdle),
        BrokerConfigEntry.Milliseconds("request.progress.timeout.ms", 1000, "After how many milliseconds without progress a request that has begun, or an answer that is not read, closes its connection.", static (options, value) => options with { RequestProgressTimeout = value }, static options => options.RequestProgressTimeout, isOurs: true),
        BrokerConfigEntry.Milliseconds("producer.id.expiration.ms", 1000, "After how many milliseconds of silence a partition forgets a producer. Must exceed the delivery timeout of the producers.", static (options, value) => options with { ProducerIdExpiration = value }, static options => options.ProducerIdExpiration),
        BrokerConfigEntry.Milliseconds("producer.id.expiration.check.interval.ms", 100, "How many milliseconds lie between two searches for silent producers.", static (options, value) => options with { ProducerIdExpirationCheckInterval = value }, static options => options.ProducerIdExpirationCheckInterval),
        BrokerConfigEntry.Int("max.producers.per.partition", 1, MostProducers, "How many producers a partition remembers. A new one above that is refused with a retriable error; none is forgotten for it.", static (options, value) => options with { MaxProducersPerPartition = value }, static options => options.MaxProducersPerPartition, isOurs: true),
        new("log.cleaner.min.cleanable.ratio", ConfigType.Double, "How much of the logs of the broker's own topics must be uncompacted before they are compacted: above 0, up to 1.",
            static (options, value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is > 0 and <= 1 ? (options with { CompactionMinCleanableRatio = ratio }, null) : (null, "it must be a number above 0, up to 1"),
            static options => options.CompactionMinCleanableRatio.ToString(CultureInfo.InvariantCulture)),
        BrokerConfigEntry.Long("log.cleaner.dedupe.buffer.size", 1 << 20, long.MaxValue, "How many bytes the keys of a log may take in memory while it is compacted. Where they need more, the log is read more often.", static (options, value) => options with { CompactionKeyBytes = value }, static options => options.CompactionKeyBytes),
        BrokerConfigEntry.TopicDefault("message.max.bytes", "max.message.bytes"),
        BrokerConfigEntry.TopicDefault("log.segment.bytes", "segment.bytes"),
        BrokerConfigEntry.TopicDefault("log.roll.ms", "segment.ms"),
        BrokerConfigEntry.TopicDefault("log.index.interval.bytes", "index.interval.bytes"),
        BrokerConfigEntry.TopicDefault("log.message.timestamp.type", "message.timestamp.type"),
        BrokerConfigEntry.TopicDefault("log.message.timestamp.before.max.ms", "message.timestamp.before.max.ms"),
        BrokerConfigEntry.TopicDefault("log.message.timestamp.after.max.ms", "message.timestamp.after.max.ms"),
        BrokerConfigEntry.TopicDefault("log.cleanup.policy", "cleanup.policy"),
        BrokerConfigEntry.TopicDefault("log.retention.ms", "retention.ms"),
        BrokerConfigEntry.TopicDefault("log.retention.bytes", "retention.bytes"),
        BrokerConfigEntry.TopicDefault("compression.type", "compression.type"),
        BrokerConfigEntry.TopicDefault("compression.gzip.level", "compression.gzip.level"),
        BrokerConfigEntry.TopicDefault("compression.lz4.level", "compression.lz4.level"),
        BrokerConfigEntry.TopicDefault("compression.zstd.level", "compression.zstd.level"),
        BrokerConfigEntry.TopicDefault("max.decompressed.message.bytes", "max.decompressed.message.bytes"),
        .. TransactionConfigs.All,
        .. GroupConfigs.All,
    ]).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();

    static FlushPolicy? ReadFlush(string value) => value.ToLowerInvariant() switch
    {
        "disk" => FlushPolicy.Disk,
        "os" => FlushPolicy.Os,
        _ => null,
    };

    static bool IsIdCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_';

    /// <returns>Null when no setting has that name.</returns>
    public static BrokerConfigEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);

    /// <summary>Reads settings by name, the later over the earlier, and checks what has to fit together.</summary>
    /// <exception cref="BrokerConfigException">A name is not known, a value cannot be, or two values contradict each other.</exception>
    public static BrokerOptions Read(IEnumerable<KeyValuePair<string, string>> settings, BrokerOptions? onto = null)
    {
        var options = onto ?? new BrokerOptions();
        foreach (var (name, value) in settings) options = (Find(name) ?? throw Unknown(name)).Apply(options, value);
        options.Check();
        return options;
    }

    static BrokerConfigException Unknown(string name) =>
        new($"a broker has no setting '{name}'. {NearestName.Question(name, All.Select(entry => entry.Name))}".TrimEnd());
}
