namespace Semel.ProtocolGenerator.Model;

/// <summary>One field. Exactly one of <see cref="Domain"/> and <see cref="Struct"/> is set.</summary>
public sealed class FieldSchema
{
    /// <summary>Kafka's name, as Kafka writes it.</summary>
    public required string Name { get; init; }
    public required string TypeName { get; init; }
    public required bool IsArray { get; init; }

    /// <summary>Already cut down to the versions of the struct that the field is in.</summary>
    public required VersionSpan Versions { get; init; }
    public required VersionSpan NullableVersions { get; init; }

    /// <summary>A tagged field is tagged in all its versions.</summary>
    public required int? Tag { get; init; }

    /// <summary>The default as the schema writes it; null for the type's own (zero, empty, false).</summary>
    public required string? Default { get; init; }

    /// <summary>In a version that lacks the field its value is silently left out.</summary>
    public required bool IsIgnorable { get; init; }
    public required SchemaLocation Location { get; init; }

    public DomainType? Domain { get; set; }
    public StructSchema? Struct { get; set; }

    public bool IsNullable => !NullableVersions.IsEmpty;
    public bool DefaultIsNull => Default == "null";
    public string PropertyName => char.ToUpperInvariant(Name[0]) + Name[1..];
    public string VariableName => char.ToLowerInvariant(Name[0]) + Name[1..];
}
