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
