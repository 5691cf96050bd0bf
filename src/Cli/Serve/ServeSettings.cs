using Semel.Broker.Hosting;
using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Serve;

/// <summary>
/// The broker's settings from a file, the environment and the command line: a later one wins over an earlier one. Names are Kafka's; a name that no
/// setting has is refused where somebody wrote it down for this broker (file and command line) and warned of where it may be there for another reason
/// (environment).
/// </summary>
public sealed class ServeSettings
{
    /// <summary>The file that is read from the working directory when no other is named.</summary>
    public const string DefaultFile = "semel.json";

    /// <summary>What an environment variable begins with that gives a setting: SEMEL_LOG_DIRS is log.dirs.</summary>
    public const string VariablePrefix = "SEMEL_";

    /// <summary>Variables with that beginning that are not the broker's.</summary>
    static readonly string[] OtherVariables = [Connecting.ConnectionOptions.BootstrapVariable, ServeBanner.ProgramVariable, "SEMEL_BUILD", "SEMEL_PEERS"];

    readonly Dictionary<string, Setting> _byName = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _foreign = new(StringComparer.Ordinal);
    readonly List<Setting> _unknown = [];
    readonly IReadOnlyDictionary<string, string> _knownNames;

    /// <param name="knownNames">Every name that may be given, aliases included, with the name that it stands for.</param>
    public ServeSettings(IReadOnlyDictionary<string, string> knownNames) => _knownNames = knownNames;

    public IEnumerable<Setting> All => _byName.Values;

    /// <summary>The value in effect and where it came from; null when nothing sets it.</summary>
    public Setting? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Takes a setting. A name that nothing has is noted, and told by <see cref="Check"/> together with all others.</summary>
    public void Add(Setting setting)
    {
        if (_knownNames.TryGetValue(setting.Name, out var name)) _byName[name] = setting with { Name = name };
        else if (ForeignBrokerConfig.ReasonOf(setting.Name) is { } reason) _foreign[setting.Name] = reason;
        else _unknown.Add(setting);
    }

    /// <summary>Says once, and of all at once, which settings were given and have no effect, and which there are not.</summary>
    /// <param name="refused">What there is to say about values that cannot be; told in the same answer.</param>
    /// <exception cref="CommandException">There are settings that no broker has, or values that cannot be.</exception>
    public void Check(Terminal terminal, IReadOnlyList<string>? refused = null)
    {
        if (_foreign.Count > 0)
            terminal.Warn($"settings of Kafka's brokers that have no effect here: {string.Join("; ", _foreign.GroupBy(row => row.Value, row => row.Key).Select(group => $"{string.Join(", ", group)} ({group.Key})"))}.");
        if (_unknown.Count == 0 && refused is null or []) return;
        var told = _unknown.Select(setting => $"{setting.Origin}: the broker has no setting '{setting.Name}'.{(NearestName.Question(setting.Name, _knownNames.Keys) is { } question ? " " + question : "")}");
        throw CommandException.Usage(string.Join("\n       ", told.Concat(refused ?? [])), _unknown.Count == 0 ? null : "See 'semel serve --settings' for those there are.");
    }

    public void AddFile(Terminal terminal, string? path, CancellationToken stop = default)
    {
        if (path is null && !File.Exists(terminal.FullPath(DefaultFile))) return;
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in SettingFile.Read(terminal, path ?? DefaultFile, stop))
        {
            Add(setting);
            if (!_knownNames.ContainsKey(setting.Name)) continue;
            // The file has each name once, but two of its names may mean one setting.
            if (!given.TryAdd(_knownNames[setting.Name], setting.Name))
                throw CommandException.Usage($"{setting.Origin}: {given[_knownNames[setting.Name]]} and {setting.Name} are two names of one setting.", "Remove one of them.");
        }
    }

    public void AddEnvironment(Terminal terminal)
    {
        var byVariable = _knownNames.Keys.ToDictionary(VariableOf);
        var unused = new List<string>();
        foreach (var (variable, value) in terminal.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(VariablePrefix, StringComparison.Ordinal) || OtherVariables.Contains(variable)) continue;
            if (byVariable.TryGetValue(variable, out var name)) Add(new Setting(name, value, $"environment variable {variable}"));
            else unused.Add($"{variable}{(NearestName.Question(variable, byVariable.Keys) is { } question ? $" ({question})" : "")}");
        }
        if (unused.Count > 0) terminal.Warn($"environment variables that are no settings of the broker and are not used: {string.Join(", ", unused)}.");
    }

    public static string VariableOf(string name) => VariablePrefix + name.ToUpperInvariant().Replace('.', '_').Replace('-', '_');
}
