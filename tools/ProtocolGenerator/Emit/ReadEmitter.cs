using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>The body of a struct's Read: the fields in wire order, then the section of tagged fields.</summary>
sealed class ReadEmitter(MessageSchema message, StructSchema target, CodeWriter code)
{
    public void Emit()
    {
        foreach (var field in target.UntaggedFields) EmitUntagged(field);
        foreach (var field in target.TaggedFields) code.Line($"{FieldCode.Storage(field)} = {FieldCode.Default(field)};");
        EmitTaggedSection();
    }

    void EmitUntagged(FieldSchema field)
    {
        var condition = VersionCode.Condition(field.Versions, target.Versions);
        var storage = FieldCode.Storage(field);
        if (!field.IsArray && field.Domain is not null)
        {
            var value = DomainValue(field, "reader", conditional: condition is not null);
            code.Line(condition is null ? $"{storage} = {value};" : $"{storage} = {condition} ? {value} : {FieldCode.TypedDefault(field)};");
            return;
        }
        code.Open(condition is null ? null : $"if ({condition})");
        EmitCompound(field, "reader");
        code.Close();
        if (condition is not null) code.Line($"else {storage} = {FieldCode.Default(field)};");
    }

    void EmitCompound(FieldSchema field, string reader)
    {
        if (field.IsArray) EmitArray(field, reader);
        else EmitStruct(field, reader);
    }

    void EmitArray(FieldSchema field, string reader)
    {
        var flexible = VersionCode.Flexible(message, field.Versions);
        var empty = field.IsNullable ? "count < 0" : "count == 0";
        code.Line($"var count = {reader}.ReadArrayLength({flexible}, {SmallestSizes.OfElement(message, field)});");
        if (VersionCode.NegatedCondition(field.NullableVersions, field.Versions) is { } notNull)
            code.Line($"if ({(notNull == "true" ? "" : notNull + " && ")}count < 0) throw WireReader.NullNotAllowed(\"{target.Name}.{field.PropertyName}\");");
        code.Line($"var list = {empty} ? null : WireReader.NewList<{FieldCode.ElementType(field)}>(count);");
        if (field.Struct is not null)
        {
            code.Open("for (; count > 0; count--)");
            code.Line($"var element = new {field.Struct.ClassName}();");
            code.Line($"element.Read(ref {reader}, version);");
            code.Line("list!.Add(element);");
            code.Close();
        }
        else code.Line($"for (; count > 0; count--) list!.Add({Element(field, reader, flexible)});");
        code.Line($"{FieldCode.Storage(field)} = list;");
    }

    static string Element(FieldSchema field, string reader, string flexible)
    {
        var call = $"{reader}.Read{DomainCode.Method(field.Domain!)}";
        return Wrap(field.Domain!, field.Domain!.HasLength ? $"{call}({flexible})" : $"{call}()");
    }

    void EmitStruct(FieldSchema field, string reader)
    {
        var storage = FieldCode.Storage(field);
        if (field.IsNullable)
        {
            var nullable = VersionCode.Condition(field.NullableVersions, field.Versions);
            // Kafka marks a struct that may be null in two ways: as a tagged field it has an unsigned varint in front, 0 for null, else a byte, -1 for null.
            var isNull = field.Tag is null ? $"{reader}.ReadInt8() < 0" : $"(int){reader}.ReadUnsignedVarint() <= 0";
            code.Line($"if ({(nullable is null ? "" : nullable + " && ")}{isNull}) {storage} = null;");
            code.Open("else");
        }
        code.Line($"var value = new {field.Struct!.ClassName}();");
        code.Line($"value.Read(ref {reader}, version);");
        code.Line($"{storage} = value;");
        if (field.IsNullable) code.Close();
    }

    static string Parenthesised(string expression, bool when) => when ? $"({expression})" : expression;

    /// <param name="conditional">The value becomes one branch of a conditional expression.</param>
    string DomainValue(FieldSchema field, string reader, bool conditional)
    {
        var domain = field.Domain!;
        var method = DomainCode.Method(domain);
        if (!domain.HasLength) return Wrap(domain, $"{reader}.Read{method}()");
        var flexible = VersionCode.Flexible(message, field.Versions);
        if (!field.IsNullable) return Wrap(domain, $"{reader}.Read{method}({flexible})");
        var raw = VersionCode.Condition(field.NullableVersions, field.Versions) is { } nullable
            ? Parenthesised($"{nullable} ? {reader}.ReadNullable{method}({flexible}) : {reader}.Read{method}({flexible})", when: conditional || domain.Representation != Representation.Plain)
            : $"{reader}.ReadNullable{method}({flexible})";
        return domain.Representation == Representation.Plain
            ? raw
            : Parenthesised($"{raw} is {{ }} {field.VariableName}Value ? new {domain.Name}({field.VariableName}Value) : null", when: conditional);
    }

    static string Wrap(DomainType domain, string raw) => domain.Representation switch
    {
        Representation.Enum => $"({domain.Name}){raw}",
        Representation.Struct => $"new {domain.Name}({raw})",
        _ => raw,
    };

    void EmitTaggedSection()
    {
        var flexible = VersionCode.Flexible(message, target.Versions);
        if (flexible == "false") return;
        var known = target.TaggedFields.ToList();
        if (known.Count == 0)
        {
            code.Line(flexible == "true" ? "reader.SkipTaggedFields();" : "if (flexible) reader.SkipTaggedFields();");
            return;
        }
        if (flexible != "true") code.Line("if (!flexible) return;");
        code.Line("var lastTag = -1;");
        code.Open("for (var left = reader.ReadTagCount(); left > 0; left--)");
        code.Line("var tag = reader.ReadUnsignedVarint();");
        code.Line("var tagged = reader.SliceTaggedField();");
        code.Open("switch (tag)");
        foreach (var field in known) EmitTagged(field);
        code.Close();
        code.Close();
    }

    void EmitTagged(FieldSchema field)
    {
        var flexibleVersions = target.Versions.Intersect(new(message.FirstFlexibleVersion!.Value, VersionSpan.Open));
        var condition = VersionCode.Condition(field.Versions, flexibleVersions);
        code.Open($"case {field.Tag}{(condition is null ? "" : $" when {condition}")}:");
        code.Line($"lastTag = WireReader.NextTag({field.Tag}, lastTag);");
        if (!field.IsArray && field.Domain is not null) code.Line($"{FieldCode.Storage(field)} = {DomainValue(field, "tagged", conditional: false)};");
        else EmitCompound(field, "tagged");
        code.Line($"tagged.RequireEnd(\"{target.Name}.{field.PropertyName}\");");
        code.Line("break;");
        code.Close();
    }
}
