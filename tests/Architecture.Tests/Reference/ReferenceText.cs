using System.Reflection;
using System.Runtime.CompilerServices;

namespace Semel.Architecture.Tests.Reference;

/// <summary>The reference of an assembly as Markdown: each public type, and of its members what is said of them.</summary>
sealed class ReferenceText(Assembly assembly, Documentation documentation)
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public IEnumerable<string> Lines()
    {
        yield return $"# {assembly.GetName().Name}";
        yield return "";
        yield return "Made from the documentation in the sources. What each type looks like whole is in `docs/api`.";
        foreach (var space in assembly.GetExportedTypes().GroupBy(type => type.Namespace).OrderBy(space => space.Key, StringComparer.Ordinal))
        {
            yield return "";
            yield return $"## {space.Key}";
            foreach (var type in space.OrderBy(CSharp.Name, StringComparer.Ordinal))
                foreach (var line in OfType(type)) yield return line;
        }
    }

    IEnumerable<string> OfType(Type type)
    {
        yield return "";
        yield return $"### {CSharp.Name(type)}";
        yield return "";
        var id = DocumentationId.Of(type);
        if (documentation.Summary(id) is { Length: > 0 } summary) yield return summary;
        if (type.IsEnum) yield return "";
        var rows = Members(type).Select(member => Row(type, member)).Where(row => row.Text.Length > 0)
            .OrderBy(row => row.Order).ThenBy(row => row.Signature, StringComparer.Ordinal).ToList();
        if (rows.Count == 0) yield break;
        if (!type.IsEnum) yield return "";
        yield return "| | |";
        yield return "|---|---|";
        foreach (var (_, signature, text) in rows) yield return $"| `{signature.Replace("|", "\\|")}` | {text} |";
    }

    static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared).Where(member => member switch
    {
        Type => false,
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) && member is not PropertyInfo and not EventInfo => false,
        MethodInfo { IsSpecialName: true } method => method.Name is "op_Implicit" or "op_Explicit",
        FieldInfo field => !field.IsSpecialName,
        _ => true,
    });

    /// <summary>The text is empty when nothing is said of it.</summary>
    (long Order, string Signature, string Text) Row(Type type, MemberInfo member)
    {
        var id = DocumentationId.Of(member);
        var order = type.IsEnum ? Convert.ToInt64(((FieldInfo)member).GetRawConstantValue()) : member is ConstructorInfo ? 0 : 1;
        var said = documentation.Summary(id);
        // A record's or a class's head is documented as its constructor, too.
        if (member is ConstructorInfo && said == documentation.Summary(DocumentationId.Of(type))) said = "";
        // What a record has by its head is told of its parameters.
        if (said.Length == 0 && member is PropertyInfo property) said = documentation.Parameter(DocumentationId.Of(type), property.Name);
        var parts = new List<string>();
        if (said.Length > 0) parts.Add(said);
        if (member is MethodBase && !(member is ConstructorInfo && said.Length == 0))
        {
            parts.AddRange(documentation.Parameters(id).Select(parameter => $"`{parameter.Name}`: {parameter.Text}"));
            if (documentation.Returns(id) is { Length: > 0 } returns) parts.Add($"Returns: {returns}");
        }
        parts.AddRange(documentation.Exceptions(id).Select(thrown => $"Throws `{thrown.Type}`: {thrown.Text}"));
        return (order, CSharp.Signature(member), string.Join("<br>", parts));
    }
}
