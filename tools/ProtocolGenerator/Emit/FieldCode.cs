using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>A field's property and its default as C#.</summary>
static class FieldCode
{
    /// <summary>
    /// Lists and structs that cannot be null are made when they are first asked for: a message that is read takes no memory for what it does not have.
    /// Such a property has a variable behind it, null for "at the default".
    /// </summary>
    public static bool IsLazy(FieldSchema field) => (field.IsArray || field.Struct is not null) && !field.IsNullable;

    /// <summary>What generated code sets and asks: the variable behind a lazy property, else the property.</summary>
    public static string Storage(FieldSchema field) => IsLazy(field) ? "_" + field.VariableName : field.PropertyName;

    public static string ElementType(FieldSchema field) => field.Struct?.ClassName ?? field.Domain!.CSharpType;

    public static string PropertyType(FieldSchema field) =>
        (field.IsArray ? $"List<{ElementType(field)}>" : ElementType(field)) + (field.IsNullable ? "?" : "");

    /// <summary>The default as an expression for <see cref="Storage"/>.</summary>
    public static string Default(FieldSchema field)
    {
        if (field.DefaultIsNull || IsLazy(field)) return "null";
        if (field.IsArray) return "[]";
        if (field.Struct is not null) return "new()";
        var domain = field.Domain!;
        return domain.Representation switch
        {
            Representation.Plain => PlainDefault(field),
            _ when domain.Encoding == Encoding.String => $"new {domain.Name}(\"\")",
            _ when field.Default is null or "0" => "default",
            Representation.Enum => $"({domain.Name})({field.Default})",
            _ => $"new {domain.Name}({field.Default})",
        };
    }

    /// <summary>The default where C# does not take the type from elsewhere: a small number would be an int there.</summary>
    public static string TypedDefault(FieldSchema field) =>
        field.Domain is { Representation: Representation.Plain, Encoding: Encoding.Int8 or Encoding.Int16 or Encoding.UInt16 }
            ? $"({field.Domain.EncodingType}){Default(field)}"
            : Default(field);

    static string PlainDefault(FieldSchema field) => field.Domain!.Encoding switch
    {
        Encoding.Bool => field.Default ?? "false",
        Encoding.Uuid => "Guid.Empty",
        Encoding.String => "\"\"",
        Encoding.Bytes or Encoding.Records => "ReadOnlyMemory<byte>.Empty",
        _ => field.Default ?? "0",
    };

    /// <summary>Whether C# gives the property its default by itself.</summary>
    public static bool NeedsNoInitializer(FieldSchema field)
    {
        if (IsLazy(field) || field.DefaultIsNull) return true;
        if (field.IsNullable || field.IsArray || field.Domain!.Encoding == Encoding.String) return false;
        return field.Default is null or "0" or "false";
    }

    /// <summary>The condition for the field to have another value than its default.</summary>
    public static string IsNotDefault(FieldSchema field)
    {
        var name = Storage(field);
        if (field.DefaultIsNull) return $"{name} is not null";
        if (field.IsArray) return field.IsNullable ? $"{name} is not {{ Count: 0 }}" : $"{name} is {{ Count: > 0 }}";
        if (field.Struct is not null) return field.IsNullable ? $"{name} is not {{ IsDefault: true }}" : $"{name} is {{ IsDefault: false }}";
        var domain = field.Domain!;
        if (domain.IsBytes) return $"{name} is not {{ Length: 0 }}";
        if (domain.Encoding == Encoding.Bool) return field.Default == "true" ? $"!{name}" : name;
        if (domain.Encoding == Encoding.String)
            return domain.Representation == Representation.Struct ? $"{name} is not {{ Value: \"\" }}" : $"{name} is not \"\"";
        return domain.Representation switch
        {
            Representation.Struct => $"{name}.Value != {(domain.Encoding == Encoding.Uuid ? "Guid.Empty" : field.Default ?? "0")}",
            _ => $"{name} != {Default(field)}",
        };
    }
}
