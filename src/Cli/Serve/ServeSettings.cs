using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Serve;

/// <summary>
/// The broker's settings from a file, the environment and the command line: a later one wins over an earlier one. Names are Kafka's; a name that no
/// setting has is refused where somebody wrote it down for this broker (file and command line) and warned of where it may be there for another reason (environment).
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
    readonly IReadOnlyDictionary<string, string> _knownNames;

    /// <param name="knownNames">Every name that may be given, aliases included, with the name that it stands for.</param>
    public ServeSettings(IReadOnlyDictionary<string, string> knownNames) => _knownNames = knownNames;

    public IEnumerable<Setting> All => _byName.Values;

    /// <summary>The value in effect and where it came from; null when nothing sets it.</summary>
    public Setting? Find(string name) => _byName.GetValueOrDefault(name);

    /// <exception cref="CommandException">No setting has this name.</exception>
    public void Add(Setting setting)
    {
        if (!_knownNames.TryGetValue(setting.Name, out var name))
            throw CommandException.Usage($"{setting.Origin}: the broker has no setting '{setting.Name}'.", NearestName.Question(setting.Name, _knownNames.Keys) ?? "See 'semel serve --settings' for those there are.");
        _byName[name] = setting with { Name = name };
    }

    public void AddFile(Terminal terminal, string? path, CancellationToken stop = default)
    {
        if (path is null && !File.Exists(terminal.FullPath(DefaultFile))) return;
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in SettingFile.Read(terminal, path ?? DefaultFile, stop))
        {
            Add(setting);
            // The file has each name once, but two of its names may mean one setting.
            if (!given.TryAdd(_knownNames[setting.Name], setting.Name))
                throw CommandException.Usage($"{setting.Origin}: {given[_knownNames[setting.Name]]} and {setting.Name} are two names of one setting.", "Remove one of them.");
        }
    }

    public void AddEnvironment(Terminal terminal)
    {
        var byVariable = _knownNames.Keys.ToDictionary(VariableOf);
        foreach (var (variable, value) in terminal.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(VariablePrefix, StringComparison.Ordinal) || OtherVariables.Contains(variable)) continue;
            if (byVariable.TryGetValue(variable, out var name)) Add(new Setting(name, value, $"environment variable {variable}"));
            else terminal.Warn($"the environment variable {variable} is no setting of the broker and is not used. {NearestName.Question(variable, byVariable.Keys)}".TrimEnd());
        }
    }

    public static string VariableOf(string name) => VariablePrefix + name.ToUpperInvariant().Replace('.', '_').Replace('-', '_');
}
