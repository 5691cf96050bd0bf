using System.Text;
using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Protocol.Records;

namespace Semel.Cli.Produce;

/// <summary>The options of `semel produce`, and what they mean for lines and for the producer.</summary>
public static class ProduceOptions
{
    public static readonly Option Topic = new("--topic", "TOPIC", "the topic to send to") { Aliases = ["-t"], Required = true, Completes = Completes.Topic };
    public static readonly Option File = new("--file", "FILE", "read lines from a file, '-' for standard input") { Aliases = ["-l"], Default = "-", Repeats = true, Completes = Completes.File };
    public static readonly Option<long> Partition = new("--partition", "N", "the partition; chosen by the key, or freely, when it is left out", OptionType.Number(0, int.MaxValue)) { Aliases = ["-p"] };
    public static readonly Option Key = new("--key", "TEXT", "the key of every record that brings none") { Aliases = ["-k"] };
    public static readonly Option<byte[]> KeySeparator = new("--key-separator", "TEXT", "what lies between key and value; a line without it is a value without a key", OptionType.Separator) { Aliases = ["-K"] };
    public static readonly Option<byte[]> Delimiter = new("--delimiter", "TEXT", "what ends a line, exactly", OptionType.Separator) { Aliases = ["-D"], Default = "\\n, \\r\\n or \\r, as with Kafka's console producer; \\n alone with -P" };
    public static readonly Option<RecordHeader> Header = new("--header", "NAME=VALUE", "a header of every record; NAME alone has a null value", HeaderOf) { Aliases = ["-H"], Repeats = true };
    public static readonly Option Headers = new("--headers", null, "lines begin with headers, name:value,name:value, and a tab (parse.headers)");
    public static readonly Option<byte[]> NullMarker = new("--null-marker", "TEXT", "a key or value that is exactly this is null (null.marker)", OptionType.Escaped);
    public static readonly Option EmptyIsNull = new("--empty-as-null", null, "an empty key or value is null") { Aliases = ["-Z"] };
    public static readonly Option<KeyValuePair<string, string>> Property = new("--property", "NAME=VALUE", $"a property of Kafka's line reader: {string.Join(", ", ReaderProperty.Names)}", OptionType.Pair) { Aliases = ["--reader-property"], Repeats = true };
    public static readonly Option PropertyFile = new("--reader-config", "FILE", "a file of such properties, JSON or lines of NAME=VALUE; --property wins over it") { Completes = Completes.File };
    public static readonly Option<long> Count = new("--count", "N", "stop after so many records", OptionType.Number(0)) { Aliases = ["-c", "--max-messages"] };
    public static readonly Option TransactionalId = new("--transactional-id", "ID", "write in a transaction: all records become visible together when the input ends, or none");
    public static readonly Option<long> PerTransaction = new("--records-per-transaction", "N", "with --transactional-id: a transaction of its own for every N records", OptionType.Number(1));
    public static readonly Option Sync = new("--sync", null, "wait for each record's acknowledgement before the next is sent");
    public static readonly Option Quiet = new("--quiet", null, "print nothing but failures") { Aliases = ["-q"] };

    /// <summary>Options that are settings of the client under another name.</summary>
    static readonly (Option Option, string Setting)[] ClientOptions =
    [
        Setting("acks", "--acks", "all|1|0", "what counts as stored", option => option with { Aliases = ["--request-required-acks"], Default = "all", Choices = ["all", "1", "0"] }),
        Setting("compression.type", "--compression", "CODEC", "none, gzip, snappy, lz4 or zstd", option => option with { Aliases = ["-z", "--compression-codec"], Default = "none", Choices = ["none", "gzip", "snappy", "lz4", "zstd"] }),
        Setting("batch.size", "--batch-size", "BYTES", "the largest batch", option => option with { Aliases = ["--max-partition-memory-bytes"] }),
        Setting("linger.ms", "--linger", "MS", "how long a batch waits for more records", option => option with { Aliases = ["--timeout"] }),
        Setting("retries", "--retries", "N", "how often a request is repeated", option => option with { Aliases = ["--message-send-max-retries"] }),
        Setting("request.timeout.ms", "--request-timeout-ms", "MS", "how long an answer may take"),
        Setting("max.block.ms", "--max-block-ms", "MS", "how long sending waits for memory and metadata"),
        Setting("buffer.memory", "--max-memory-bytes", "BYTES", "memory for records that wait"),
        Setting("retry.backoff.ms", "--retry-backoff-ms", "MS", "the pause before a request is repeated"),
        Setting("metadata.max.age.ms", "--metadata-expiry-ms", "MS", "the age at which metadata is asked for again"),
        (new("--socket-buffer-size", "BYTES", "accepted for the sake of old scripts, and told: the operating system chooses it") { Hidden = true }, "send.buffer.bytes"),
    ];

