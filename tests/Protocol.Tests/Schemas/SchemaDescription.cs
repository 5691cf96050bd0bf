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

    public static IEnumerable<string> Describe(MessageSchema message) => Describe("", message.Body);

    static IEnumerable<string> Describe(string path, StructSchema described)
    {
        foreach (var field in described.Fields)
        {
            var name = path + field.Name;
            var type = (field.IsArray ? "[]" : "") + (field.Struct?.Name ?? field.Domain!.Encoding.ToString().ToLowerInvariant());
            var tag = field.Tag?.ToString(CultureInfo.InvariantCulture) ?? "none";
            var entity = Entities.FirstOrDefault(pair => pair.Value == field.Domain?.Name).Key;
            yield return $"{name} {Line(type, Pair(field.Versions), Pair(field.NullableVersions), tag, field.Default ?? "", field.IsIgnorable, entity)}";
            if (field.Struct is null) continue;
            foreach (var line in Describe(name + "/", field.Struct)) yield return line;
        }
    }

    static (int, int) Pair(VersionSpan span) => (span.Low, span.High);

    public static string Line(string type, (int Low, int High) versions, (int Low, int High) nullable, string tag, string @default, bool ignorable, string? entity) =>
        $"{type} versions {Text(versions)} null {Text(nullable)} tag {tag} default '{@default}'{(ignorable ? " ignorable" : "")} {entity}";

    static string Text((int Low, int High) range) => range.Low > range.High ? "none" : $"{range.Low}-{range.High}";
}
