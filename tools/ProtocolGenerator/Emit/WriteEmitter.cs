using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>The body of a struct's Write: the fields in wire order, then the tagged fields that are not at their default.</summary>
sealed class WriteEmitter(MessageSchema message, StructSchema target, CodeWriter code)
{
    public void Emit()
    {
        foreach (var field in target.UntaggedFields) EmitUntagged(field);
        foreach (var field in target.TaggedFields.Where(field => !field.IsIgnorable))
            if (VersionCode.NegatedCondition(field.Versions, target.Versions) is { } lacking)
                EmitRefusal(field, $"{lacking} && ");
        EmitTaggedSection();
    }

    void EmitUntagged(FieldSchema field)
    {
        if (VersionCode.Condition(field.Versions, target.Versions) is not { } condition)
        {
            EmitValue(field);
            return;
        }
        if (IsOneCall(field)) code.Line($"if ({condition}) {Call(field)}");
        else
        {
            code.Open($"if ({condition})");
            EmitValue(field);
            code.Close();
        }
        if (!field.IsIgnorable) EmitRefusal(field, "", "else ");
    }

    void EmitRefusal(FieldSchema field, string condition, string before = "") =>
        code.Line($"{before}if ({condition}{FieldCode.IsNotDefault(field)}) throw WireWriter.NotInVersion(\"{target.Name}.{field.PropertyName}\", version);");

    void EmitValue(FieldSchema field)
    {
        if (field.IsNullable && VersionCode.NegatedCondition(field.NullableVersions, field.Versions) is { } notNull)
            code.Line($"if ({notNull} && {field.PropertyName} is null) throw {NullNotAllowed(field)};");
        if (field.IsArray) EmitArray(field);
        else if (field.Struct is not null) EmitStruct(field);
        else code.Line(Call(field));
    }

    static bool IsOneCall(FieldSchema field) =>
        !field.IsArray && field.Domain is not null && (!field.IsNullable || field.NullableVersions.Covers(field.Versions));

    string Call(FieldSchema field) => Call(field.Domain!, Raw(field), VersionCode.Flexible(message, field.Versions));

    string NullNotAllowed(FieldSchema field) => $"WireWriter.NullNotAllowed(\"{target.Name}.{field.PropertyName}\", version)";

    void EmitArray(FieldSchema field)
    {
        var storage = FieldCode.Storage(field);
        var flexible = VersionCode.Flexible(message, field.Versions);
        code.Line($"writer.WriteArrayLength({storage}?.Count ?? {(field.IsNullable ? "-1" : "0")}, {flexible});");
        var element = field.Struct is not null
            ? "element.Write(writer, version);"
            : Call(field.Domain!, Unwrap(field.Domain!, "element") + (field.Domain!.Encoding == Encoding.String ? $" ?? throw {NullNotAllowed(field)}" : ""), flexible);
        code.Line($"if ({storage} is not null)");
        code.Line($"    foreach (var element in {storage}) {element}");
    }

    void EmitStruct(FieldSchema field)
    {
        if (!field.IsNullable)
        {
            code.Line($"{field.PropertyName}.Write(writer, version);");
            return;
        }
        var marked = VersionCode.Condition(field.NullableVersions, field.Versions);
        var mark = field.Tag is null
            ? $"writer.WriteInt8({field.PropertyName} is null ? (sbyte)-1 : (sbyte)1);"
            : $"writer.WriteUnsignedVarint({field.PropertyName} is null ? 0u : 1u);";
        code.Line(marked is null ? mark : $"if ({marked}) {mark}");
        code.Line($"{field.PropertyName}?.Write(writer, version);");
    }

    string Raw(FieldSchema field)
    {
        var domain = field.Domain!;
        if (field.IsNullable) return domain.Representation == Representation.Struct ? $"{field.PropertyName}?.Value" : field.PropertyName;
        var raw = Unwrap(domain, field.PropertyName);
        return domain.Encoding == Encoding.String ? $"{raw} ?? throw {NullNotAllowed(field)}" : raw;
    }

    static string Unwrap(DomainType domain, string value) => domain.Representation switch
    {
        Representation.Enum => $"({domain.EncodingType}){value}",
        Representation.Struct => $"{value}.Value",
        _ => value,
    };

    static string Call(DomainType domain, string value, string flexible) =>
        $"writer.Write{DomainCode.Method(domain)}({value}{(domain.HasLength ? $", {flexible}" : "")});";

    void EmitTaggedSection()
    {
        var flexible = VersionCode.Flexible(message, target.Versions);
        if (flexible == "false") return;
        var tagged = target.TaggedFields.ToList();
        if (tagged.Count == 0)
        {
            code.Line($"{(flexible == "true" ? "" : "if (flexible) ")}writer.WriteUnsignedVarint(0);");
            return;
        }
        if (flexible != "true") code.Line("if (!flexible) return;");
        var flexibleVersions = target.Versions.Intersect(new(message.FirstFlexibleVersion!.Value, VersionSpan.Open));
        foreach (var field in tagged)
        {
            var condition = VersionCode.Condition(field.Versions, flexibleVersions);
            code.Line($"var writes{field.PropertyName} = {(condition is null ? "" : condition + " && ")}{FieldCode.IsNotDefault(field)};");
        }
        code.Line($"writer.WriteUnsignedVarint({string.Join(" + ", tagged.Select(field => $"(writes{field.PropertyName} ? 1u : 0u)"))});");
        foreach (var field in tagged) EmitTagged(field);
    }

    void EmitTagged(FieldSchema field)
    {
        code.Open($"if (writes{field.PropertyName})");
        code.Line($"var start = writer.BeginTaggedField({field.Tag});");
        EmitValue(field);
        code.Line("writer.EndTaggedField(start);");
        code.Close();
    }
}
