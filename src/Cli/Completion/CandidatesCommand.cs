using System.Globalization;
using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;

namespace Semel.Cli.Completion;

/// <summary>What the scripts of <see cref="CompletionScript"/> ask: what may stand where a word was begun. Nothing that a person would type.</summary>
public sealed class CandidatesCommand : Command
{
    public const string Name = "__complete";

    public override Syntax Syntax { get; } = new(Name, "tell a shell what may stand in place of the Nth word behind --")
    {
        Operands = new Operands("N and WORD", 1, int.MaxValue, "how many words there are, and the words: a shell may drop the last one when it is empty"),
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        if (!int.TryParse(arguments.Operands[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 100_000)
            throw CommandException.Usage($"'{arguments.Operands[0]}' is no number of words.");
        List<string> words = [.. arguments.Operands.Skip(1)];
        while (words.Count < count) words.Add("");
        var offer = CompletionRule.Of(words);
        foreach (var (text, help) in offer.Candidates) terminal.Output.WriteLine(help.Length == 0 ? text : $"{text}\t{help}");
        foreach (var name in await NamesAsync(offer, words, terminal, stop).ConfigureAwait(false)) terminal.Output.WriteLine(name);
        return ExitCode.Success;
    }

    static async Task<IEnumerable<string>> NamesAsync(Offer offer, IReadOnlyList<string> words, Terminal terminal, CancellationToken stop)
    {
        switch (offer.Names)
        {
            // Behind "--file=" the shell would replace the option as well.
            case Completes.File when offer.Before.Length == 0: return [CompletionScript.Files];
            case Completes.Folder when offer.Before.Length == 0: return [CompletionScript.Folders];
            case Completes.Topic or Completes.Group:
                var names = await KnownNames.AskAsync(offer.Names, words, terminal, stop).ConfigureAwait(false);
                return names.Where(name => name.StartsWith(offer.Begun, StringComparison.Ordinal)).Select(name => offer.Before + name);
            default: return [];
        }
    }
}
