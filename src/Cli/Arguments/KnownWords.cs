using Semel.Protocol;

namespace Semel.Cli.Arguments;

/// <summary>Lists of words that a broker knows, in whatever case they are typed.</summary>
public static class KnownWords
{
    /// <summary>The words of a list with commas, as the broker writes them.</summary>
    /// <exception cref="CommandException">One is none of them.</exception>
    public static IReadOnlyList<string> Read(string option, string list, IReadOnlyList<string> known) =>
    [
        .. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(word =>
            known.FirstOrDefault(one => string.Equals(one, word, StringComparison.OrdinalIgnoreCase))
            ?? throw CommandException.Usage($"{option} is '{word}', but must be one of: {string.Join(", ", known)}.", NearestName.Question(word, known))).Distinct(),
    ];
}
