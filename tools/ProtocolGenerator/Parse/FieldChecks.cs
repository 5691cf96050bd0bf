using System.Globalization;
using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>What a field may not say.</summary>
static class FieldChecks
{
    public static void Check(FieldSchema field, StructSchema container, int? firstFlexible, SchemaLine line)
    {
        if (!char.IsAsciiLetter(field.Name[0]) || !field.Name.All(char.IsAsciiLetterOrDigit))
            throw line.Error($"'{field.Name}' cannot be a field's name", "Use letters and digits only, a letter first");
        CheckTag(field, container, firstFlexible, line);
        CheckNull(field, line);
        if (field.Default is not (null or "null")) CheckDefault(field, line);
    }

    static void CheckTag(FieldSchema field, StructSchema container, int? firstFlexible, SchemaLine line)
    {
        if (field.Tag is null) return;
        if (!(field.Versions.Low >= firstFlexible))
            throw line.Error($"a tagged field in version {field.Versions.Low}, which is not flexible", $"Let the field begin at the first flexible version ({firstFlexible?.ToString(CultureInfo.InvariantCulture) ?? "there is none"})");
        if (container.Fields.Exists(other => other != field && other.Tag == field.Tag))
            throw line.Error($"the tag {field.Tag} is twice in {container.Name}", "Give each tagged field of a struct its own number");
    }

    static void CheckNull(FieldSchema field, SchemaLine line)
    {
        var canBeNull = field.IsArray || field.Struct is not null || field.Domain!.HasLength;
        if (field.IsNullable && !canBeNull)
            throw line.Error($"a {field.TypeName} cannot be null on the wire", "Only strings, bytes, records, arrays and structs can; remove the ?");
        if (field.DefaultIsNull && !field.IsNullable)
            throw line.Error("the default is null, the type is not nullable", "Put a ? behind the type, or another default");
        if (field.Domain is { Encoding: Encoding.Records } && !field.DefaultIsNull)
            throw line.Error("records whose default is not null", "Write: records? =null");
    }

    static void CheckDefault(FieldSchema field, SchemaLine line)
    {
        var culture = CultureInfo.InvariantCulture;
        var text = field.Default!;
        var fits = !field.IsArray && field.Domain?.Encoding switch
        {
            Encoding.Bool => text is "true" or "false",
            Encoding.Int8 => sbyte.TryParse(text, culture, out _),
            Encoding.Int16 => short.TryParse(text, culture, out _),
            Encoding.UInt16 => ushort.TryParse(text, culture, out _),
            Encoding.Int32 => int.TryParse(text, culture, out _),
            Encoding.UInt32 => uint.TryParse(text, culture, out _),
            Encoding.Int64 => long.TryParse(text, culture, out _),
            Encoding.Float64 => double.TryParse(text, culture, out _),
            _ => false,
        };
        if (!fits) throw line.Error($"'{text}' cannot be the default of a {field.TypeName}", "Give a decimal number, true or false; strings, bytes, arrays and structs have no default but null and the empty one");
    }
}
