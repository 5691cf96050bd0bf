using Semel.Cli.Arguments;
using Semel.Cli.Commands;

namespace Semel.Cli.Completion;

/// <param name="Text">The whole word that takes the place of the one begun.</param>
/// <param name="Help">What it means, for shells that show it; may be empty.</param>
public sealed record Candidate(string Text, string Help);

/// <summary>What may stand where a word was begun.</summary>
/// <param name="Names">Names that are to be asked for beside the candidates.</param>
/// <param name="Begun">What has been typed of such a name.</param>
/// <param name="Before">What stands in the same word before it, such as "--topic=".</param>
public sealed record Offer(IReadOnlyList<Candidate> Candidates, Completes Names = Completes.Nothing, string Begun = "", string Before = "")
{
    public static readonly Offer None = new([]);
}

/// <summary>Completes command lines by the table of commands and their options, so that it offers what the parser takes and nothing else. Pure.</summary>
public static class CompletionRule
{
    /// <param name="words">What stands behind the program's name, the word that was begun last; that one may be empty. A shell that breaks words at equals
    /// signs may do so.</param>
    public static Offer Of(IReadOnlyList<string> words)
    {
        var current = words.Count == 0 ? "" : words[^1];
        IReadOnlyList<string> before = words.Count == 0 ? [] : [.. words.Take(words.Count - 1)];
        if (current == "=") (current, before) = ("", [.. before, "="]);
        before = Joined(before);
        if (before.Count == 0) return First(current);
        if (before is [var group] && CommandTable.Groups.Contains(group)) return Begun(Verbs(group), current);
        return Resolve(before) is { } call ? OfCommand(call.Command.Syntax, call.Remaining, current) : Offer.None;
    }

    static Offer First(string current)
    {
        var commands = CommandTable.All.Where(command => !command.Syntax.Name.Contains(' '))
            .Select(command => new Candidate(command.Syntax.Name, command.Syntax.Summary));
        var groups = CommandTable.Groups.Select(group => new Candidate(group,
            string.Join(", ", CommandTable.InGroup(group).Select(command => command.Syntax.Name[(group.Length + 1)..]))));
        IEnumerable<Candidate> options = current.StartsWith('-') ? [new("--help", "explain the commands"), new("--version", "print the version")] : [];
        return Begun(commands.Concat(groups).Concat(options), current);
    }

    static IEnumerable<Candidate> Verbs(string group) =>
        CommandTable.InGroup(group).Select(command => new Candidate(command.Syntax.Name[(group.Length + 1)..], command.Syntax.Summary));

    static CommandCall? Resolve(IReadOnlyList<string> before)
    {
        try
        {
            return CommandTable.Resolve(before);
        }
        catch (CommandException)
        {
            // What is no command has nothing behind it.
            return null;
        }
    }

    /// <summary>bash hands over "--output", "=", "json" for --output=json.</summary>
    static List<string> Joined(IReadOnlyList<string> words)
    {
        var joined = new List<string>();
        for (var at = 0; at < words.Count; at++)
        {
            if (words[at] != "=" || joined.Count == 0 || !joined[^1].StartsWith("--", StringComparison.Ordinal)) joined.Add(words[at]);
            else if (at + 1 < words.Count) joined[^1] += "=" + words[++at];
        }
        return joined;
    }

    static Offer OfCommand(Syntax syntax, IReadOnlyList<string> before, string current)
    {
        var line = LineBefore.Of(syntax, before);
        if (line.Awaits is { } option && !(option.ValueIsOptional && current.StartsWith('-'))) return Values(option.Choices, option.Completes, current, "");
        if (!line.OnlyOperands && current.StartsWith('-')) return Options(syntax, line, current);
        if (line.Operands.Count >= syntax.Operands.AtMost) return Offer.None;
        return syntax.Operands.Completes == Completes.Command ? Topics(line.Operands, current)
            : Values(line.Operands.Count == 0 ? syntax.Operands.Choices : [], syntax.Operands.Completes, current, "");
    }

    static Offer Options(Syntax syntax, LineBefore line, string current)
    {
        var equals = current.IndexOf('=');
        if (equals > 0)
        {
            var named = syntax.Options.FirstOrDefault(one => one.TakesValue && one.Refusal is null && one.Spellings.Contains(current[..equals]));
            return named is null ? Offer.None : Values(named.Choices, named.Completes, current[(equals + 1)..], current[..(equals + 1)]);
        }
        var offered = syntax.Options.Where(one => !one.Hidden && one.Refusal is null && (one.Repeats || !line.Given.Contains(one)));
        // The first spelling in words; letters and other spellings only where they were begun.
        var names = offered.Select(one => new Candidate(Spelling(one, current), one.Help));
        return Begun(names.Append(new Candidate("--help", "explain this command")), current);
    }

    static string Spelling(Option option, string current) =>
        option.Spellings.FirstOrDefault(spelling => spelling.StartsWith("--", StringComparison.Ordinal) && spelling.StartsWith(current, StringComparison.Ordinal), option.Name);

    static Offer Values(IReadOnlyList<string> choices, Completes names, string begun, string before)
    {
        // The last word of a list with commas.
        var comma = names is Completes.Nothing or Completes.Topic ? begun.LastIndexOf(',') + 1 : 0;
        var (list, word) = (begun[..comma], begun[comma..]);
        return new([.. choices.Where(choice => choice.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(choice => new Candidate(before + list + choice, ""))], names, word, before + list);
    }

    /// <summary>What help explains.</summary>
    static Offer Topics(IReadOnlyList<string> operands, string current) => operands switch
    {
        [] => Begun(First("").Candidates.Append(new Candidate("exit-codes", "what each exit code means")), current),
        [var group] => Begun(Verbs(group), current),
        _ => Offer.None,
    };

    static Offer Begun(IEnumerable<Candidate> candidates, string current) =>
        new([.. candidates.Where(candidate => candidate.Text.StartsWith(current, StringComparison.Ordinal))]);
}
