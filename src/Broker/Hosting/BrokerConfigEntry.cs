using System.Globalization;
using Semel.Machines.Catalog;

namespace Semel.Broker.Hosting;

/// <summary>
/// One setting of a broker: Kafka's name of it where Kafka has it, its type, its default, what it means, how it is read and told.
/// A reader gives the changed options, or the reason why the value cannot be.
/// </summary>
public sealed class BrokerConfigEntry
{
    internal delegate (BrokerOptions? Options, string? Reason) Reader(BrokerOptions options, string value);

    static readonly BrokerOptions Defaults = new();
    readonly Reader _read;
    readonly Func<BrokerOptions, string?> _tell;

    internal BrokerConfigEntry(string name, ConfigType type, string documentation, Reader read, Func<BrokerOptions, string?> tell)
    {
        (Name, Type, Documentation, _read, _tell) = (name, type, documentation, read, tell);
    }

    public string Name { get; }

    /// <summary>"int", "long", "string", "boolean" and so on: for help texts.</summary>
    public string TypeName => Type.ToString().ToLowerInvariant();

    /// <summary>What holds when nothing is set; null when there is no value then.</summary>
    public string? Default => Value(Defaults);

    public string Documentation { get; }

    /// <summary>Not one of Kafka's names.</summary>
    public bool IsOurs { get; internal init; }

    internal ConfigType Type { get; }

    /// <summary>The value as text; null when there is none.</summary>
    public string? Value(BrokerOptions options) => _tell(options);

    /// <exception cref="BrokerConfigException">The value cannot be. The message says why and what would do.</exception>
    public BrokerOptions Apply(BrokerOptions options, string value)
    {
        var (changed, reason) = _read(options, value.Trim());
        return changed ?? throw new BrokerConfigException($"{Name} cannot be '{value}': {reason}");
    }

    internal static BrokerConfigEntry Int(string name, int lowest, int highest, string documentation, Func<BrokerOptions, int, BrokerOptions> set, Func<BrokerOptions, int> get, bool isOurs = false) =>
        new(name, ConfigType.Int, documentation,
            (options, value) => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
                ? (set(options, number), null) : (null, $"it must be a whole number from {lowest} to {highest}"),
            options => get(options).ToString(CultureInfo.InvariantCulture)) { IsOurs = isOurs };

    internal static BrokerConfigEntry Long(string name, long lowest, long highest, string documentation, Func<BrokerOptions, long, BrokerOptions> set, Func<BrokerOptions, long> get, bool isOurs = false) =>
        new(name, ConfigType.Long, documentation,
            (options, value) => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
                ? (set(options, number), null) : (null, $"it must be a whole number from {lowest} to {highest}"),
            options => get(options).ToString(CultureInfo.InvariantCulture)) { IsOurs = isOurs };

    internal static BrokerConfigEntry Milliseconds(string name, long lowest, string documentation, Func<BrokerOptions, TimeSpan, BrokerOptions> set, Func<BrokerOptions, TimeSpan> get, bool isOurs = false) =>
        Long(name, lowest, (long)TimeSpan.FromDays(3650).TotalMilliseconds, documentation,
            (options, number) => set(options, TimeSpan.FromMilliseconds(number)), options => (long)get(options).TotalMilliseconds, isOurs);

    /// <summary>A broker-wide default of a topic's configuration: the catalog's table checks it.</summary>
    internal static BrokerConfigEntry TopicDefault(string name, string topicConfig)
    {
        var entry = TopicConfigTable.Find(topicConfig)!;
        return new(name, entry.Type, $"Default of the topic configuration {topicConfig}. {entry.Documentation}",
            (options, value) => entry.Reason(value) is { } reason
                ? (null, reason)
                : (options with { TopicDefaults = new Dictionary<string, string>(options.TopicDefaults) { [topicConfig] = value } }, null),
            options => options.TopicDefaults.GetValueOrDefault(topicConfig, entry.Default));
    }
}
