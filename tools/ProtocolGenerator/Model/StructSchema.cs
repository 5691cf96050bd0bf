namespace Semel.ProtocolGenerator.Model;

/// <summary>A message's body or a struct in it.</summary>
public sealed class StructSchema
{
    public required string Name { get; init; }

    /// <summary>The versions in which the struct can occur.</summary>
    public required VersionSpan Versions { get; init; }
    public List<FieldSchema> Fields { get; } = [];

    /// <summary>The class that is generated: the struct's name, unless a member of the message has that name already.</summary>
    public string ClassName { get; set; } = "";

    /// <summary>Occurs as a single field, so that it has to be known whether all of it is at its default.</summary>
    public bool IsSingle { get; set; }

    public IEnumerable<FieldSchema> TaggedFields => Fields.Where(one => one.Tag is not null).OrderBy(one => one.Tag);
    public IEnumerable<FieldSchema> UntaggedFields => Fields.Where(one => one.Tag is null);
}
