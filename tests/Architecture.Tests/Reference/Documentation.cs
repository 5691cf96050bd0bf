using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Semel.Architecture.Tests.Reference;

/// <summary>What the sources say of an assembly's members, as Markdown of one line each.</summary>
sealed partial class Documentation(string file)
{
    readonly Dictionary<string, XElement> _members = XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>The summary; empty when there is none.</summary>
    public string Summary(string id) => Part(id, "summary");

    /// <summary>What a method returns, or a property is; empty when nothing is said.</summary>
    public string Returns(string id) => Part(id, "returns");

    /// <summary>What is said of a parameter of a type or method.</summary>
    public string Parameter(string id, string name) => Find(id)?.Elements("param").FirstOrDefault(one => one.Attribute("name")?.Value == name) is { } found
        ? Text(found) : "";

    public IEnumerable<(string Name, string Text)> Parameters(string id) =>
        (Find(id)?.Elements("param") ?? []).Select(one => (one.Attribute("name")!.Value, Text(one)));

    public IEnumerable<(string Type, string Text)> Exceptions(string id) =>
        Inherited(id, "exception").Select(one => (Short(one.Attribute("cref")?.Value ?? ""), Text(one)));

    string Part(string id, string part) => Inherited(id, part).FirstOrDefault() is { } found ? Text(found) : "";

    XElement? Find(string id) => _members.GetValueOrDefault(id);

    /// <summary>The member's own, or those of the member that it names.</summary>
    IEnumerable<XElement> Inherited(string id, string part, int depth = 0)
    {
        if (Find(id) is not { } member || depth > 5) return [];
        var own = member.Elements(part).ToList();
        return own.Count > 0 ? own : member.Elements("inheritdoc").Select(one => one.Attribute("cref")?.Value).OfType<string>()
            .SelectMany(from => Inherited(from, part, depth + 1)).ToList();
    }

    static string Text(XElement element) => Blanks().Replace(string.Concat(element.Nodes().Select(Text)), " ").Trim().Replace("|", "\\|");

    static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" } see => $"`{see.Attribute("langword")?.Value ?? Short(see.Attribute("cref")?.Value ?? "")}`",
        XElement { Name.LocalName: "paramref" or "typeparamref" } named => $"`{named.Attribute("name")?.Value}`",
        XElement { Name.LocalName: "c" or "code" } code => $"`{code.Value}`",
        XElement other => string.Concat(other.Nodes().Select(Text)) + " ",
        _ => "",
    };

    /// <summary>A name without its namespace, its parameters and the marks of generics.</summary>
    static string Short(string id)
    {
        var name = id.Length > 1 && id[1] == ':' ? id[2..] : id;
        name = Marks().Replace(name.Split('(')[0], "");
        var parts = name.Split('.');
        return id.StartsWith("T:", StringComparison.Ordinal) ? parts[^1] : string.Join('.', parts.TakeLast(2));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"`+\d+|~.*")]
    private static partial Regex Marks();
}
