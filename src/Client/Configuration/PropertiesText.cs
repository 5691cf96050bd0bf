using System.Globalization;
using System.Text;

namespace Semel.Client.Configuration;

/// <summary>One property of a file.</summary>
/// <param name="Line">Where it begins, from 1.</param>
internal readonly record struct Property(string Key, string Value, int Line);

/// <summary>Reads the text of a properties file by Java's rules, which those of librdkafka's files are a part of. Pure.</summary>
internal static class PropertiesText
{
    /// <exception cref="FormatException">An escape \u is not followed by four hexadecimal digits; the message names the line.</exception>
    public static IReadOnlyList<Property> Parse(string text)
    {
        var properties = new List<Property>();
        var lines = Lines(text);
        for (var at = 0; at < lines.Count; at++)
        {
            var first = at + 1;
            var line = lines[at].TrimStart(Blanks);
            if (line.Length == 0 || line[0] is '#' or '!') continue;
            while (Continues(line))
            {
                line = line[..^1];
                if (at + 1 == lines.Count) break;
                line += lines[++at].TrimStart(Blanks);
            }
            properties.Add(Split(line, first));
        }
        return properties;
    }

    static readonly char[] Blanks = [' ', '\t', '\f'];

    static IReadOnlyList<string> Lines(string text) => text.Replace("\r\n", "\n").Split('\n', '\r');

    /// <summary>An odd number of backslashes at the end: the last one stands for itself.</summary>
    static bool Continues(string line)
    {
        var backslashes = 0;
        while (backslashes < line.Length && line[^(backslashes + 1)] == '\\') backslashes++;
        return backslashes % 2 == 1;
    }

    /// <summary>A key ends at the first =, : or blank that is not escaped; blanks and one = or : stand between it and the value.</summary>
    static Property Split(string line, int number)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f')) end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);
        var value = line[end..].TrimStart(Blanks);
        if (value.Length > 0 && value[0] is '=' or ':') value = value[1..].TrimStart(Blanks);
        return new Property(Unescape(line[..end], number), Unescape(value, number), number);
    }

    static string Unescape(string text, int line)
    {
        if (!text.Contains('\\')) return text;
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                plain.Append(text[at]);
                continue;
            }
            plain.Append(text[++at] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', 'u' => Unicode(text, ref at, line), var other => other });
        }
        return plain.ToString();
    }

    static char Unicode(string text, ref int at, int line)
    {
        var digits = text.AsSpan(at + 1, Math.Min(4, text.Length - at - 1));
        if (digits.Length < 4 || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            throw new FormatException($"line {line}: '\\u{digits}' is not \\u and four hexadecimal digits. Write a backslash that stands for itself twice");
        at += 4;
        return (char)code;
    }
}
