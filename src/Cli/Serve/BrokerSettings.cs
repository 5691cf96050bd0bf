using Semel.Broker.Hosting;
using Semel.Cli.Arguments;
using Semel.Cli.Output;

namespace Semel.Cli.Serve;

/// <summary>Settings as texts turned into the broker's options by the broker's own table.</summary>
public static class BrokerSettings
{
    /// <summary>Every name of the broker's table, and the older names that Kafka still knows for some of them.</summary>
    public static IReadOnlyDictionary<string, string> KnownNames { get; } = Names();

    /// <summary>Tells what has no effect, and makes options of the rest.</summary>
    /// <exception cref="CommandException">There are no such settings, or values cannot be; says of each where it was given.</exception>
    public static BrokerOptions Apply(ServeSettings settings, Terminal terminal)
    {
        var options = new BrokerOptions();
        var refused = new List<string>();
        foreach (var setting in settings.All)
            try
            {
                options = BrokerConfigTable.Find(setting.Name)!.Apply(options, setting.Value);
            }
            catch (BrokerConfigException refusal)
            {
                refused.Add($"{setting.Origin}: {refusal.Message}");
            }
        settings.Check(terminal, refused);
        try
        {
            options.Check();
            return options;
        }
        catch (BrokerConfigException refusal)
        {
            throw CommandException.Usage(refusal.Message);
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
