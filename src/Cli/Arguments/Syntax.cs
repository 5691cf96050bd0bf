namespace Semel.Cli.Arguments;

/// <summary>Everything there is to say about one command's line: what the parser accepts is what help prints.</summary>
/// <param name="Name">The words that call it, for example "topics create".</param>
/// <param name="Summary">One line without a full stop.</param>
public sealed record Syntax(string Name, string Summary)
{
    public Operands Operands { get; init; } = Operands.None;

    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>Paragraphs after the options.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whole command lines a user can copy.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>The one letter that kcat uses in place of the command's name; null when there is none.</summary>
    public string? ShortForm { get; init; }
}
