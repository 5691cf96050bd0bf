using System.Globalization;

namespace Semel.Compat.Confluent;

/// <summary>
/// What the client below is configured with: the program's own keys, and where they are silent what Confluent.Kafka has as its default and the client below
/// has not. Keys that this package carries out itself are not handed down.
/// </summary>
static class ClientKeys
{
    /// <summary>Confluent.Kafka's defaults that differ.</summary>
    static readonly KeyValuePair<string, string>[] OfEveryProducer =
    [
        new("partitioner", "consistent_random"),
        new("message.timeout.ms", "300000"),
        new("queue.buffering.max.kbytes", "1048576"),
        new("batch.num.messages", "10000"),
    ];

    static readonly KeyValuePair<string, string>[] OfEveryConsumer =
    [
        new("enable.auto.commit", "true"),
        new("auto.commit.interval.ms", "5000"),
        new("session.timeout.ms", "45000"),
        new("max.poll.interval.ms", "300000"),
        new("partition.assignment.strategy", "range,roundrobin"),
        new("group.protocol", "classic"),
    ];

    /// <summary>How many records may wait at once, as librdkafka counts them; carried out here.</summary>
    public const string QueuedRecords = "queue.buffering.max.messages";
    const int DefaultQueuedRecords = 100_000;

    static readonly HashSet<string> CarriedOutHere = [QueuedRecords, "statistics.interval.ms", "dotnet.producer.enable.background.poll",
        "dotnet.producer.enable.delivery.reports",
        "dotnet.producer.delivery.report.fields", "dotnet.consumer.consume.result.fields", "dotnet.cancellation.delay.max.ms"];

    public static List<KeyValuePair<string, string>> OfProducer(IReadOnlyList<KeyValuePair<string, string>> config)
    {
        var keys = Below(config, OfEveryProducer);
        // A record of a transaction has no more time than its transaction.
        if (Has(keys, "transactional.id") && !Has(config, "message.timeout.ms") && !Has(config, "delivery.timeout.ms"))
            Replace(keys, "message.timeout.ms", config.LastOrDefault(static entry => entry.Key == "transaction.timeout.ms").Value ?? "60000");
        // A record waits for its topic and for memory as long as for its acknowledgement.
        var wait = Number(keys, "message.timeout.ms") ?? Number(keys, "delivery.timeout.ms") ?? 300_000;
        if (!Has(keys, "max.block.ms")) keys.Add(new("max.block.ms", (wait == 0 ? int.MaxValue : wait).ToString(CultureInfo.InvariantCulture)));
        // An answer is waited for no longer than a record has; librdkafka cuts the one down to the other without a word.
        if (wait > 0 && !Has(keys, "request.timeout.ms")) keys.Add(new("request.timeout.ms",
            Math.Clamp(wait - Linger(keys), 1, 30_000).ToString(CultureInfo.InvariantCulture)));
        return keys;
    }

    static int Linger(IReadOnlyList<KeyValuePair<string, string>> keys) =>
        double.TryParse(keys.LastOrDefault(static entry => entry.Key is "linger.ms" or "queue.buffering.max.ms").Value ?? "5", CultureInfo.InvariantCulture,
            out var linger) ? (int)Math.Ceiling(linger) : 0;

    public static List<KeyValuePair<string, string>> OfConsumer(IReadOnlyList<KeyValuePair<string, string>> config)
    {
        var keys = Below(config, OfEveryConsumer);
        // The newer protocol is told its time-outs and assignors by the broker, and a key that says otherwise is refused.
        if (keys.Exists(static entry => entry is { Key: "group.protocol", Value: "consumer" }))
            keys.RemoveAll(entry => entry.Key is "session.timeout.ms" or "partition.assignment.strategy" && !Has(config, entry.Key));
        return keys;
    }

    /// <summary>They are made here.</summary>
    public static List<KeyValuePair<string, string>> WithoutAutomaticCommits(List<KeyValuePair<string, string>> keys)
    {
        keys.RemoveAll(static entry => entry.Key is "auto.commit.enable" or "auto.commit.interval.ms");
        Replace(keys, "enable.auto.commit", "false");
        return keys;
    }

    public static List<KeyValuePair<string, string>> OfAdmin(IReadOnlyList<KeyValuePair<string, string>> config) =>
        Below(config, []).FindAll(static entry =>
            entry.Key is "bootstrap.servers" or "metadata.broker.list" or "client.id" or "socket.timeout.ms" or "security.protocol"
            || entry.Key.StartsWith("ssl.", StringComparison.Ordinal) || entry.Key.StartsWith("sasl.", StringComparison.Ordinal)
            || entry.Key.StartsWith("reconnect.", StringComparison.Ordinal) || entry.Key.StartsWith("socket.connection.", StringComparison.Ordinal));

    public static int QueuedRecordsOf(IReadOnlyList<KeyValuePair<string, string>> config) =>
        Number(config, QueuedRecords) switch { null => DefaultQueuedRecords, 0 => int.MaxValue, { } records => records };

    public static bool Flag(IReadOnlyList<KeyValuePair<string, string>> config, string key, bool otherwise) =>
        config.LastOrDefault(entry => entry.Key == key).Value is not { } text ? otherwise
            : bool.TryParse(text, out var flag) ? flag : throw new ArgumentException($"{key}='{text}' is neither true nor false.");

    public static int? Number(IReadOnlyList<KeyValuePair<string, string>> config, string key) =>
        config.LastOrDefault(entry => entry.Key == key).Value is not { } text ? null
            : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number
                : throw new ArgumentException($"{key}='{text}' is no whole number.");

    public static bool Has(IReadOnlyList<KeyValuePair<string, string>> config, string key) => config.Any(entry => entry.Key == key);

    /// <summary>A default counts only where neither the key nor another name of it is given.</summary>
    static List<KeyValuePair<string, string>> Below(IReadOnlyList<KeyValuePair<string, string>> config, KeyValuePair<string, string>[] defaults)
    {
        var keys = config.Where(static entry => !CarriedOutHere.Contains(entry.Key)).ToList();
        foreach (var entry in defaults)
            if (!NamesOf(entry.Key).Any(name => Has(config, name))) keys.Add(entry);
        return keys;
    }

    static void Replace(List<KeyValuePair<string, string>> keys, string key, string value)
    {
        keys.RemoveAll(entry => entry.Key == key);
        keys.Add(new(key, value));
    }

    static string[] NamesOf(string key) => key switch
    {
        "message.timeout.ms" => [key, "delivery.timeout.ms"],
        "queue.buffering.max.kbytes" => [key, "buffer.memory"],
        "enable.auto.commit" => [key, "auto.commit.enable"],
        _ => [key],
    };
}
