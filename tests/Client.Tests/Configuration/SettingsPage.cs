using Semel.Client.Configuration;
using Semel.Peers;

namespace Semel.Client.Tests.Configuration;

/// <summary>The page docs/client-settings.md, made of the one table of keys and of what other clients know.</summary>
static class SettingsPage
{
    static readonly Dictionary<string, ClientSetting> Others = ClientSettings.All.ToDictionary(static setting => setting.Name, StringComparer.Ordinal);

    public static string Text() => string.Join('\n', Lines()) + "\n";

    static IEnumerable<string> Lines()
    {
        yield return """
            # Settings of the client

            Made from the table of keys in `src/Client/Configuration` by a test (`SettingsPageTests`), which also holds the lists of the other clients to their assemblies. A key is given by a
            property, by its name or by an alias of librdkafka's; in a dictionary, in a file of properties (`ProducerConfig.FromFile`), in a configuration object of Confluent.Kafka, or in the
            section `Semel` of an `IConfiguration` (package `Semel.Extensions.Hosting`), where it may also be written in Pascal case. A key without a meaning for the client it is given to
            (`linger.ms` for a consumer) is told in the log and in `EffectiveConfig.Ignored`. One that nobody knows is refused with the nearest known name.

            P producer, C consumer, A admin client. Times are milliseconds. The default of Java's client 4.4.0 and of librdkafka 2.16.0 is given where it is another one.

            ## Keys

            | key (aliases) | for | default | Java | librdkafka | meaning |
            |---|---|---|---|---|---|
            """;
        foreach (var key in ConfigTable.Keys.Where(static key => !key.IsForeign).OrderBy(static key => key.Name, StringComparer.Ordinal))
            yield return $"| `{key.Name}`{Aliases(key)} | {Roles(key.Role)} | {Cell(key.Default)} | {Cell(JavaDefault(key))} | {Cell(LibrdkafkaDefault(key))} | {key.Doc}{Limits(key)} |";
        yield return """

            ## Keys of other clients that configure nothing here

            What could change which records are written or read, in which order, where, or under which guarantee is refused when the client is built, except in the values that ask for what
            happens anyway. What is about pace, diagnostics or the inside of another library is accepted and told.

            | key | what it is there | here |
            |---|---|---|
            """;
        foreach (var key in ConfigTable.Keys.Where(static key => key.IsForeign).OrderBy(static key => key.Name, StringComparer.Ordinal)) yield return $"| `{key.Name}` | {key.Doc} | {Treatment(key)} |";
        yield return "| `dotnet.*` | What Confluent.Kafka configures of itself. | told: nothing of it is needed |";
        yield return "";
        yield return "## Keys of TLS and SASL";
        yield return "";
        yield return $"Refused: {ConfigTable.PlaintextOnly}. Those are all that begin with `ssl.`, `ssl_`, `sasl.` or `https.ca.`, and "
            + $"{string.Join(", ", ClientSettings.All.Select(static setting => setting.Name).Where(static name => ConfigTable.Find(name) is null && ConfigTable.IsSecurity(name) && !Begins(name)).Select(static name => $"`{name}`"))}.";
    }

    static bool Begins(string name) => name.StartsWith("ssl", StringComparison.Ordinal) || name.StartsWith("sasl.", StringComparison.Ordinal) || name.StartsWith("https.ca.", StringComparison.Ordinal);

    static string Aliases(ConfigKey key) => key.Aliases.Count == 0 ? "" : $" ({string.Join(", ", key.Aliases.Select(static alias => alias.Scale == 1 ? $"`{alias.Name}`" : $"`{alias.Name}` x {alias.Scale}"))})";

    static string Roles(ConfigRole role) =>
        string.Concat((role & ConfigRole.Producer) != 0 ? "P" : "", (role & ConfigRole.Consumer) != 0 ? "C" : "", (role & ConfigRole.Admin) != 0 ? "A" : "");

    static string Cell(string? value) => value is null ? "" : value.Length == 0 ? "(none)" : $"`{value.Replace("|", "\\|")}`";

    static string Limits(ConfigKey key)
    {
        var values = key.Choices.Count > 0 ? $" One of {key.AllowedChoices}." : key.Kind is ConfigKind.Integer or ConfigKind.Duration && key.Maximum < int.MaxValue ? $" {key.Minimum} to {key.Maximum}."
            : key.Kind is ConfigKind.Integer or ConfigKind.Duration && key.Minimum != 0 ? $" At least {key.Minimum}." : "";
        return $"{values}{(key.Refusal is null ? "" : $" **Refused**{Except(key)}: {key.Refusal}.")}{(key.NoEffect is null ? "" : $" Without effect: {key.NoEffect}.")}{(key.Needs is null ? "" : $" Only with `{key.Needs}`.")}";
    }

    static string Treatment(ConfigKey key) => key.Refusal is { } refusal ? $"**refused**{Except(key)}: {refusal}" : $"told: {key.NoEffect}";

    static string Except(ConfigKey key) => key.Anyway.Where(static value => value.Length > 0).ToList() is { Count: > 0 } anyway ? $", except {string.Join(", ", anyway.Select(static value => $"`{value}`"))}" : "";

    /// <summary>The other default, where there is one and it means something else.</summary>
    static string? Differing(ConfigKey key, string? other, int scale) => other is null or "(required)" || Same(key, other, scale) ? null : other == "(none)" ? "" : scale == 1 ? other : (long.Parse(other) * scale).ToString();

    static bool Same(ConfigKey key, string other, int scale)
    {
        if (other == "(none)") return key.Default is null;
        if (key.Default is null) return false;
        try { return ConfigText.AreEqual(ConfigText.Parse(key, 1, key.Name, key.Default), ConfigText.Parse(key, scale, key.Name, other)); }
        catch (KafkaConfigException) { return false; }
    }

    static string? JavaDefault(ConfigKey key)
    {
        if (!Others.TryGetValue(key.Name, out var other)) return null;
        string?[] theirs = [(key.Role & ConfigRole.Producer) != 0 ? other.JavaProducer : null, (key.Role & ConfigRole.Consumer) != 0 ? other.JavaConsumer : null, (key.Role & ConfigRole.Admin) != 0 ? other.JavaAdmin : null];
        string[] differing = [.. theirs.Select(value => Differing(key, value, 1)).OfType<string>().Distinct()];
        return differing.Length == 0 ? null : string.Join(" or ", differing.Select(static value => value.Replace("org.apache.kafka.clients.consumer.", "")));
    }

    static string? LibrdkafkaDefault(ConfigKey key) =>
        key.Aliases.Prepend(new ConfigAlias(key.Name)).Select(alias => Others.TryGetValue(alias.Name, out var other) && other.Librdkafka is { } value ? Differing(key, value, alias.Scale) : null).FirstOrDefault(static value => value is not null);
}
