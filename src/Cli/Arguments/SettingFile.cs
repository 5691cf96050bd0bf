using System.Text.Json;
using Semel.Cli.Output;

namespace Semel.Cli.Arguments;

/// <summary>One value by its name, and where it came from, for messages.</summary>
public sealed record Setting(string Name, string Value, string Origin);

/// <summary>
/// A file of settings: JSON, whose nested objects make dotted names ({"log": {"dirs": "x"}} is log.dirs), or lines of NAME=VALUE, as Kafka's
/// properties files have (<see cref="PropertiesText"/>).
/// </summary>
public static class SettingFile
{
    /// <summary>
    /// The settings of one file. A name that stands there twice is refused: whoever reads the file sees the one, and the program would take the other.
    /// </summary>
    sealed class Found
    {
        readonly Dictionary<string, Setting> _byName = new(StringComparer.Ordinal);

        public List<Setting> All { get; } = [];

        public void Add(Setting setting)
        {
            if (_byName.TryGetValue(setting.Name, out var earlier))
                throw CommandException.Usage($"{setting.Origin}: {setting.Name} is given twice, as '{earlier.Value}' and as '{setting.Value}'.", "Remove one of them.");
            _byName[setting.Name] = setting;
            All.Add(setting);
        }
    }

    static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The settings of the file that an option names; none when it is absent.</summary>
    /// <exception cref="CommandException">The file cannot be read or understood.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Of(Option option, ParsedArguments arguments, Terminal terminal, CancellationToken stop) =>
        arguments.Text(option) is { } path ? Read(terminal, path, stop).Select(setting => KeyValuePair.Create(setting.Name, setting.Value)) : [];

    /// <exception cref="CommandException">The file cannot be read or understood.</exception>
    /// <param name="stop">Ends the waiting for a pipe that nobody writes to.</param>
    public static IReadOnlyList<Setting> Read(Terminal terminal, string path, CancellationToken stop = default)
    {
        string text;
        try
        {
            text = InputFile.ReadAllText(terminal.FullPath(path), stop);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"the settings file {path} cannot be read: {failure.Message}");
        }
        // A comment of JSON may come first; no line of NAME=VALUE begins with any of these.
        return text.AsSpan().TrimStart() is ['{' or '[' or '"' or '/', ..] ? ReadJson(path, text) : ReadProperties(path, text);
    }

    static IReadOnlyList<Setting> ReadJson(string path, string text)
    {
        var settings = new Found();
        try
        {
            using var document = JsonDocument.Parse(text, Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw CommandException.Usage($"{path} holds JSON, but no object.", "Settings are written {\"num.partitions\": 3}.");
            Collect(document.RootElement, "", path, settings);
        }
        catch (JsonException failure)
        {
            throw CommandException.Usage($"{path} is no valid JSON: line {failure.LineNumber + 1}, position {failure.BytePositionInLine + 1}: {failure.Message.Split(" LineNumber")[0]}");
        }
        return settings.All;
    }

    static void Collect(JsonElement element, string name, string path, Found settings)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) Collect(property.Value, name.Length == 0 ? property.Name : $"{name}.{property.Name}", path, settings);
                break;
            case JsonValueKind.Array:
                settings.Add(new Setting(name, string.Join(',', element.EnumerateArray().Select(item => Scalar(item, name, path))), path));
                break;
            case JsonValueKind.Null:
                break;
            default:
                settings.Add(new Setting(name, Scalar(element, name, path), path));
                break;
        }
    }

    static string Scalar(JsonElement element, string name, string path) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => element.GetRawText(),
        _ => throw CommandException.Usage($"{path}: the list {name} may hold texts, numbers, true and false only."),
    };

    static IReadOnlyList<Setting> ReadProperties(string path, string text)
    {
        var settings = new Found();
        foreach (var (name, value, number) in PropertiesText.Read(path, text)) settings.Add(new Setting(name, value, $"{path}, line {number}"));
        return settings.All;
    }
}
