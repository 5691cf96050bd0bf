using System.Globalization;
using Microsoft.Extensions.Configuration;
using Semel.Client;

namespace Semel.Extensions.Hosting.Settings;

/// <summary>
/// What a section says of a client: keys as Kafka has them or as properties; a list is one value with commas; what is nested is one key with dots (linger:ms is linger.ms). Each value knows
/// its path, which refusals name.
/// </summary>
internal static class SectionSettings
{
    /// <summary>The parts of the section that are about some clients only.</summary>
    static readonly Dictionary<ClientKind, (string One, string Many)> Parts = new()
    {
        [ClientKind.Producer] = ("Producer", "Producers"), [ClientKind.TransactionalProducer] = ("TransactionalProducer", "TransactionalProducers"),
        [ClientKind.Consumer] = ("Consumer", "Consumers"), [ClientKind.Admin] = ("Admin", "Admins"),
    };

    /// <param name="name">Empty for the client without a name.</param>
    /// <exception cref="KafkaConfigException">A section gives one setting two values.</exception>
    public static void Apply(IConfiguration root, ClientKind kind, string name, ClientConfig config)
    {
        Apply(root.GetChildren().Where(static part => !IsPart(part.Key)), config);
        Apply((name.Length == 0 ? root.GetSection(Parts[kind].One) : root.GetSection(Parts[kind].Many).GetSection(name)).GetChildren(), config);
    }

    /// <summary>The sections that are about single clients, with whose they are.</summary>
    public static IEnumerable<(ClientKind Kind, string Name, string Path)> Clients(IConfiguration root)
    {
        foreach (var (kind, part) in Parts)
        {
            if (root.GetSection(part.One) is var one && one.Exists()) yield return (kind, "", one.Path);
            foreach (var named in root.GetSection(part.Many).GetChildren()) yield return (kind, named.Key, named.Path);
        }
    }

    static bool IsPart(string key) => Parts.Values.Any(part => key.Equals(part.One, StringComparison.OrdinalIgnoreCase) || key.Equals(part.Many, StringComparison.OrdinalIgnoreCase));

    static void Apply(IEnumerable<IConfigurationSection> sections, ClientConfig config)
    {
        var given = new Dictionary<string, (string Value, string Path)>(StringComparer.Ordinal);
        foreach (var section in sections) Collect(section, section.Key, given);
        foreach (var (key, (value, path)) in given) config.Set(key, value, path);
    }

    static void Collect(IConfigurationSection section, string name, Dictionary<string, (string Value, string Path)> given)
    {
        if (Value(section) is not { } value)
        {
            foreach (var inner in section.GetChildren()) Collect(inner, $"{name}.{inner.Key}", given);
            return;
        }
        var key = ClientConfig.KeyOf(name);
        if (given.TryGetValue(key, out var other) && other.Value != value)
            throw new KafkaConfigException($"{other.Path} and {section.Path} are two names of one setting and were given different values, '{other.Value}' and '{value}'. Remove one of them.", key);
        given[key] = (value, section.Path);
    }

    static string? Value(IConfigurationSection section)
    {
        if (section.Value is not null) return section.Value;
        var elements = section.GetChildren().ToList();
        return elements.Count > 0 && elements.All(static element => element.Value is not null && int.TryParse(element.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? string.Join(',', elements.OrderBy(static element => int.Parse(element.Key, CultureInfo.InvariantCulture)).Select(static element => element.Value)) : null;
    }
}
