using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Semel.Peers;

namespace Semel.Protocol.Tests.Schemas;

/// <summary>Kafka's own definitions of its messages and of its coordinators' records, from the jars of the peers.</summary>
sealed class KafkaDefinition
{
    static readonly Lazy<IReadOnlyDictionary<string, KafkaDefinition>> All = new(ReadAll);

    readonly JsonElement _json;
    readonly Dictionary<string, JsonElement> _structs = [];

    KafkaDefinition(JsonElement json)
    {
        _json = json;
        if (!json.TryGetProperty("commonStructs", out var common)) return;
        foreach (var shared in common.EnumerateArray()) _structs[shared.GetProperty("name").GetString()!] = shared.GetProperty("fields");
    }

    public static KafkaDefinition Of(string message) => All.Value[message];

    /// <summary>Number and name of each API, those included that Kafka serves no more.</summary>
    public static IEnumerable<string> ApiNames => All.Value.Values.Where(one => Text(one._json, "type") == "request")
        .Select(one => $"{one.ApiKey} {Text(one._json, "name")!.Replace("Request", "", StringComparison.Ordinal)}");

    public int ApiKey => _json.GetProperty("apiKey").GetInt32();
    public string FlexibleVersions => Text(_json, "flexibleVersions") ?? "none";

    /// <summary>The versions that Kafka offers by default. Whether the newest is unstable, and so not among them, is told by the request alone.</summary>
    public string Versions
    {
        get
        {
            var (low, high) = Range(Text(_json, "validVersions")!);
            var request = Of(Text(_json, "name")!.Replace("Response", "Request", StringComparison.Ordinal))._json;
            if (request.TryGetProperty("latestVersionUnstable", out var unstable) && unstable.GetBoolean()) high--;
            return low == high ? $"{low}" : $"{low}-{high}";
        }
    }

    /// <summary>One line a field, each under its path, as <see cref="SchemaDescription"/> describes ours.</summary>
    /// <param name="entities">Whether with the meaning that Kafka marks; it marks few in its records.</param>
    public IEnumerable<string> Describe(bool entities = true) => Describe("", _json.GetProperty("fields"), Range(Versions), entities);

    IEnumerable<string> Describe(string path, JsonElement fields, (int Low, int High) container, bool entities)
    {
        foreach (var field in fields.EnumerateArray())
        {
            var versions = Cut(Range(Text(field, "versions") ?? Text(field, "taggedVersions")!), container);
            if (versions.Low > versions.High) continue;
            var name = path + Text(field, "name");
            yield return $"{name} {Description(field, versions, entities)}";
            var type = Text(field, "type")!.Replace("[]", "", StringComparison.Ordinal);
            if (field.TryGetProperty("fields", out var own))
                foreach (var line in Describe(name + "/", own, versions, entities)) yield return line;
            else if (_structs.TryGetValue(type, out var shared))
                foreach (var line in Describe(name + "/", shared, versions, entities)) yield return line;
        }
    }

    static string Description(JsonElement field, (int Low, int High) versions, bool entities)
    {
        var type = Text(field, "type")!;
        var nullable = Cut(Range(Text(field, "nullableVersions") ?? "none"), versions);
        var tagged = Cut(Range(Text(field, "taggedVersions") ?? "none"), versions);
        var tag = tagged.Low > tagged.High ? "none" : field.GetProperty("tag").GetInt32().ToString(CultureInfo.InvariantCulture);
        Assert.True(tag == "none" || tagged == versions, "a field that is tagged in some of its versions only: the notation cannot say that");
        Assert.False(field.TryGetProperty("flexibleVersions", out _), "a field with flexible versions of its own: the notation cannot say that");
        return SchemaDescription.Line(type, versions, nullable, tag, Default(field, type), Ignorable(field), entities ? Text(field, "entityType") : null);
    }

    static bool Ignorable(JsonElement field) => field.TryGetProperty("ignorable", out var ignorable) && ignorable.GetBoolean();

    static string Default(JsonElement field, string type)
    {
        if (type == "records") return "null";
        if (!field.TryGetProperty("default", out var given)) return "";
        var text = given.ToString();
        if (text.StartsWith("0x", StringComparison.Ordinal)) return long.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        return text is "0" or "False" or "false" ? "" : text.ToLowerInvariant();
    }

    static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    static (int Low, int High) Range(string text)
    {
        if (text == "none") return (1, 0);
        if (text.EndsWith('+')) return (int.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture), short.MaxValue);
        var ends = text.Split('-');
        return (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
    }

    static (int Low, int High) Cut((int Low, int High) range, (int Low, int High) within)
    {
        var cut = (Low: Math.Max(range.Low, within.Low), High: Math.Min(range.High, within.High));
        return cut.Low > cut.High ? (1, 0) : cut;
    }

    static Dictionary<string, KafkaDefinition> ReadAll()
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip };
        var all = new Dictionary<string, KafkaDefinition>();
        foreach (var path in PeersFolder.KafkaDefinitionJars) AddAll(all, path, options);
        return all;
    }

    static void AddAll(Dictionary<string, KafkaDefinition> all, string path, JsonDocumentOptions options)
    {
        using var jar = ZipFile.OpenRead(path);
        foreach (var entry in jar.Entries.Where(entry => entry.FullName.StartsWith("common/message/", StringComparison.Ordinal) && entry.Name.EndsWith(".json", StringComparison.Ordinal)))
        {
            using var stream = entry.Open();
            var json = JsonDocument.Parse(stream, options).RootElement;
            all.Add(json.GetProperty("name").GetString()!, new(json));
        }
    }
}
