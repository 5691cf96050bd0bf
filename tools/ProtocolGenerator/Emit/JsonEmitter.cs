using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>
/// The body of a struct's WriteJson: the fields that a version has, with Kafka's names, tagged ones only when they are not at their default:
/// as Kafka's own tools print its records.
/// </summary>
sealed class JsonEmitter(StructSchema target, CodeWriter code)
{
    public void Emit()
    {
        code.Line("json.WriteStartObject();");
        foreach (var field in target.Fields) EmitField(field);
        code.Line("json.WriteEndObject();");
    }

    void EmitField(FieldSchema field)
    {
        var conditions = new[] { VersionCode.Condition(field.Versions, target.Versions), field.Tag is null ? null : Parenthesised(FieldCode.IsNotDefault(field)) };
        var condition = string.Join(" && ", conditions.Where(one => one is not null));
        if (condition.Length > 0) code.Open($"if ({condition})");
        EmitValue(field);
        if (condition.Length > 0) code.Close();
    }

    static string Parenthesised(string expression) => expression.Contains("||", StringComparison.Ordinal) ? $"({expression})" : expression;

    void EmitValue(FieldSchema field)
    {
        var name = field.VariableName;
        if (!field.IsArray && field.Domain is not null && !(field.IsNullable && field.Domain.IsBytes))
        {
            code.Line(Property(field.Domain, name, field.PropertyName, field.IsNullable));
            return;
        }
        code.Line($"json.WritePropertyName(\"{name}\");");
        if (field.IsNullable)
        {
            code.Line($"if ({field.PropertyName} is null) json.WriteNullValue();");
            code.Open("else");
        }
        if (field.IsArray) EmitArray(field);
        else if (field.Struct is not null) code.Line($"{field.PropertyName}.WriteJson(json, version);");
        else code.Line($"json.WriteBase64StringValue({field.PropertyName}.Value.Span);");
        if (field.IsNullable) code.Close();
    }

    void EmitArray(FieldSchema field)
    {
        code.Line("json.WriteStartArray();");
        code.Line($"foreach (var element in {field.PropertyName}) {(field.Struct is not null ? "element.WriteJson(json, version);" : Element(field.Domain!))}");
        code.Line("json.WriteEndArray();");
    }

    static string Property(DomainType domain, string name, string value, bool nullable) => domain.Encoding switch
    {
        Encoding.Bool => $"json.WriteBoolean(\"{name}\", {value});",
        Encoding.Uuid => $"json.WriteString(\"{name}\", {value}.ToString());",
        Encoding.Bytes or Encoding.Records => $"json.WriteBase64String(\"{name}\", {value}.Span);",
        Encoding.String => $"json.WriteString(\"{name}\", {(domain.Representation == Representation.Struct ? $"{value}{(nullable ? "?" : "")}.Value" : value)});",
        _ => $"json.WriteNumber(\"{name}\", {Number(domain, value)});",
    };

    static string Element(DomainType domain) => domain.Encoding switch
    {
        Encoding.String or Encoding.Uuid => $"json.WriteStringValue({(domain.Representation == Representation.Plain && domain.Encoding == Encoding.String ? "element" : "element.ToString()")});",
        _ => $"json.WriteNumberValue({Number(domain, "element")});",
    };

    static string Number(DomainType domain, string value) => domain.Representation switch
    {
        Representation.Enum => $"({domain.EncodingType}){value}",
        Representation.Struct => $"{value}.Value",
        _ => value,
    };
}