    /// <summary>The client's own table says what such an option may be.</summary>
    static (Option Option, string Setting) Setting(string setting, string name, string value, string help, Func<Option, Option>? more = null)
    {
        var option = new Option<string>(name, value, help, SettingType.Of(setting));
        return (more is null ? option : more(option), setting);
    }

    /// <summary>Settings that say how long a record may be tried to be delivered.</summary>
    public static readonly IReadOnlyList<string> DeliveryLimits = ["delivery.timeout.ms", "message.timeout.ms"];

    public static readonly IReadOnlyList<Option> All =
    [
        Topic, .. ConnectionOptions.All, File, Partition, Key, KeySeparator, Delimiter, Header, Headers, NullMarker, EmptyIsNull, Property, PropertyFile, Count,
        TransactionalId, PerTransaction, .. ClientOptions.Select(row => row.Option), Sync, Quiet, .. OutputOptions.All,
        new("--line-reader", "CLASS", "") { Refusal = "classes cannot be loaded here; lines are taken apart by --key-separator, --headers and --property." },
    ];

    /// <summary>By which the client is told that it writes in transactions.</summary>
    public const string TransactionalIdSetting = "transactional.id";

    public static bool IsTransactional(IReadOnlyDictionary<string, string> settings) => settings.ContainsKey(TransactionalIdSetting);

    public static Dictionary<string, string> ClientSettings(ParsedArguments arguments, Terminal terminal, CancellationToken stop = default)
    {
        // The command itself waits for what is under way, and after an interrupt for a short while: closing has nothing left to wait for.
        var own = new List<KeyValuePair<string, string>> { new("close.timeout.ms", "0"), new("socket.connection.setup.timeout.ms", ConnectionOptions.SetupLimit) };
        foreach (var (option, setting) in ClientOptions)
            if (arguments.Text(option) is { } value) own.Add(new(setting, value));
        if (arguments.Text(TransactionalId) is { } id) own.Add(new(TransactionalIdSetting, id.Length > 0 ? id : throw CommandException.Usage("--transactional-id is empty.", "Give a name that stays the same over restarts, such as import-0.")));
        var settings = ConnectionOptions.Read(arguments, terminal, own, stop);
        return !arguments.Has(PerTransaction) || IsTransactional(settings) ? settings : throw CommandException.Usage("--records-per-transaction goes with --transactional-id.");
    }

    /// <exception cref="CommandException">A value cannot be.</exception>
    /// <param name="properties">Those of <see cref="PropertyFile"/>.</param>
    public static LineFormat Format(ParsedArguments arguments, IEnumerable<KeyValuePair<string, string>>? properties = null)
    {
        var given = (properties ?? []).Concat(arguments.Values(Property));
        var format = given.Aggregate(new ReaderProperty(), (all, pair) => all.With(pair.Key, pair.Value)).Format;
        if (arguments.Has(KeySeparator)) format = format with { KeySeparator = arguments.Value(KeySeparator, []) };
        if (arguments.Has(Headers)) format = format with { ParseHeaders = true };
        if (arguments.Has(NullMarker)) format = format with { NullMarker = arguments.Value(NullMarker, []) };
        if (arguments.Has(EmptyIsNull)) format = format with { EmptyIsNull = true };
        if (arguments.Text(Key) is { } key) format = format with { FixedKey = Encoding.UTF8.GetBytes(key) };
        return format with { FixedHeaders = [.. arguments.Values(Header)] };
    }

    /// <summary>What ends a line; null for every end that Kafka's console producer knows. kcat takes a line feed alone.</summary>
    public static byte[]? LineEnd(ParsedArguments arguments) => arguments.Has(Delimiter) ? arguments.Value(Delimiter, []) : arguments.ByLetter ? "\n"u8.ToArray() : null;

    static RecordHeader HeaderOf(string option, string text)
    {
        var equals = text.IndexOf('=');
        if (equals == 0) throw CommandException.Usage($"{option} is '{text}', but must have the form NAME=VALUE.");
        return equals < 0 ? new RecordHeader(text, null) : new RecordHeader(text[..equals], Encoding.UTF8.GetBytes(text[(equals + 1)..]));
    }
}
