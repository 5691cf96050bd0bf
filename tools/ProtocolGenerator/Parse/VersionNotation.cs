using System.Globalization;
using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Parse;

/// <summary>How schema files write versions: <c>3</c>, <c>3-12</c>, <c>3+</c>, <c>-12</c> (up to 12), <c>none</c>.</summary>
public static class VersionNotation
{
    public static VersionSpan Parse(string text, SchemaLine line)
    {
        if (text == "none") return VersionSpan.None;
        var span = text switch
        {
            [.., '+'] => new VersionSpan(Number(text[..^1], text, line), VersionSpan.Open),
            ['-', ..] => new VersionSpan(0, Number(text[1..], text, line)),
            _ when text.Split('-') is [var low, var high] => new VersionSpan(Number(low, text, line), Number(high, text, line)),
            _ => new VersionSpan(Number(text, text, line), Number(text, text, line)),
        };
        return span.IsEmpty ? throw line.Error($"the versions '{text}' are none", "Write the lower version first") : span;
    }

    static int Number(string digits, string text, SchemaLine line) =>
        short.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw line.Error($"'{text}' is not a range of versions", "Write it as 3, 3-12, 3+, -12 or none");
}
