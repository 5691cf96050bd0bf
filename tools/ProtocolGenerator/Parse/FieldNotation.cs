using System.Globalization;
using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>
/// One field's line: <c>Name Type @versions tag N =default ignorable</c>, of which the first two words are always there.
/// The type is a domain type or a struct, in brackets for an array, with <c>?</c> behind it when it may be null and the versions of that behind the <c>?</c>.
/// </summary>
public static class FieldNotation
{
    public static FieldSchema Parse(SchemaLine line, VersionSpan container)
    {
        if (line.Words.Length < 2) throw line.Error($"the field '{line.Words[0]}' has no type", "Write: Name Type");
        var versions = container;
        int? tag = null;
        string? @default = null;
        var ignorable = false;
        for (var at = 2; at < line.Words.Length; at++)
        {
            var word = line.Words[at];
            if (word[0] == '@') versions = Cut(VersionNotation.Parse(word[1..], line), container, line);
            else if (word[0] == '=') @default = word[1..];
            else if (word == "ignorable") ignorable = true;
            else if (word == "tag" && at + 1 < line.Words.Length) tag = Tag(line.Words[++at], line);
            else throw line.Error($"'{word}' says nothing about a field", "Known are @versions, tag N, =default and ignorable");
        }
        var (typeName, isArray, nullable) = Type(line.Words[1], line);
        return new FieldSchema
        {
            Name = line.Words[0],
            TypeName = typeName,
            IsArray = isArray,
            Versions = versions,
            NullableVersions = nullable.Intersect(versions),
            Tag = tag,
            Default = @default,
            IsIgnorable = ignorable,
            Location = line.Location,
        };
    }

    static VersionSpan Cut(VersionSpan declared, VersionSpan container, SchemaLine line)
    {
        if (declared.Covers(container) || declared.Intersect(container).IsEmpty)
            throw line.Error($"the versions {declared.Low}+ and the container's {container} leave nothing to choose", "Leave out versions that cover the container's, and fields of other versions");
        return declared.Intersect(container);
    }

    static int Tag(string word, SchemaLine line) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var tag)
            ? tag
            : throw line.Error($"the tag '{word}' is not a number", "Write: tag 0");

    static (string Name, bool IsArray, VersionSpan Nullable) Type(string word, SchemaLine line)
    {
        var nullable = VersionSpan.None;
        if (word.IndexOf('?') is >= 0 and var mark)
        {
            nullable = mark == word.Length - 1 ? new VersionSpan(0, VersionSpan.Open) : VersionNotation.Parse(word[(mark + 1)..], line);
            word = word[..mark];
        }
        var isArray = word is ['[', _, .., ']'];
        var name = isArray ? word[1..^1] : word;
        if (!name.All(char.IsAsciiLetterOrDigit)) throw line.Error($"'{line.Words[1]}' is not a type", "Write Type, Type?, [Type] or [Type]?3+");
        return (name, isArray, nullable);
    }
}
