using System.Text.RegularExpressions;

namespace Semel.Guide.Tests;

/// <summary>What a page shows of what a program prints: line by line, and an ellipsis stands for whatever differs from run to run. A line of three dots stands
/// for any number of lines.</summary>
static class ShownOutput
{
    const string Anything = "…";

    /// <returns>Null when it is so; otherwise what is not.</returns>
    public static string? Difference(string shown, string printed)
    {
        var (expected, actual) = (Lines(shown), Lines(printed));
        return Matches(expected, actual) ? null : $"the page shows:\n{string.Join('\n', expected)}\n\nand this was printed:\n{string.Join('\n', actual)}";
    }

    static bool Matches(ReadOnlySpan<string> expected, ReadOnlySpan<string> actual)
    {
        if (expected.IsEmpty) return actual.IsEmpty;
        if (expected[0] == Anything)
        {
            for (var skipped = 0; skipped <= actual.Length; skipped++)
                if (Matches(expected[1..], actual[skipped..])) return true;
            return false;
        }
        return !actual.IsEmpty && IsSo(expected[0], actual[0]) && Matches(expected[1..], actual[1..]);
    }

    static bool IsSo(string expected, string actual) => expected == actual
        || Regex.IsMatch(actual, $"^{string.Join(".*", expected.Split(Anything).Select(Regex.Escape))}$");

    static string[] Lines(string text) => [.. text.Replace("\r", "").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
}
