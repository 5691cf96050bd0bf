using System.Reflection;

namespace Semel.Architecture.Tests.Reference;

/// <summary>Types and members as a C# programmer writes them, without namespaces.</summary>
static class CSharp
{
    static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(short)] = "short", [typeof(int)] = "int", [typeof(long)] = "long",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(string)] = "string", [typeof(object)] = "object", [typeof(char)] = "char",
            [typeof(ulong)] = "ulong",
    };

    public static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Name(underlying)}?";
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        var name = type.Name.Split('`')[0];
        if (type.IsNested && !type.IsGenericParameter) name = $"{Name(type.DeclaringType!)}.{name}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }

    public static string Signature(MemberInfo member) => member switch
    {
        ConstructorInfo made => $"new {Name(made.DeclaringType!)}({Parameters(made)})",
        MethodInfo { Name: "op_Implicit" or "op_Explicit" } method => $"({Name(method.ReturnType)}){Name(method.GetParameters()[0].ParameterType)}",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}{(method.IsGenericMethod ? $"<{string.Join(", ",
            method.GetGenericArguments().Select(Name))}>" : "")}({Parameters(method)})",
        PropertyInfo property => $"{Name(property.PropertyType)} {(property.GetIndexParameters() is { Length: > 0 } index ? $"this[{string.Join(", ", index
            .Select(Text))}]" : property.Name)}",
        EventInfo happening => $"event {Name(happening.EventHandlerType!)} {happening.Name}",
        FieldInfo { DeclaringType.IsEnum: true } field => field.Name,
        FieldInfo field => $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        _ => member.Name,
    };

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Text));

    static string Text(ParameterInfo parameter)
    {
        var by = parameter.ParameterType.IsByRef ? parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref " : "";
        return $"{by}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter.DefaultValue)}" : "")}";
    }

    static string Default(object? value) => value switch { null => "default", bool flag => flag ? "true" : "false", string text => $"\"{text}\"", _ =>
        $"{value}" };
}
