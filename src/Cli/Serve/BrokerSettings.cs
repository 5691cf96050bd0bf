using Semel.Broker.Hosting;
using Semel.Cli.Arguments;

namespace Semel.Cli.Serve;

/// <summary>Settings as texts turned into the broker's options by the broker's own table.</summary>
public static class BrokerSettings
{
    /// <summary>Every name of the broker's table, and the older names that Kafka still knows for some of them.</summary>
    public static IReadOnlyDictionary<string, string> KnownNames { get; } = Names();

    /// <exception cref="CommandException">A value cannot be; says where it was given.</exception>
    public static BrokerOptions Apply(ServeSettings settings)
    {
        var options = new BrokerOptions();
        try
        {
            foreach (var setting in settings.All)
                options = ApplyOne(options, setting);
            options.Check();
        }
        catch (BrokerConfigException refused)
        {
            throw CommandException.Usage(refused.Message);
        }
        return options;
    }

    static BrokerOptions ApplyOne(BrokerOptions options, Setting setting)
    {
        try
        {
            return BrokerConfigTable.Find(setting.Name)!.Apply(options, setting.Value);
        }
        catch (BrokerConfigException refused)
        {
            throw CommandException.Usage($"{setting.Origin}: {refused.Message}");
        }
    }

    static Dictionary<string, string> Names()
    {
        var names = BrokerConfigTable.All.ToDictionary(entry => entry.Name, entry => entry.Name, StringComparer.Ordinal);
        foreach (var (old, name) in new[] { ("log.dir", "log.dirs"), ("broker.id", "node.id") })
            if (names.ContainsKey(name)) names.TryAdd(old, name);
        return names;
    }
}
