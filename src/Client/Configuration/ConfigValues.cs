using System.Globalization;

namespace Semel.Client.Configuration;

/// <summary>
/// The keys a caller set, parsed and checked one by one against the <see cref="ConfigTable"/>; what was not set reads as the table's default.
/// Relations between keys are not looked at here: those are the rules of each client. Immutable, once those have looked.
/// </summary>
internal sealed class ConfigValues
{
    readonly Dictionary<string, (object Value, string GivenAs)> _set = new(StringComparer.Ordinal);
    readonly List<string> _ignored = [];
    readonly HashSet<string> _read = new(StringComparer.Ordinal);
    readonly ClientConfig? _places;

    ConfigValues(ClientConfig? places) => _places = places;

    /// <summary>Keys that were accepted although they configure nothing in this client, in the order given.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <summary>Keys whose value somebody has asked for, by their own names: what nobody asks for has no effect.</summary>
    public IReadOnlySet<string> Read => _read;

    /// <exception cref="KafkaConfigException">
    /// Unknown keys, unreadable or forbidden values, keys that this client cannot honour, and keys given twice with different values: all of them at once.
    /// </exception>
    /// <param name="notOffered">Keys, by their own names, that are refused besides those of the table, each with the reason and the remedy.</param>
    public static ConfigValues Parse(IEnumerable<KeyValuePair<string, string>> config, ConfigRole role, IReadOnlyDictionary<string, string>? notOffered = null)
    {
        var refused = new List<KafkaConfigException>();
        var values = Parse(config, role, notOffered, refused);
        return refused.Count == 0 ? values : throw values.Together(refused);
    }

    /// <summary>The same, with what is refused added to a list; a key that has no value of its kind is as if it had not been set.</summary>
    public static ConfigValues Parse(IEnumerable<KeyValuePair<string, string>> config, ConfigRole role, IReadOnlyDictionary<string, string>? notOffered, List<KafkaConfigException> refused)
    {
        var values = new ConfigValues(config as ClientConfig);
        foreach (var (name, text) in config)
        {
            if (text is null) continue;
            try { values.Add(name, text, role, notOffered); }
            catch (KafkaConfigException refusal) { refused.Add(refusal); }
        }
        values.IgnoreUseless(role);
        return values;
    }

    /// <summary>What only means something beside another key, which is not there.</summary>
    void IgnoreUseless(ConfigRole role)
    {
        foreach (var (name, set) in _set)
            if (ConfigTable.Get(name) is { Needs: { } needed } key && (key.Role & role) != 0 && !_set.ContainsKey(needed)) _ignored.Add(set.GivenAs);
    }

    /// <summary>Whoever brings a file made for another client learns at once all that is to be changed in it.</summary>
    public KafkaConfigException Together(IReadOnlyList<KafkaConfigException> refused)
    {
        var besides = _ignored.Count == 0 ? "" : $" Without effect here, and not in the way: {string.Join(", ", _ignored)}.";
        if (refused.Count == 1) return new KafkaConfigException(Placed(refused[0]) + besides, refused[0].Keys);
        var each = string.Join(' ', refused.Select((refusal, at) => $"({at + 1}) {Placed(refusal)}"));
        return new KafkaConfigException($"{refused.Count} settings are refused. {each}{besides}",
            [.. refused.SelectMany(static refusal => refusal.Keys).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>A refusal with the places of its keys before it, where they are known.</summary>
    string Placed(KafkaConfigException refusal)
    {
        string[] places = [.. refusal.Keys.Where(key => _places?.PlaceOf(key) is not null).Select(key => refusal.Keys.Count == 1 ? _places!.PlaceOf(key)! : $"{key} in {_places!.PlaceOf(key)}")];
        return places.Length == 0 ? refusal.Message : $"{string.Join("; ", places)}: {refusal.Message}";
    }

    void Add(string name, string text, ConfigRole role, IReadOnlyDictionary<string, string>? notOffered)
    {
        if (ConfigTable.Find(name) is not { } row)
        {
            if (!ConfigTable.IsWithoutMeaning(name)) throw UnknownKey(name);
            _ignored.Add(name);
            return;
        }
        var value = ConfigText.Parse(row.Key, row.Scale, name, text);
        if (_set.TryGetValue(row.Key.Name, out var earlier) && !ConfigText.AreEqual(earlier.Value, value))
            throw new KafkaConfigException($"{earlier.GivenAs} and {name} are two names of one setting and were given different values, " +
                $"'{ConfigText.Format(earlier.Value)}' and '{ConfigText.Format(value)}'. Remove one of them.", earlier.GivenAs, name);
        _set[row.Key.Name] = (value, name);
        if ((row.Key.Role & role) == 0 || row.Key.NoEffect is not null) _ignored.Add(name);
        else if (notOffered?.GetValueOrDefault(row.Key.Name) is { } missing) throw new KafkaConfigException($"{name}='{text}' cannot be honoured: {missing}.", name);
        else if (row.Key is { IsForeign: true } && row.Key.Anyway.Contains(ConfigText.Format(value), StringComparer.OrdinalIgnoreCase)) _ignored.Add(name);
        else if (row.Key.Refusal is { } reason && !row.Key.Anyway.Contains(ConfigText.Format(value), StringComparer.OrdinalIgnoreCase))
            throw new KafkaConfigException($"{name}='{text}' cannot be honoured: {reason}.", name);
    }

    static KafkaConfigException UnknownKey(string name)
    {
        if (ConfigTable.IsSecurity(name)) return new KafkaConfigException($"'{name}' cannot be honoured: {ConfigTable.PlaintextOnly}.", name);
        var remedy = ConfigTable.Nearest(name) is { } nearest ? $"Did you mean '{nearest}'?" : "No known key resembles it: remove it.";
        return new KafkaConfigException($"'{name}' is not a known configuration key. {remedy}", name);
    }

    /// <summary>A key that was set means nothing beside the others.</summary>
    public void Ignore(string name) => _ignored.Add(GivenAs(name));

    public bool IsSet(string name) => _set.ContainsKey(Known(name).Name);

    /// <summary>The name or alias the caller used, for messages; the key's own name when it was not set.</summary>
    public string GivenAs(string name) => _set.TryGetValue(name, out var set) ? set.GivenAs : name;

    public string? Text(string name) => (string?)Value(name);
    public bool Flag(string name) => (bool)Value(name)!;
    public int Int32(string name) => checked((int)(long)Value(name)!);
    public long Int64(string name) => (long)Value(name)!;
    public long? OptionalInt64(string name) => (long?)Value(name);
    public TimeSpan Duration(string name) => (TimeSpan)Value(name)!;
    public IReadOnlyList<string> List(string name) => (IReadOnlyList<string>?)Value(name) ?? [];

    /// <summary>The set value or the default as text, for documentation and for showing what is in effect; null when there is neither.</summary>
    public string? Shown(string name) => Find(Known(name)) is { } value ? ConfigText.Format(value) : null;

    object? Value(string name)
    {
        var key = Known(name);
        _read.Add(key.Name);
        return Find(key);
    }

    object? Find(ConfigKey key)
    {
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
