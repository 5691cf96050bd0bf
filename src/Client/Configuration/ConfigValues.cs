using System.Globalization;

namespace Semel.Client.Configuration;

/// <summary>
/// The keys a caller set, parsed and checked one by one against the <see cref="ConfigTable"/>; what was not set reads as the table's default.
/// Relations between keys are not looked at here: those are the rules of each client. Immutable.
/// </summary>
internal sealed class ConfigValues
{
    readonly Dictionary<string, (object Value, string GivenAs)> _set = new(StringComparer.Ordinal);
    readonly List<string> _ignored = [];

    ConfigValues() { }

    /// <summary>Keys that were accepted although they configure nothing in this client, in the order given.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <exception cref="KafkaConfigException">An unknown key, an unreadable or forbidden value, or one key given twice with different values.</exception>
    public static ConfigValues Parse(IEnumerable<KeyValuePair<string, string>> config, ConfigRole role)
    {
        var values = new ConfigValues();
        foreach (var (name, text) in config)
        {
            if (text is null) continue;
            values.Add(name, text, role);
        }
        return values;
    }

    void Add(string name, string text, ConfigRole role)
    {
        if (ConfigTable.Find(name) is not { } row)
        {
            if (!ConfigTable.WithoutMeaning.Contains(name)) throw UnknownKey(name);
            _ignored.Add(name);
            return;
        }
        var value = ConfigText.Parse(row.Key, row.Scale, name, text);
        if (_set.TryGetValue(row.Key.Name, out var earlier) && !ConfigText.AreEqual(earlier.Value, value))
            throw new KafkaConfigException($"{earlier.GivenAs} and {name} are two names of one setting and were given different values, " +
                $"'{ConfigText.Format(earlier.Value)}' and '{ConfigText.Format(value)}'. Remove one of them.", earlier.GivenAs, name);
        _set[row.Key.Name] = (value, name);
        if ((row.Key.Role & role) == 0) _ignored.Add(name);
    }

    static KafkaConfigException UnknownKey(string name)
    {
        if (name.StartsWith("ssl.", StringComparison.Ordinal) || name.StartsWith("sasl.", StringComparison.Ordinal) || name == "enable.ssl.certificate.verification")
            return new KafkaConfigException($"'{name}' cannot be honoured: this client speaks plaintext only. Remove the key, or protect the connection outside of the client.", name);
        var remedy = ConfigTable.Nearest(name) is { } nearest ? $"Did you mean '{nearest}'?" : "No known key resembles it: remove it.";
        return new KafkaConfigException($"'{name}' is not a known configuration key. {remedy}", name);
    }

    public bool IsSet(string name) => _set.ContainsKey(Known(name).Name);

    /// <summary>The name or alias the caller used, for messages; the key's own name when it was not set.</summary>
    public string GivenAs(string name) => _set.TryGetValue(name, out var set) ? set.GivenAs : name;

    public string? Text(string name) => (string?)Value(name);
    public bool Flag(string name) => (bool)Value(name)!;
    public int Int32(string name) => checked((int)(long)Value(name)!);
    public long Int64(string name) => (long)Value(name)!;
    public TimeSpan Duration(string name) => (TimeSpan)Value(name)!;
    public IReadOnlyList<string> List(string name) => (IReadOnlyList<string>?)Value(name) ?? [];

    /// <summary>The set value or the default as text, for documentation and for showing what is in effect; null when there is neither.</summary>
    public string? Shown(string name) => Value(name) is { } value ? ConfigText.Format(value) : null;

    object? Value(string name)
    {
        var key = Known(name);
        if (_set.TryGetValue(key.Name, out var set)) return set.Value;
        return key.Default is null ? null : ConfigText.Parse(key, scale: 1, key.Name, key.Default);
    }

    static ConfigKey Known(string name)
    {
        var key = ConfigTable.Get(name);
        return key.Name == name ? key : throw new ArgumentException($"'{name}' is an alias; ask for '{key.Name}'", nameof(name));
    }

    /// <summary>A length of time in milliseconds, as the wire's and the configuration's texts have it.</summary>
    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
}
