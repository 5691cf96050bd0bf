using System.Diagnostics.CodeAnalysis;

namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>
/// A regular expression for names of topics, in RE2 syntax (KIP-848). It is run by a program of its own that reads each name once, so there is none that would
/// not end; RE2 syntax was made so that this is possible. It matches whole names only. Immutable and thread safe.
/// </summary>
public sealed class TopicPattern
{
    readonly PatternProgram _program;

    TopicPattern(string text, PatternProgram program) => (Text, _program) = (text, program);

    public string Text { get; }

    /// <param name="refusal">Why it is none, in a sentence that quotes it; null when it is one.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out TopicPattern? pattern, [NotNullWhen(false)] out string? refusal)
    {
        try
        {
            pattern = new TopicPattern(text, PatternProgram.Of(new PatternParser(text).Parse()));
            refusal = null;
            return true;
        }
        catch (PatternException refused)
        {
            pattern = null;
            refusal = $"'{Shortened(text)}' is no regular expression in RE2 syntax: {refused.Message}";
            return false;
        }
    }

    static string Shortened(string text) => text.Length <= 200 ? text : $"{text[..200]}…";

    /// <summary>Those of the names that it matches, in their order.</summary>
    /// <param name="mostSteps">How much work it may take, counted in steps of some nanoseconds.</param>
    /// <returns>Null when it took more.</returns>
    public List<string>? Matching(IEnumerable<string> names, long mostSteps = long.MaxValue)
    {
        var matcher = new PatternMatcher(_program);
        var matching = new List<string>();
        foreach (var name in names)
        {
            if (matcher.Matches(name)) matching.Add(name);
            if (matcher.StepCount > mostSteps) return null;
        }
        return matching;
    }

    public override string ToString() => Text;
}
