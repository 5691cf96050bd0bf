using System.Reflection;
using System.Runtime.CompilerServices;

namespace Semel.Architecture.Tests;

/// <summary>What users of an assembly can write against, a line for each type and member, in an order that does not depend on the compiler.</summary>
static class PublicSurface
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Lines);

    static IEnumerable<string> Lines(Type type)
    {
        yield return $"{Kind(type)} {Name(type)}{Bases(type)}";
        foreach (var member in type.GetMembers(Declared).Where(member => !IsMadeByCompiler(member)).Select(member => Text(type, member)).OfType<string>().Order(StringComparer.Ordinal)) yield return $"    {member}";
    }

    static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    /// <summary>Without the interfaces that come with another one, and those that every record has.</summary>
    static string Bases(Type type)
    {
        var all = type.GetInterfaces();
        var inherited = all.SelectMany(each => each.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []).ToHashSet();
        var bases = all.Where(each => each.IsVisible && !inherited.Contains(each) && !(each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEquatable<>))).Select(Name).Order(StringComparer.Ordinal).ToList();
        if (type is { IsClass: true, BaseType: { } parent } && parent != typeof(object) && parent != typeof(MulticastDelegate)) bases.Insert(0, Name(parent));
        return bases.Count == 0 || type.IsEnum ? "" : $" : {string.Join(", ", bases)}";
    }

    static bool IsMadeByCompiler(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) && member is not PropertyInfo and not EventInfo
        || member.Name is "EqualityContract" or "<Clone>$" or "PrintMembers" or "GetHashCode" or "ToString" or "Equals" or "op_Equality" or "op_Inequality" or "Deconstruct" or "value__";

    static string? Text(Type type, MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field when type.IsEnum => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}",
        FieldInfo field when IsSeen(field.Attributes.HasFlag(FieldAttributes.Public), field.IsFamily, field.IsFamilyOrAssembly) =>
            $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue() ?? "null"}" : "")}",
        ConstructorInfo made when IsSeen(made) && !made.IsStatic => $"new({Parameters(made)})",
        PropertyInfo property when Seen(property) is { Count: > 0 } accessors =>
            $"{(accessors[0].IsStatic ? "static " : "")}{Name(property.PropertyType)} {(property.GetIndexParameters() is { Length: > 0 } index ? $"this[{string.Join(", ", index.Select(Text))}]" : property.Name)} {{ {string.Join(" ", accessors.Select(Accessor))} }}",
        EventInfo happening when happening.AddMethod is { } add && IsSeen(add) => $"event {Name(happening.EventHandlerType!)} {happening.Name}",
        MethodInfo method when IsSeen(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
            $"{(method.IsStatic ? "static " : method.IsAbstract && !type.IsInterface ? "abstract " : "")}{Name(method.ReturnType)} {method.Name}{Generics(method.GetGenericArguments())}({Parameters(method)})",
        _ => null,
    };

    static bool IsSeen(MethodBase method) => IsSeen(method.IsPublic, method.IsFamily, method.IsFamilyOrAssembly);
    static bool IsSeen(bool isPublic, bool isFamily, bool isFamilyOrAssembly) => isPublic || isFamily || isFamilyOrAssembly;
    static List<MethodInfo> Seen(PropertyInfo property) => [.. property.GetAccessors(nonPublic: true).Where(IsSeen)];

    static string Accessor(MethodInfo accessor) =>
        accessor.ReturnType != typeof(void) ? "get;" : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;";

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Text));

    static string Text(ParameterInfo parameter)
    {
        var by = parameter.ParameterType.IsByRef ? parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref " : "";
        return $"{by}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}";
    }

    static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Name(underlying)}?";
        if (type.IsGenericParameter) return type.Name;
        var name = type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true ? type.Name : $"{type.Namespace}.{type.Name}";
        return type.IsGenericType ? name.Split('`')[0] + Generics(type.GetGenericArguments()) : name;
    }

    static string Generics(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";
}
