namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>A place between two characters that a regular expression asks for.</summary>
enum Place : byte
{
    TextBegin,
    TextEnd,
    LineBegin,
    LineEnd,
    WordEdge,
    NotWordEdge,
}

/// <summary>
/// A parsed regular expression. What is captured and which of two matches is preferred is left out: all that is asked is whether a whole name matches.
/// </summary>
abstract record PatternNode
{
    public sealed record Characters(AsciiSet Set) : PatternNode;

    public sealed record Assertion(Place Place) : PatternNode;

    /// <summary>One after the other; none is the empty text.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    public sealed record Choice(IReadOnlyList<PatternNode> Options) : PatternNode;

    /// <param name="Most">-1: as often as it likes.</param>
    public sealed record Repetition(PatternNode Part, int Least, int Most) : PatternNode;
}
