using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;

namespace Semel.Cli.Consume;

/// <summary>The options of `semel consume`, and what they mean for the consumer and for what is printed.</summary>
public static class ConsumeOptions
{
    const string NoClasses = "classes cannot be loaded here; what is printed is told by --property, --format or --json.";

    /// <summary>By which the client is told that it reads as a member of a group.</summary>
    const string GroupSetting = "group.id";

    static readonly string[] Levels = ["read_committed", "read_uncommitted"], Protocols = ["auto", "classic", "consumer"], Timings = ["each", "end", "none"];

    public static readonly Option Topic = new("--topic", "TOPIC", "the topic to read") { Aliases = ["-t"], Required = true, Repeats = true, Completes = Completes.Topic };
    public static readonly Option Group = new("--group", "GROUP", "read as a member of this consumer group, from where it stands") { Aliases = ["-G"], Completes = Completes.Group };
    public static readonly Option<string> GroupProtocol = new("--group-protocol", "PROTOCOL", "with --group: classic, consumer (KIP-848), or auto, the newer of them that the coordinator offers", OptionType.OneOf(Protocols)) { Default = "auto", Choices = Protocols };
    public static readonly Option<string> Commit = new("--commit", "WHEN", "with --group: commit what was printed after each batch, at the end, or never: each, end, none", OptionType.OneOf(Timings)) { Default = "each", Choices = Timings };
    public static readonly Option<PartitionSelection> Partition = new("--partition", "LIST", "partitions such as 0,2,5-7, or all", static (option, text) => PartitionSelection.Parse([text], option)) { Aliases = ["-p"], Default = "all", Repeats = true };
    public static readonly Option<StartPosition> Offset = new("--offset", "POSITION",
        "where to begin: beginning, end, an offset, -N for the last N records, @TIME for a time (milliseconds since 1970, or 2026-01-31T12:00:00Z); with --group beginning or end, where the group has committed nothing",
        static (option, text) => StartPosition.Parse(text, option))
    {
        Aliases = ["-o"], Default = "end; beginning with --exit-at-end, and with -C" };
    public static readonly Option FromBeginning = new("--from-beginning", null, "the same as --offset beginning");
    public static readonly Option<long> Count = new("--count", "N", "end after so many records", OptionType.Number(0)) { Aliases = ["-c", "--max-messages"] };
    public static readonly Option ExitAtEnd = new("--exit-at-end", null, "end where the partitions end") { Aliases = ["-e"] };
    public static readonly Option<TimeSpan> Timeout = new("--timeout-ms", "TIME", "end when no record came for so long", OptionType.Time) { Aliases = ["--timeout"] };
    public static readonly Option<string> Isolation = new("--isolation-level", "LEVEL", "read_committed or read_uncommitted", OptionType.OneOf(Levels)) { Default = "read_committed", Choices = Levels };
    public static readonly Option<KeyValuePair<string, string>> Property = new("--property", "NAME=VALUE",
        "what is printed, by the names of Kafka's console consumer: print.key, print.partition, print.offset, print.timestamp, print.headers, print.value, key.separator, line.separator, headers.separator, null.literal",
        OptionType.Pair)
    {
        Aliases = ["--formatter-property"], Repeats = true,
    };
    public static readonly Option PropertyFile = new("--formatter-config", "FILE", "a file of such properties, JSON or lines of NAME=VALUE; --property wins over it") { Completes = Completes.File };
    public static readonly Option<string> Format = new("--format", "PATTERN", "kcat's pattern: %t %p %o %k %s %h %T %K %S %R; as there, it takes the place of --key-separator and --delimiter",
        static (_, text) => new PatternFormat(text, []).Pattern) { Aliases = ["-f"] };
    public static readonly Option<byte[]> KeySeparator = new("--key-separator", "TEXT", "print keys, with this behind them", OptionType.Escaped) { Aliases = ["-K"] };
    public static readonly Option<byte[]> Delimiter = new("--delimiter", "TEXT", "what is printed behind each record", OptionType.Escaped) { Aliases = ["-D"], Default = "\\n" };
    public static readonly Option ShowNull = new("--show-null", null, "print NULL for a null key or value (without it the text output prints null, and nothing with -C)") { Aliases = ["-Z"] };
    public static readonly Option Quiet = new("--quiet", null, "print records only, no summary") { Aliases = ["-q"] };
    public static readonly Option SkipDamaged = new("--skip-damaged", null, "go on behind records that are damaged, and tell which offsets were left out; the exit code is 5 then");
    public static readonly Option Unbuffered = new("--unbuffered", null, "print each record at once") { Aliases = ["-u"] };

