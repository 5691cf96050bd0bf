using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>One line of a schema file that says something: how deep it is indented, and its words.</summary>
public sealed record SchemaLine(SchemaLocation Location, int Depth, string[] Words)
{
    const int SpacesPerLevel = 2;

    /// <summary>The lines of a file without comments and empty lines.</summary>
    public static List<SchemaLine> Split(string file, string text)
    {
        var lines = new List<SchemaLine>();
        var number = 0;
        foreach (var whole in text.Split('\n'))
        {
            var location = new SchemaLocation(file, ++number);
            var line = WithoutComment(whole).TrimEnd();
            if (line.Length == 0) continue;
            if (line.Contains('\t')) throw new SchemaException(location, "a tab character", "Indent and separate with spaces");
            var indent = line.Length - line.TrimStart(' ').Length;
            if (indent % SpacesPerLevel != 0)
                throw new SchemaException(location, $"an indentation of {indent} spaces", $"Indent by {SpacesPerLevel} spaces a level");
            lines.Add(new(location, indent / SpacesPerLevel, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        }
        return lines;
    }

    static string WithoutComment(string line)
    {
        var comment = line.IndexOf('#');
        return comment < 0 ? line : line[..comment];
    }

    public SchemaException Error(string reason, string remedy) => new(Location, reason, remedy);
}
