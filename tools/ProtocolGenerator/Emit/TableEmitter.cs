using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>The tables over all APIs.</summary>
public static class TableEmitter
{
    public static string ApiTable(SchemaSet schemas)
    {
        var code = new CodeWriter();
        MessageEmitter.Head(code, "Schemas");
        code.Line("namespace Semel.Protocol.Messages;");
        code.Line();
        code.Line("/// <summary>Every API that this assembly can read and write, in all the versions it can; a broker may offer less. Immutable.</summary>");
        code.Open("public static class ApiTable");
        foreach (var api in schemas.Apis)
            code.Line($"static readonly ApiDescription {api.Name} = new(ApiKey.{api.Name}, new({api.Request.Versions.Low}, {api.Request.Versions.High}), static () => new {api.Request.Name}(), static () => new {api.Response.Name}());");
        code.Line();
        code.Line("/// <summary>In the order of the keys.</summary>");
        code.Line($"public static IReadOnlyList<ApiDescription> All {{ get; }} = [{string.Join(", ", schemas.Apis.Select(api => api.Name))}];");
        code.Line();
        code.Line("/// <summary>Null when the key is not one of ours: unknown, or an API that is not implemented.</summary>");
        code.Open("public static ApiDescription? Find(ApiKey key) => key switch");
        foreach (var api in schemas.Apis) code.Line($"ApiKey.{api.Name} => {api.Name},");
        code.Line("_ => null,");
        code.Close(";");
        code.Close();
        return code.ToString();
    }

    public static string StateLogs(SchemaSet schemas)
    {
        var code = new CodeWriter();
        MessageEmitter.Head(code, "Schemas/StateLogs");
        code.Line("using Semel.Protocol.Wire;");
        code.Line();
        code.Line("namespace Semel.Protocol.Messages;");
        code.Line();
        code.Line("/// <summary>The logs of Kafka's own in which coordinators keep their state, and the kinds of records in each. Immutable.</summary>");
        code.Open("public static class StateLogs");
        var logs = schemas.States.GroupBy(state => state.Log).ToList();
        foreach (var log in logs)
        {
            code.Line($"public static StateLog {log.Key} {{ get; }} = new(\"{Topic(log.Key)}\",");
            foreach (var state in log.OrderBy(state => state.Type))
                code.Line($"    StateRecordKind.Of<{state.Key.Name}, {state.Value.Name}>(\"{state.Name}\"){(state == log.MaxBy(other => other.Type) ? ");" : ",")}");
            code.Line();
        }
        code.Line($"public static IReadOnlyList<StateLog> All {{ get; }} = [{string.Join(", ", logs.Select(log => log.Key))}];");
        code.Close();
        return code.ToString();
    }

    /// <summary>ConsumerOffsets is __consumer_offsets.</summary>
    static string Topic(string log) => "_" + string.Concat(log.Select(letter => char.IsAsciiLetterUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : $"{letter}"));

    public static string FlexibleVersions(SchemaSet schemas)
    {
        var code = new CodeWriter();
        MessageEmitter.Head(code, "Schemas");
        code.Line("namespace Semel.Protocol.Wire;");
        code.Line();
        code.Line("/// <summary>The first version of each API with compact lengths and tagged fields (KIP-482): headers depend on it as well as bodies.</summary>");
        code.Open("public static class FlexibleVersions");
        code.Line("/// <summary>Null when no version is flexible or the API is not one of ours.</summary>");
        code.Open("public static short? First(ApiKey key) => key switch");
        foreach (var api in schemas.Apis.Where(api => api.Request.FirstFlexibleVersion is not null))
            code.Line($"ApiKey.{api.Name} => {api.Request.FirstFlexibleVersion},");
        code.Line("_ => null,");
        code.Close(";");
        code.Close();
        return code.ToString();
    }
}
