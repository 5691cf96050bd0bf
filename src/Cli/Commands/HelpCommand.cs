using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Commands;

/// <summary>Prints what the tables of commands, options and exit codes say.</summary>
public sealed class HelpCommand : Command
{
    public override Syntax Syntax { get; } = new("help", "explain the commands, or one of them")
    {
        Operands = new Operands("COMMAND", 0, 3, "a command such as 'produce' or 'topics create', or 'exit-codes'") { Completes = Completes.Command },
        Examples = ["semel help", "semel help topics create", "semel help exit-codes"],
    };

    public override Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        Print(arguments.Operands, terminal.Output);
        return Task.FromResult(ExitCode.Success);
    }

    static void Print(IReadOnlyList<string> words, OutputText output)
    {
        var topic = string.Join(' ', words);
        if (topic.Length == 0) HelpText.Overview(output);
        else if (topic == "exit-codes") HelpText.WriteExitCodes(output);
        else if (CommandTable.Groups.Contains(topic)) HelpText.Group(topic, output);
        else if (CommandTable.Find(topic) is { } command) HelpText.Of(command.Syntax, output);
        // A word behind a group's name is answered as the group answers it.
        else if (words.Count > 1 && CommandTable.Groups.Contains(words[0])) HelpText.Of(CommandTable.Resolve(words).Command.Syntax, output);
        else if (CommandTable.NotThereYet(topic) is { } absent) throw absent;
        else
        {
            var known = CommandTable.All.Select(command => command.Syntax.Name).Concat(CommandTable.Groups).Append("exit-codes");
            throw CommandException.Usage($"there is no help for '{topic}'.", NearestName.Find(topic, known) is { } near ? $"Did you mean 'semel help {near}'?" : "See 'semel help'.");
        }
    }
}
