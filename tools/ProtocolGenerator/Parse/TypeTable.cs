using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>The domain types by name: those of Types.schema and the bare encodings.</summary>
public sealed class TypeTable
{
    readonly Dictionary<string, DomainType> _types = DomainType.Encodings.ToDictionary(
        pair => pair.Key, pair => new DomainType(pair.Key, pair.Value, Representation.Plain));

    public static TypeTable Parse(string file, string text)
    {
        var table = new TypeTable();
        foreach (var line in SchemaLine.Split(file, text)) table.Add(line);
        return table;
    }

    public DomainType? Find(string name) => _types.GetValueOrDefault(name);

    void Add(SchemaLine line)
    {
        if (line.Words is not ["type", var name, var encodingName, .. var rest] || line.Depth != 0 || rest.Length > 1)
            throw line.Error($"'{string.Join(' ', line.Words)}' is not a domain type", "Write: type Name encoding, and behind it struct or enum where the vocabulary has a type of that name");
        if (!DomainType.Encodings.TryGetValue(encodingName, out var encoding))
            throw line.Error($"the encoding '{encodingName}' does not exist", $"Known are {string.Join(", ", DomainType.Encodings.Keys)}");
        var representation = rest switch
        {
            [] => Representation.Plain,
            ["struct"] => Representation.Struct,
            ["enum"] => Representation.Enum,
            _ => throw line.Error($"'{rest[0]}' is not a representation", "Write struct, enum or nothing"),
        };
        if (!_types.TryAdd(name, new(name, encoding, representation)))
            throw line.Error($"the type '{name}' is there already", "Remove one of the two lines");
    }
}
