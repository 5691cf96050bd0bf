using Semel.Cli.Arguments;

namespace Semel.Cli.Completion;

/// <summary>What a command line says before the word that is being typed. Read without a check: it is not whole yet.</summary>
/// <param name="Given">Options that stand there.</param>
/// <param name="Awaits">The option whose value comes next; null when none does.</param>
/// <param name="OnlyOperands">A double dash stands there.</param>
public sealed record LineBefore(IReadOnlySet<Option> Given, IReadOnlyList<string> Operands, Option? Awaits, bool OnlyOperands)
{
    public static LineBefore Of(Syntax syntax, IReadOnlyList<string> words)
    {
        var bySpelling = syntax.Options.SelectMany(option => option.Spellings.Select(spelling => (spelling, option)))
            .ToDictionary(pair => pair.spelling, pair => pair.option);
        var (given, operands, onlyOperands) = (new HashSet<Option>(), new List<string>(), false);
        Option? awaits = null;
        foreach (var word in words)
        {
            if (awaits is not null && !(awaits.ValueIsOptional && word.StartsWith('-'))) awaits = null;
            else if (onlyOperands || word.Length < 2 || word[0] != '-') operands.Add(word);
            else if (word == "--") onlyOperands = true;
            else awaits = Read(word, bySpelling, given);
        }
        return new LineBefore(given, operands, awaits, onlyOperands);
    }

    /// <returns>The option that waits for its value, as the last one of the word.</returns>
    static Option? Read(string word, Dictionary<string, Option> bySpelling, HashSet<Option> given)
    {
        if (bySpelling.TryGetValue(word, out var option))
        {
            given.Add(option);
            return option.TakesValue ? option : null;
        }
        if (word[1] == '-')
        {
            if (bySpelling.TryGetValue(word.Split('=')[0], out option)) given.Add(option);
            return null;
        }
        for (var at = 1; at < word.Length && bySpelling.TryGetValue($"-{word[at]}", out option); at++)
        {
            given.Add(option);
            if (option.TakesValue) return at + 1 == word.Length ? option : null;
        }
        return null;
    }
}
