using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>
/// The fewest bytes an element of an array can take. A count that cannot be in what is left of the frame is refused by it before memory is taken,
/// so a lie about a count costs no more memory than the frame's own size allows.
/// </summary>
static class SmallestSizes
{
    public static int OfElement(MessageSchema message, FieldSchema field)
    {
        var smallest = int.MaxValue;
        for (var version = field.Versions.Low; version <= field.Versions.High; version++)
            smallest = Math.Min(smallest, OfElement(message, field, version));
        return Math.Max(1, smallest);
    }

    static int OfElement(MessageSchema message, FieldSchema field, int version) =>
        field.Struct is null ? field.Domain!.SmallestSize(message.IsFlexible(version)) : OfStruct(message, field.Struct, version);

    static int OfStruct(MessageSchema message, StructSchema measured, int version)
    {
        var flexible = message.IsFlexible(version);
        var fields = measured.UntaggedFields.Where(field => field.Versions.Contains(version));
        return fields.Sum(field => OfField(message, field, version)) + (flexible ? 1 : 0);
    }

    static int OfField(MessageSchema message, FieldSchema field, int version)
    {
        if (field.IsArray) return message.IsFlexible(version) ? 1 : 4;
        return field.Struct is not null && field.NullableVersions.Contains(version) ? 1 : OfElement(message, field, version);
    }
}
