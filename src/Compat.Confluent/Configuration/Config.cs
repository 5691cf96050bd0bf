using System.Collections;
using System.Globalization;

namespace Semel.Compat.Confluent;

/// <summary>
/// Configuration keys and their values as text. Nothing is checked here; building a client checks every key, and refuses with the reason and the remedy what
/// cannot be done. Not thread safe.
/// </summary>
public class Config : IEnumerable<KeyValuePair<string, string>>
{
    /// <summary>The keys and values, shared with the configuration that this one was made of.</summary>
    protected IDictionary<string, string> properties;

    /// <summary>An empty configuration.</summary>
    public Config() => properties = new Dictionary<string, string>();

    /// <summary>The same keys and values as another one: a change of either is seen in both.</summary>
    public Config(Config config) => properties = config.properties;

    /// <summary>The keys and values of a dictionary: a change of either is seen in both.</summary>
    public Config(IDictionary<string, string> config) => properties = config;

    /// <summary>Sets a key by its name; null removes it.</summary>
    public void Set(string key, string val) => SetObject(key, val);

    /// <summary>The text of a key; null when it is not set.</summary>
    public string Get(string key) => properties.TryGetValue(key, out var value) ? value : null;

    protected void SetObject(string name, object val)
    {
        if (val is null) properties.Remove(name);
        else properties[name] = val is Enum member ? ConfigWords.Of(member) : ((IConvertible)val).ToString(CultureInfo.InvariantCulture);
    }

    protected int? GetInt(string key) => Get(key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
    protected bool? GetBool(string key) => Get(key) is { } text ? bool.Parse(text) : null;
    protected double? GetDouble(string key) => Get(key) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
    protected object GetEnum(Type type, string key) => Get(key) is { } text ? ConfigWords.Read(type, key, text) : null;
    internal T? GetChoice<T>(string key) where T : struct, Enum => (T?)GetEnum(typeof(T), key);

    /// <summary><c>dotnet.cancellation.delay.max.ms</c>: taken and not needed, since a cancelled call returns at once.</summary>
    public int CancellationDelayMaxMs { set => SetObject("dotnet.cancellation.delay.max.ms", value); }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => properties.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => properties.GetEnumerator();
}
