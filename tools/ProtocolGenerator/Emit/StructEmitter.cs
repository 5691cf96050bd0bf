using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>The members of a message's class or of one of its structs' classes.</summary>
sealed class StructEmitter(MessageSchema message, StructSchema target, bool tellsJson, CodeWriter code)
{
    /// <param name="access">Of Read and Write: a struct of a message is read and written by its message only.</param>
    /// <param name="versionCheck">A statement that refuses versions the message does not have; null in a struct.</param>
    public void Emit(string access, string? versionCheck)
    {
        foreach (var field in target.Fields.Where(FieldCode.IsLazy))
            code.Line($"{FieldCode.PropertyType(field)}? {FieldCode.Storage(field)};");
        if (target.Fields.Exists(FieldCode.IsLazy)) code.Line();
        foreach (var field in target.Fields) EmitProperty(field);
        EmitDefault();
        EmitMethod($"{access} void Read(ref WireReader reader, short version)", versionCheck, body => new ReadEmitter(message, target, body).Emit());
        code.Line();
        EmitMethod($"{access} void Write(WireWriter writer, short version)", versionCheck, body => new WriteEmitter(message, target, body).Emit());
        if (!tellsJson) return;
        code.Line();
        EmitMethod($"{access} void WriteJson(Utf8JsonWriter json, short version)", versionCheck, body => new JsonEmitter(target, body).Emit());
    }

    const string Slice = "When read, a slice of the buffer that the message was read from: whoever keeps it longer than that buffer copies it.";

    void EmitProperty(FieldSchema field)
    {
        var remarks = string.Join(' ', new[] { Remark(field), field.Domain is { IsBytes: true } ? Slice : "" }.Where(remark => remark.Length > 0));
        if (remarks.Length > 0) code.Line($"/// <summary>{remarks}</summary>");
        var type = FieldCode.PropertyType(field);
        if (FieldCode.IsLazy(field))
            code.Line($"public {type} {field.PropertyName} {{ get => {FieldCode.Storage(field)} ??= {(field.IsArray ? "[]" : "new()")}; set => {FieldCode.Storage(field)} = value; }}");
        else
            code.Line($"public {type} {field.PropertyName} {{ get; set; }}{(FieldCode.NeedsNoInitializer(field) ? "" : $" = {FieldCode.Default(field)};")}");
        code.Line();
    }

    /// <summary>In which versions the field is, and what happens to its value in the others.</summary>
    string Remark(FieldSchema field)
    {
        if (field.Versions.Covers(target.Versions)) return "";
        var versions = field.Versions.High >= target.Versions.High ? $"Since version {field.Versions.Low}"
            : field.Versions.Low <= target.Versions.Low ? $"Up to version {field.Versions.High}"
            : $"Versions {field.Versions}";
        return versions + (field.IsIgnorable ? "; left out of the others." : "; must be at its default in the others.");
    }

    void EmitDefault()
    {
        if (!target.IsSingle) return;
        var other = target.Fields.Select(FieldCode.IsNotDefault);
        code.Line($"internal bool IsDefault => !({string.Join(" || ", other)});");
        code.Line();
    }

    void EmitMethod(string signature, string? versionCheck, Action<CodeWriter> emitBody)
    {
        code.Open(signature);
        if (versionCheck is not null) code.Line(versionCheck);
        var body = new CodeWriter(code.Depth);
        emitBody(body);
        if (UsesFlexible(body.ToString())) code.Line($"var flexible = version >= {message.FirstFlexibleVersion};");
        code.Append(body);
        code.Close();
    }

    static bool UsesFlexible(string body) => body.Contains("(flexible", StringComparison.Ordinal)
        || body.Contains(" flexible)", StringComparison.Ordinal) || body.Contains("(!flexible)", StringComparison.Ordinal);
}
