using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>A schema file that cannot be understood: where, why, and what to write instead.</summary>
public sealed class SchemaException(SchemaLocation location, string reason, string remedy)
    : Exception($"{location.File}:{location.Line}: {reason}. {remedy}.")
{
    public SchemaLocation Location { get; } = location;
}
