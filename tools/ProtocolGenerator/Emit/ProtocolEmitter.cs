using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>All generated files of the protocol assembly, by their path within it.</summary>
public static class ProtocolEmitter
{
    const string Namespace = "Semel.Protocol.Messages";

    /// <summary>The folders that hold generated files.</summary>
    public static readonly IReadOnlyList<string> Folders = ["Messages", "Wire"];

    public static SortedDictionary<string, string> Emit(SchemaSet schemas)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Messages/ApiTable.g.cs"] = TableEmitter.ApiTable(schemas),
            ["Messages/StateLogs.g.cs"] = TableEmitter.StateLogs(schemas),
            ["Wire/FlexibleVersions.g.cs"] = TableEmitter.FlexibleVersions(schemas),
        };
        foreach (var api in schemas.Apis)
        {
            files.Add($"Messages/{api.Request.Name}.g.cs", MessageEmitter.Request(api, Namespace));
            files.Add($"Messages/{api.Response.Name}.g.cs", MessageEmitter.Response(api, Namespace));
        }
        foreach (var record in schemas.Records)
            files.Add($"Messages/{record.Message.Name}.g.cs", MessageEmitter.Record(record, Namespace));
        foreach (var state in schemas.States)
        {
            files.Add($"Messages/{state.Key.Name}.g.cs", MessageEmitter.StateKey(state, Namespace));
            files.Add($"Messages/{state.Value.Name}.g.cs", MessageEmitter.StateValue(state, Namespace));
        }
        foreach (var data in schemas.Data)
            files.Add($"Messages/{data.Message.Name}.g.cs", MessageEmitter.Data(data, Namespace));
        return files;
    }

    /// <summary>Only the classes of log records, for schema files that belong to another assembly.</summary>
    public static SortedDictionary<string, string> EmitRecords(SchemaSet schemas, string @namespace) =>
        new(schemas.Records.ToDictionary(record => $"{record.Message.Name}.g.cs", record => MessageEmitter.Record(record, @namespace)), StringComparer.Ordinal);
}
