using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Connecting;

/// <summary>The options of every command that talks to a broker, and what they say together.</summary>
public static class ConnectionOptions
{
    /// <summary>The environment variable that stands in for --bootstrap-server.</summary>
    public const string BootstrapVariable = "SEMEL_BOOTSTRAP_SERVERS";

    public const string DefaultBootstrap = "127.0.0.1:9092";

    /// <summary>How long a person waits for a connection before hearing of it, in milliseconds.</summary>
    public const string SetupLimit = "4000";

    public static readonly Option<string> Bootstrap = new("--bootstrap-server", "HOST:PORT", $"the broker, or several separated by commas; also by {BootstrapVariable}", BrokerList.Type)
    {
        Aliases = ["-b", "--bootstrap-servers", "--broker-list", "--brokers"], Default = DefaultBootstrap,
    };

    public static readonly Option<KeyValuePair<string, string>> Set = new("--set", "NAME=VALUE", "a setting of the client by Kafka's or librdkafka's name", OptionType.Pair)
    {
        Aliases = ["-X", "--command-property", "--producer-property", "--consumer-property"], Repeats = true,
    };

    public static readonly Option File = new("--client-config", "FILE", "a file of such settings, JSON or lines of NAME=VALUE")
    {
        Aliases = ["-F", "--command-config", "--producer.config", "--consumer.config"], Completes = Completes.File,
    };

    public static readonly IReadOnlyList<Option> All = [Bootstrap, Set, File];

    /// <summary>The client's settings: file, then the command's own options, then -X; a later one wins.</summary>
    public static Dictionary<string, string> Read(ParsedArguments arguments, Terminal terminal, IEnumerable<KeyValuePair<string, string>>? ownOptions = null, CancellationToken stop = default)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["client.id"] = "semel" };
        if (arguments.Text(File) is { } file)
            foreach (var setting in SettingFile.Read(terminal, file, stop)) settings[setting.Name] = setting.Value;
        foreach (var (name, value) in ownOptions ?? []) settings[name] = value;
        foreach (var (name, value) in arguments.Values(Set)) settings[name] = value;
        PutBootstrap(settings, arguments.Has(Bootstrap) ? arguments.Value(Bootstrap, "") : null, terminal);
        return settings;
    }

    /// <summary>
    /// Settings that this command does not use are told, all at once, as librdkafka and Kafka's tools tell them: those that were typed for it, and those of a
    /// file.
    /// </summary>
    public static void TellUnused(ParsedArguments arguments, Terminal terminal, EffectiveConfig config)
    {
        var unused = config.Ignored.Where(name => !Own.Contains(name)).Distinct().ToList();
        if (unused.Count > 0) terminal.Warn($"{string.Join(", ", unused)}: {(unused.Count == 1 ? "means" : "mean")} nothing to 'semel {arguments.Syntax.Name}' and {(unused.Count == 1 ? "is" : "are")} not used.");
    }

    /// <summary>Nobody gave these: the command does, whichever client it builds.</summary>
    static readonly string[] Own = ["client.id", "default.api.timeout.ms"];

    static void PutBootstrap(Dictionary<string, string> settings, string? given, Terminal terminal)
    {
        // librdkafka's other name of the same setting.
        if (settings.Remove("metadata.broker.list", out var brokers)) settings.TryAdd("bootstrap.servers", brokers);
        if (given is not null) settings["bootstrap.servers"] = given;
        else settings.TryAdd("bootstrap.servers", terminal.Variable(BootstrapVariable) ?? DefaultBootstrap);
        settings["bootstrap.servers"] = BrokerList.Read(given is null ? "bootstrap.servers" : Bootstrap.Name, settings["bootstrap.servers"]);
    }
}