    static readonly Option KeyDeserializer = new("--key-deserializer", "CLASS", "accepted where it means text or bytes, which is what is printed") { Hidden = true };
    static readonly Option ValueDeserializer = new("--value-deserializer", "CLASS", "accepted where it means text or bytes, which is what is printed") { Hidden = true };

    public static readonly IReadOnlyList<Option> All =
    [
        Topic, Group, GroupProtocol, Commit, .. ConnectionOptions.All, Partition, Offset, FromBeginning, Count, ExitAtEnd, Timeout, Isolation, Property, PropertyFile, Format, KeySeparator, Delimiter,
        ShowNull, KeyDeserializer, ValueDeserializer, SkipDamaged, Unbuffered, Quiet, .. OutputOptions.All,
        new("--include", "PATTERN", "") { Aliases = ["--whitelist"], Refusal = "one topic is read at a time; give its name with --topic." },
        new("--formatter", "CLASS", "") { Refusal = NoClasses },
        new("--skip-message-on-error", null, "") { Refusal = "a damaged record is never passed over in silence: reading ends there with exit code 5; --skip-damaged goes on behind it and tells what was left out." },
        new("--enable-systest-events", null, "") { Refusal = "it exists for the tests of Apache Kafka only; --json prints what a program can read." },
    ];

    public static Dictionary<string, string> ClientSettings(ParsedArguments arguments, Terminal terminal, CancellationToken stop = default)
    {
        var own = new List<KeyValuePair<string, string>> { new("enable.partition.eof", "true"), new("auto.offset.reset", "none"), new("max.poll.records", "5000"), new("socket.connection.setup.timeout.ms", ConnectionOptions.SetupLimit) };
        if (arguments.Text(Isolation) is { } level) own.Add(new("isolation.level", level));
        if (arguments.Text(Group) is { } group) own.Add(new(GroupSetting, group));
        if (arguments.Text(GroupProtocol) is { } protocol) own.Add(new("group.protocol", protocol));
        if (GroupOf(ConnectionOptions.Read(arguments, terminal, own, stop)) is not null)
        {
            own.Add(new("enable.auto.commit", "false"));
            own.Add(new("auto.offset.reset", GroupStart(arguments)));
        }
        return ConnectionOptions.Read(arguments, terminal, own, stop);
    }

    /// <summary>The group whose member reads; null when there is none.</summary>
    public static string? GroupOf(IReadOnlyDictionary<string, string> settings) => settings.GetValueOrDefault(GroupSetting);

