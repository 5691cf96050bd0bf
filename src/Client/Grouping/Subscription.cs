using System.Text.RegularExpressions;

namespace Semel.Client.Grouping;

/// <summary>
/// What a member asks for: topics by name, and by regular expressions of which each matches whole names. Immutable.
/// </summary>
internal sealed class Subscription
{
    readonly Regex[] _whole, _prefix;

    /// <param name="topics">A name that begins with ^ is a regular expression.</param>
    /// <exception cref="ArgumentException">There is none, a name is empty, or an expression is none, or needs backtracking; the message says which and why.</exception>
    public Subscription(IEnumerable<string> topics)
    {
        var all = topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (all.Length == 0) throw new ArgumentException("no topic is named. Name at least one, or call Unsubscribe", nameof(topics));
        if (Array.Exists(all, string.IsNullOrWhiteSpace)) throw new ArgumentException("a topic's name is empty", nameof(topics));
        Names = [.. all.Where(static topic => topic[0] != '^')];
        Patterns = [.. all.Where(static topic => topic[0] == '^')];
        _whole = [.. Patterns.Select(static pattern => Compile(pattern, @"\z"))];
        _prefix = [.. Patterns.Select(static pattern => Compile(pattern, ""))];
    }

    /// <summary>In ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }
    /// <summary>As they were written, in ordinal order.</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>One expression for all patterns, in the words that a coordinator understands (RE2); null without one.</summary>
    public string? Regex => Patterns.Count switch
    {
        0 => null,
        1 => Patterns[0],
        _ => string.Join('|', Patterns.Select(static pattern => $"(?:{pattern})")),
    };

    public bool Matches(string topic) => Array.Exists(_whole, whole => whole.IsMatch(topic));

    /// <summary>Patterns that match the beginning of a name and not the whole of any: librdkafka's classic groups would have taken it (C-07).</summary>
    public IEnumerable<(string Pattern, string Topic)> OnlyPrefixes(IReadOnlyCollection<string> topics)
    {
        for (var at = 0; at < _whole.Length; at++)
            if (topics.FirstOrDefault(topic => _prefix[at].IsMatch(topic) && !_whole[at].IsMatch(topic)) is { } only) yield return (Patterns[at], only);
    }

    /// <summary>Never backtracks, as a coordinator's expressions do not: the time is linear in the name, whatever the expression.</summary>
    static Regex Compile(string pattern, string end)
    {
        try { return new Regex($@"\A(?:{pattern}){end}", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant); }
        catch (Exception refused) when (refused is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"'{pattern}' is no regular expression that can be matched without backtracking: {refused.Message}", nameof(pattern));
        }
    }
}
