namespace Semel.Client.Configuration;

/// <summary>The values while the rules look at them: what was given, with the adjustments made so far on top.</summary>
internal sealed class ConfigDraft(ConfigValues values)
{
    List<KafkaConfigException> _refused = [];
    readonly Dictionary<string, object> _adjusted = new(StringComparer.Ordinal);
    readonly List<ConfigAdjustment> _adjustments = [];

    /// <summary>Reads a configuration without throwing: what is refused is told by <see cref="ThrowIfRefused"/>, together with what rules refuse.</summary>
    public static ConfigDraft Read(IEnumerable<KeyValuePair<string, string>> config, ConfigRole role, IReadOnlyDictionary<string, string>? notOffered = null)
    {
        var refused = new List<KafkaConfigException>();
        return new ConfigDraft(ConfigValues.Parse(config, role, notOffered, refused)) { _refused = refused };
    }

    public ConfigValues Values => values;
    public IReadOnlyList<ConfigAdjustment> Adjustments => _adjustments;

    public bool IsSet(string name) => values.IsSet(name);
    public bool Flag(string name) => _adjusted.TryGetValue(name, out var value) ? (bool)value : values.Flag(name);
    public long Int64(string name) => _adjusted.TryGetValue(name, out var value) ? (long)value : values.Int64(name);
    public int Int32(string name) => checked((int)Int64(name));
    public TimeSpan Duration(string name) => _adjusted.TryGetValue(name, out var value) ? (TimeSpan)value : values.Duration(name);
    public string? Text(string name) => values.Text(name);

    /// <summary>What the caller wrote, as key=value, for messages.</summary>
    public string Given(string name) => $"{values.GivenAs(name)}={Shown(name)}";

    public string Shown(string name) => _adjusted.TryGetValue(name, out var value) ? ConfigText.Format(value) : values.Shown(name) ?? "null";

    /// <summary>Changes a value and remembers why, so that it is logged and can be looked up.</summary>
    public void Adjust(string name, object value, string reason)
    {
        _adjustments.Add(new ConfigAdjustment(name, Shown(name), ConfigText.Format(value), reason));
        _adjusted[name] = value;
    }

    /// <summary>Changes a value that only says what the caller meant, without a word.</summary>
    public void Imply(string name, object value) => _adjusted[name] = value;

    public KafkaConfigException Refuse(string message, params string[] names) => new(message, [.. names.Select(values.GivenAs)]);

    /// <summary>Looks at one group of relations. What it throws is kept, so that the other groups are looked at as well.</summary>
    /// <returns>False when it refused: what builds on it need not be looked at.</returns>
    public bool Check(Action<ConfigDraft> rule)
    {
        var before = _refused.Count;
        try { rule(this); }
        catch (KafkaConfigException refusal) { _refused.Add(refusal); }
        return _refused.Count == before;
    }

    /// <summary>Keeps a refusal and goes on looking.</summary>
    public void Keep(KafkaConfigException refusal) => _refused.Add(refusal);

    /// <exception cref="KafkaConfigException">Everything that was refused, keys and relations, in one answer.</exception>
    public void ThrowIfRefused()
    {
        if (_refused.Count > 0) throw values.Together(_refused);
    }

    public EffectiveConfig ToEffective(ConfigRole role, string? idempotenceDisabledBy)
    {
        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in ConfigTable.Keys)
            if ((key.Role & role) != 0 && (_adjusted.ContainsKey(key.Name) || values.Shown(key.Name) is not null)) shown[key.Name] = Shown(key.Name);
        return new EffectiveConfig(shown, _adjustments, values, idempotenceDisabledBy);
    }
}
