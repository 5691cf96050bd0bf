using System.Globalization;
using System.Runtime.InteropServices;
using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>Reads a folder of schema files: Types.schema, one file per API, in Log/ the records of our own logs, in StateLogs/ those of Kafka's, in Data/ what travels inside requests.</summary>
public static class SchemaFolder
{
    const string TypesFile = "Types.schema";

    /// <param name="typesFrom">The folder whose Types.schema holds for the files, when it is another one.</param>
    public static SchemaSet Read(string folder, string? typesFrom = null)
    {
        var texts = Directory.EnumerateFiles(folder, "*.schema", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText);
        if (typesFrom is not null) texts[TypesFile] = File.ReadAllText(Path.Combine(typesFrom, TypesFile));
        return Parse(texts);
    }

    /// <param name="texts">The files' contents by their path within the folder.</param>
    public static SchemaSet Parse(IReadOnlyDictionary<string, string> texts)
    {
        var types = TypeTable.Parse(TypesFile, texts.GetValueOrDefault(TypesFile, ""));
        var apis = new List<ApiSchema>();
        var records = new List<RecordSchema>();
        var states = new List<StateSchema>();
        var data = new List<DataSchema>();
        foreach (var (file, text) in texts.Where(pair => pair.Key != TypesFile).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var lines = SchemaLine.Split(file, text);
            if (lines.Count == 0) throw new SchemaException(new(file, 1), "nothing is declared", "Begin with: api KEY Name versions LOW-HIGH flexible FIRST+");
            switch (lines[0].Words[0])
            {
                case "record": records.AddRange(Records(lines, types)); break;
                case "state": states.AddRange(States(lines, types)); break;
                case "data": data.AddRange(Data(lines, types)); break;
                default: apis.Add(Api(lines, types)); break;
            }
        }
        RefuseDuplicates(apis, records, states);
        return new([.. apis.OrderBy(api => api.Key)], records, states, data);
    }

    static ApiSchema Api(List<SchemaLine> lines, TypeTable types)
    {
        var (key, name, versions, flexible) = Header(lines[0], "api");
        var request = lines.FindIndex(line => line.Depth == 0 && line.Words is ["request"]);
        var response = lines.FindIndex(line => line.Depth == 0 && line.Words is ["response"]);
        if (request != 1 || response < 0 || lines.FindLastIndex(line => line.Depth == 0) != response)
            throw lines[0].Error($"the API {name} is not a request and then a response", "Write the line 'request', its fields one level deeper, the line 'response' and its fields");
        var all = CollectionsMarshal.AsSpan(lines);
        return new(key, name, lines[0].Location.File,
            MessageParser.Parse(name + "Request", versions, flexible, types, all[2..response], depth: 1),
            MessageParser.Parse(name + "Response", versions, flexible, types, all[(response + 1)..], depth: 1));
    }

    static IEnumerable<RecordSchema> Records(List<SchemaLine> lines, TypeTable types)
    {
        foreach (var (head, fields) in Sections(lines, depth: 0))
        {
            var (type, name, versions, flexible) = Header(head, "record");
            yield return new(type, head.Location.File, MessageParser.Parse(name, versions, flexible, types, CollectionsMarshal.AsSpan(fields), depth: 1));
        }
    }

