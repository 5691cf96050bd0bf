using System.Globalization;
using Semel.ProtocolGenerator.Model;

namespace Semel.Protocol.Tests.Schemas;

/// <summary>Our schemas in the same words as Kafka's definitions, so that the two can be compared line by line.</summary>
static class SchemaDescription
{
    /// <summary>The meanings that Kafka marks, and our domain types for them.</summary>
    static readonly Dictionary<string, string> Entities = new()
    {
        ["brokerId"] = "NodeId",
        ["groupId"] = "GroupId",
        ["producerId"] = "ProducerId",
        ["topicName"] = "TopicName",
        ["transactionalId"] = "TransactionalId",
    };

    /// <summary>Tagged fields from this number on are our own additions to Kafka's records.</summary>
    const int FirstTagOfOurs = 1000;

    /// <param name="entities">Whether with the meanings that Kafka marks.</param>
    public static IEnumerable<string> Describe(MessageSchema message, bool entities = true) => Describe("", message.Body, message.Versions, entities);

    static IEnumerable<string> Describe(string path, StructSchema described, VersionSpan container, bool entities)
    {
        foreach (var field in described.Fields.Where(field => !(field.Tag >= FirstTagOfOurs)))
        {
            // A struct that several fields have as their type is there in the versions of each of them.
            var versions = field.Versions.Intersect(container);
            if (versions.IsEmpty) continue;
            var name = path + field.Name;
            var type = (field.IsArray ? "[]" : "") + (field.Struct?.Name ?? field.Domain!.Encoding.ToString().ToLowerInvariant());
            var tag = field.Tag?.ToString(CultureInfo.InvariantCulture) ?? "none";
            var entity = !entities ? null : Entities.FirstOrDefault(pair => pair.Value == field.Domain?.Name).Key;
            yield return $"{name} {Line(type, Pair(versions), Pair(field.NullableVersions.Intersect(versions)), tag, field.Default ?? "", field.IsIgnorable, entity)}";
            if (field.Struct is null) continue;
            foreach (var line in Describe(name + "/", field.Struct, versions, entities)) yield return line;
        }
    }

    static (int, int) Pair(VersionSpan span) => (span.Low, span.High);

    public static string Line(string type, (int Low, int High) versions, (int Low, int High) nullable, string tag, string @default, bool ignorable, string? entity) =>
        $"{type} versions {Text(versions)} null {Text(nullable)} tag {tag} default '{@default}'{(ignorable ? " ignorable" : "")} {entity}";

    static string Text((int Low, int High) range) => range.Low > range.High ? "none" : $"{range.Low}-{range.High}";
}
