using System.Globalization;
using System.Text;

namespace Semel.Cli.Arguments;

/// <summary>
/// Lines of a properties file as Java reads them, and so as Kafka's tools and clients do: a name ends at an equals sign, a colon or a blank; '#' and '!'
/// begin a comment; a backslash at
/// the end of a line joins it with the next, and elsewhere takes the meaning from what follows or stands for \\t, \\n, \\r, \\f or \\uXXXX. Blanks at the end
/// of a value do not count.
/// </summary>
internal static class PropertiesText
{
    /// <returns>Each name with its value and the number of the line on which it begins.</returns>
    /// <exception cref="CommandException">A line has a name and nothing behind it, or an escape that means nothing.</exception>
    public static IEnumerable<(string Name, string Value, int Line)> Read(string path, string text)
    {
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var number = at + 1;
            var line = lines[at].Trim();
            if (line.Length == 0 || line[0] is '#' or '!') continue;
            while (IsContinued(line) && at + 1 < lines.Length) line = line[..^1] + lines[++at].Trim();
            var end = EndOfName(line);
            if (end == 0 || end == line.Length) throw CommandException.Usage($"{path}, line {number}: '{line}' does not have the form NAME=VALUE.");
            var value = line[end..].TrimStart();
            if (value.Length > 0 && value[0] is '=' or ':') value = value[1..].TrimStart();
            yield return (Unescaped(line[..end], path, number), Unescaped(value, path, number), number);
        }
    }

    /// <summary>An odd number of backslashes at the end: an even one stands for half as many.</summary>
    static bool IsContinued(string line) => (line.Length - line.TrimEnd('\\').Length) % 2 == 1;

    static int EndOfName(string line)
    {
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] == '\\') at++;
            else if (line[at] is '=' or ':' or ' ' or '\t') return at;
        }
        return line.Length;
    }

    static string Unescaped(string text, string path, int number)
    {
        if (!text.Contains('\\')) return text;
        var unescaped = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                unescaped.Append(text[at]);
                continue;
            }
            if (++at == text.Length) break;
            if (text[at] != 'u')
            {
                unescaped.Append(text[at] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
                continue;
            }
            if (at + 4 >= text.Length || !ushort.TryParse(text.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                throw CommandException.Usage($"{path}, line {number}: '\\u' must be followed by four hex digits.", "Write a backslash that means itself twice, as in C:\\\\data.");
            unescaped.Append((char)unit);
            at += 4;
        }
        return unescaped.ToString();
    }
}
