using System.Reflection;

namespace Semel.Architecture.Tests.Reference;

/// <summary>By which name the compiler writes down what is said of a member.</summary>
static class DocumentationId
{
    public static string Of(Type type) => $"T:{Name(type)}";

    public static string Of(MemberInfo member) => member switch
    {
        Type type => Of(type),
        ConstructorInfo made => $"M:{Name(made.DeclaringType!)}.#ctor{Parameters(made.GetParameters())}",
        MethodInfo method => $"M:{Name(method.DeclaringType!)}.{method.Name}{(method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "")}{Parameters(method.GetParameters())}{(method.Name is "op_Implicit" or "op_Explicit" ? $"~{Argument(method.ReturnType)}" : "")}",
        PropertyInfo property => $"P:{Name(property.DeclaringType!)}.{property.Name}{Parameters(property.GetIndexParameters())}",
        EventInfo happening => $"E:{Name(happening.DeclaringType!)}.{happening.Name}",
        _ => $"F:{Name(member.DeclaringType!)}.{member.Name}",
    };

    static string Parameters(ParameterInfo[] parameters) => parameters.Length == 0 ? ""
        : $"({string.Join(',', parameters.Select(parameter => Argument(parameter.ParameterType)))})";

    static string Name(Type type) => type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : $"{type.Namespace}.{type.Name}";

    static string Argument(Type type)
    {
        if (type.IsByRef) return Argument(type.GetElementType()!) + "@";
        if (type.IsArray) return Argument(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter) return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        if (!type.IsGenericType) return Name(type);
        return $"{Name(type).Split('`')[0]}{{{string.Join(',', type.GetGenericArguments().Select(Argument))}}}";
    }
}