    /// <summary>What follows from reading as a member, or alone, for the other options.</summary>
    /// <exception cref="CommandException">One of them does not go with it.</exception>
    public static void Require(ParsedArguments arguments, string? group)
    {
        if (group is null)
        {
            if (((Option[])[GroupProtocol, Commit]).FirstOrDefault(arguments.Has) is { } alone) throw CommandException.Usage($"{alone.Name} goes with --group.");
            if (arguments.All(Topic).Distinct().Count() > 1) throw CommandException.Usage("one topic is read at a time.", "With --group several are.");
            if (arguments.Find(Offset) is { Kind: StartKind.Stored }) throw CommandException.Usage("--offset is 'stored', but offsets are stored by consumer groups.", "Give --group, or begin with beginning, end, an offset, -N for the last N records, or @ and a time.");
            return;
        }
        if (group.Length == 0) throw CommandException.Usage("--group is empty.");
        if (arguments.Has(Partition)) throw CommandException.Usage("--partition and --group are two ways to choose partitions: a group gives its members theirs.", "Leave one of them out.");
        if (arguments.Find(Offset) is { Kind: StartKind.Offset or StartKind.BeforeEnd or StartKind.Timestamp })
            throw CommandException.Usage($"--offset is '{arguments.Text(Offset)}', but a group reads on where it stands.", $"'semel groups reset-offsets {group}' sets where that is; --offset beginning and end say where it begins when it has committed nothing.");
    }

    static string GroupStart(ParsedArguments arguments) => Start(arguments).Kind == StartKind.Beginning ? "earliest" : "latest";

    /// <summary>When what was printed is committed.</summary>
    public static CommitTiming Timing(ParsedArguments arguments) => arguments.Value(Commit, "each") switch { "end" => CommitTiming.End, "none" => CommitTiming.Never, _ => CommitTiming.Each };

    public static StartPosition Start(ParsedArguments arguments)
    {
        if (arguments.Find(Offset) is { } given)
            return arguments.Has(FromBeginning) ? throw CommandException.Usage("--from-beginning and --offset are two answers to one question.", "Give one of them.") : given;
        // kcat -C reads everything there is, whether it then ends or waits for more.
        return new StartPosition(arguments.Has(FromBeginning) || arguments.Has(ExitAtEnd) || arguments.ByLetter ? StartKind.Beginning : StartKind.End);
    }

    /// <exception cref="CommandException">A value cannot be, or two options ask for different formats.</exception>
    /// <param name="properties">Those of <see cref="PropertyFile"/>.</param>
    public static IRecordFormat RecordFormat(ParsedArguments arguments, IEnumerable<KeyValuePair<string, string>>? properties = null)
    {
        var given = (properties ?? []).Concat(arguments.Values(Property));
        // A null is nothing for kcat, and the word null for Kafka's console consumer.
        var text = given.Aggregate(arguments.ByLetter ? new TextFormat { NullLiteral = [] } : new TextFormat(), (format, pair) => format.With(pair.Key, pair.Value));
        foreach (var (option, name) in new[] { (KeyDeserializer, "key.deserializer"), (ValueDeserializer, "value.deserializer") })
            if (arguments.Text(option) is { } deserializer) text = text.With(name, deserializer);
        if (arguments.Has(KeySeparator)) text = text with { PrintKey = true, KeySeparator = arguments.Value(KeySeparator, []) };
        if (arguments.Has(Delimiter)) text = text with { LineSeparator = arguments.Value(Delimiter, []) };
        if (arguments.Has(ShowNull)) text = text with { NullLiteral = "NULL"u8.ToArray() };
        if (arguments.Has(Format) && arguments.WantsJson()) throw CommandException.Usage("--format and --json are two answers to one question.", "Give one of them.");
        if (new[] { Property, PropertyFile }.FirstOrDefault(arguments.Has) is { } property)
        {
            if (arguments.Has(Format)) throw CommandException.Usage($"--format and {property} are two answers to one question.", $"Leave {property} out, and put what it asks for into the pattern: %k is the key, %p the partition, %o the offset, %T the timestamp, %h the headers.");
            if (arguments.WantsJson()) throw CommandException.Usage($"--json and {property} are two answers to one question.", $"Leave {property} out: --json prints all there is of a record.");
        }
        if (arguments.Text(Format) is not { } pattern) return arguments.WantsJson() ? new JsonFormat() : text;
        return new PatternFormat(pattern, arguments.Has(ShowNull) ? "NULL"u8.ToArray() : []);
    }
}
