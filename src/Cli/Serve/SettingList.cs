using Semel.Broker.Hosting;
using Semel.Cli.Output;

namespace Semel.Cli.Serve;

/// <summary>The broker's settings, with what is in effect and why.</summary>
public static class SettingList
{
    public static void Write(OutputText output, BrokerOptions options, ServeSettings settings, bool asJson)
    {
        if (asJson) WriteJson(output, options, settings);
        else WriteText(output, options, settings);
    }

    static void WriteText(OutputText output, BrokerOptions options, ServeSettings settings)
    {
        foreach (var entry in BrokerConfigTable.All)
        {
            output.WriteLine($"{entry.Name} = {entry.Value(options) ?? "(none)"}");
            var origin = settings.Find(entry.Name) is { } setting ? $" Set by: {setting.Origin}." : "";
            output.WriteLine($"    {entry.TypeName}, default {entry.Default ?? "(none)"}{(entry.IsOurs ? ", not a name of Kafka's" : "")}. {entry.Documentation}{origin}");
        }
    }

    static void WriteJson(OutputText output, BrokerOptions options, ServeSettings settings) => output.WriteJson(json =>
    {
        json.WriteStartArray();
        foreach (var entry in BrokerConfigTable.All)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name);
            json.WriteString("type", entry.TypeName);
            json.WriteString("value", entry.Value(options));
            json.WriteString("default", entry.Default);
            json.WriteString("origin", settings.Find(entry.Name)?.Origin ?? "default");
            json.WriteBoolean("isOfKafka", !entry.IsOurs);
            json.WriteString("documentation", entry.Documentation);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
