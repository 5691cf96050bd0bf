using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>Builds one message from the lines of its fields: a tree by indentation, in which a struct is declared where it is first used.</summary>
public sealed class MessageParser
{
    readonly TypeTable _types;
    readonly int? _firstFlexible;
    readonly List<StructSchema> _structs = [];
    readonly HashSet<StructSchema> _unfinished = [];

    MessageParser(TypeTable types, int? firstFlexible) => (_types, _firstFlexible) = (types, firstFlexible);

    /// <param name="lines">The lines of the message's fields and shared structs, at <paramref name="depth"/> and deeper.</param>
    public static MessageSchema Parse(string name, VersionSpan versions, int? firstFlexible, TypeTable types, ReadOnlySpan<SchemaLine> lines, int depth)
    {
        var parser = new MessageParser(types, firstFlexible);
        var body = new StructSchema { Name = name, ClassName = name, Versions = versions };
        parser.AddSharedStructs(lines, depth, versions);
        parser.AddFields(body, lines, depth);
        NameClasses(body, parser._structs);
        return new MessageSchema
        {
            Name = name,
            Versions = versions,
            FirstFlexibleVersion = firstFlexible,
            Body = body,
            Structs = parser._structs,
        };
    }

    /// <summary>A struct that occurs in several places stands on its own: <c>struct Name</c> with its fields below.</summary>
    void AddSharedStructs(ReadOnlySpan<SchemaLine> lines, int depth, VersionSpan versions)
    {
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at];
            if (line.Depth != depth || line.Words is not ["struct", var name, .. var rest]) continue;
            var span = rest is [['@', .. var text]] ? VersionNotation.Parse(text, line).Intersect(versions) : versions;
            var declared = AddStruct(name, span, line);
            AddFields(declared, Children(lines, at), depth + 1);
        }
    }

    void AddFields(StructSchema target, ReadOnlySpan<SchemaLine> lines, int depth)
    {
        _unfinished.Add(target);
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at];
            var children = Children(lines, at);
            at += children.Length;
            if (line.Depth != depth) throw line.Error("a line indented deeper than the struct it is in", "Indent fields one level below the field that has their struct as its type");
            if (line.Words[0] == "struct") continue;
            var field = FieldNotation.Parse(line, target.Versions);
            target.Fields.Add(field);
            Resolve(field, line, children);
            FieldChecks.Check(field, target, _firstFlexible, line);
        }
        _unfinished.Remove(target);
        if (target.Fields.Select(field => field.PropertyName).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new SchemaException(target.Fields.Last(field => field.PropertyName == twice.Key).Location, $"the field '{twice.Key}' is twice in {target.Name}", "Remove one of the two");
    }

    void Resolve(FieldSchema field, SchemaLine line, ReadOnlySpan<SchemaLine> children)
    {
        if (children.Length > 0)
        {
            field.Struct = AddStruct(field.TypeName, field.Versions, line);
            AddFields(field.Struct, children, line.Depth + 1);
        }
        else if (_structs.Find(known => known.Name == field.TypeName) is { } known)
        {
            if (_unfinished.Contains(known)) throw line.Error($"the struct {known.Name} contains itself", "Give the inner struct its own name and fields");
            if (!known.Versions.Covers(field.Versions))
                throw line.Error($"the struct {known.Name} has the versions {known.Versions}, this field {field.Versions}", "Widen the versions of the struct");
            field.Struct = known;
        }
        else
        {
            field.Domain = _types.Find(field.TypeName)
                ?? throw line.Error($"the type '{field.TypeName}' is neither a domain type nor a struct of this message", "Declare it in Types.schema, or put the struct's fields below this line, one level deeper");
        }
        if (field.Struct is not null && !field.IsArray) field.Struct.IsSingle = true;
    }

    StructSchema AddStruct(string name, VersionSpan versions, SchemaLine line)
    {
        if (_structs.Exists(known => known.Name == name))
            throw line.Error($"the struct {name} is declared twice in this message", "Declare it once as 'struct Name' at the top of the message");
        if (_types.Find(name) is not null)
            throw line.Error($"the struct {name} has the name of a domain type", "Rename the domain type; the struct's name is Kafka's");
        var added = new StructSchema { Name = name, Versions = versions };
        _structs.Add(added);
        return added;
    }

    /// <summary>
    /// A struct's class is nested in the message's and has the struct's name. C# lets no class have two members of one name or a member of its own name:
    /// there the class is called <c>NameData</c>.
    /// </summary>
    static void NameClasses(StructSchema body, List<StructSchema> structs)
    {
        foreach (var named in structs)
        {
            var taken = body.Fields.Exists(field => field.PropertyName == named.Name)
                || named.Fields.Exists(field => field.PropertyName == named.Name);
            named.ClassName = taken ? named.Name + "Data" : named.Name;
        }
    }

    static ReadOnlySpan<SchemaLine> Children(ReadOnlySpan<SchemaLine> lines, int at)
    {
        var end = at + 1;
        while (end < lines.Length && lines[end].Depth > lines[at].Depth) end++;
        return lines[(at + 1)..end];
    }
}