    static IEnumerable<StateSchema> States(List<SchemaLine> lines, TypeTable types)
    {
        foreach (var (head, body) in Sections(lines, depth: 0))
        {
            if (head.Words is not ["state", var number, var name] || !short.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var type))
                throw head.Error($"'{string.Join(' ', head.Words)}' is not the head of a state log's record", "Write: state NUMBER Name");
            if (Sections(body, depth: 1) is not [({ Words: ["key", ..] } key, var keyFields), ({ Words: ["value", ..] } value, var valueFields)])
                throw head.Error($"the record {name} is not a key and then a value", "Write the line 'key versions LOW-HIGH flexible FIRST+', its fields one level deeper, the line 'value ...' and its fields");
            yield return new(type, name, head.Location.File, Half(key, name + "Key", keyFields, types), Half(value, name + "Value", valueFields, types));
        }
    }

    static MessageSchema Half(SchemaLine head, string name, List<SchemaLine> fields, TypeTable types)
    {
        if (head.Words is not [_, "versions", var versions, "flexible", var flexible])
            throw head.Error($"'{string.Join(' ', head.Words)}' is not the head of a {head.Words[0]}", $"Write: {head.Words[0]} versions LOW-HIGH flexible FIRST+ (or flexible none)");
        var (span, first) = Versions(head, versions, flexible);
        return MessageParser.Parse(name, span, first, types, CollectionsMarshal.AsSpan(fields), depth: 2);
    }

    static IEnumerable<DataSchema> Data(List<SchemaLine> lines, TypeTable types)
    {
        foreach (var (head, fields) in Sections(lines, depth: 0))
        {
            if (head.Words is not ["data", var name, "versions", var versions, "flexible", var flexible])
                throw head.Error($"'{string.Join(' ', head.Words)}' is not the head of data", "Write: data Name versions LOW-HIGH flexible FIRST+ (or flexible none)");
            var (span, first) = Versions(head, versions, flexible);
            yield return new(head.Location.File, MessageParser.Parse(name, span, first, types, CollectionsMarshal.AsSpan(fields), depth: 1));
        }
    }

    /// <summary>Each line at that depth, and the deeper lines below it.</summary>
    static List<(SchemaLine Head, List<SchemaLine> Body)> Sections(List<SchemaLine> lines, int depth)
    {
        var sections = new List<(SchemaLine, List<SchemaLine>)>();
        for (var at = 0; at < lines.Count;)
        {
            var end = lines.FindIndex(at + 1, line => line.Depth <= depth);
            if (end < 0) end = lines.Count;
            sections.Add((lines[at], lines[(at + 1)..end]));
            at = end;
        }
        return sections;
    }

    static (int Number, string Name, VersionSpan Versions, int? Flexible) Header(SchemaLine line, string kind)
    {
        if (line.Depth != 0 || line.Words is not [var word, var number, var name, "versions", var versions, "flexible", var flexible]
            || word != kind || !short.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
            throw line.Error($"'{string.Join(' ', line.Words)}' is not the head of {(kind == "api" ? "an api" : "a record")}", $"Write: {kind} NUMBER Name versions LOW-HIGH flexible FIRST+ (or flexible none)");
        var (span, first) = Versions(line, versions, flexible);
        return (parsed, name, span, first);
    }

    static (VersionSpan Versions, int? Flexible) Versions(SchemaLine line, string versions, string flexible)
    {
        var span = VersionNotation.Parse(versions, line);
        if (span.IsEmpty || span.High == VersionSpan.Open) throw line.Error($"the versions '{versions}' have no end", "Write the lowest and the highest version: 3-13");
        var flexibleSpan = VersionNotation.Parse(flexible, line);
        if (!flexibleSpan.IsEmpty && flexibleSpan.High != VersionSpan.Open) throw line.Error($"the flexible versions '{flexible}' end", "Write the first flexible version with a plus: 9+");
        return (span, flexibleSpan.IsEmpty ? null : flexibleSpan.Low);
    }

    static void RefuseDuplicates(List<ApiSchema> apis, List<RecordSchema> records, List<StateSchema> states)
    {
        if (apis.GroupBy(api => api.Key).FirstOrDefault(group => group.Count() > 1) is { } key)
            throw new SchemaException(new(key.Last().File, 1), $"the API key {key.Key} is already that of {key.First().Name}", "Give each API its own key");
        var numbered = records.Select(record => (record.File, record.Type, record.Message.Name)).Concat(states.Select(state => (state.File, state.Type, state.Name)));
        if (numbered.GroupBy(record => (record.File, record.Type)).FirstOrDefault(group => group.Count() > 1) is { } type)
            throw new SchemaException(new(type.Key.File, 1), $"the record type {type.Key.Type} is already that of {type.First().Name}", "Give each record of a log its own number");
    }
}
