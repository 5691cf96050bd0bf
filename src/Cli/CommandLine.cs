using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;

namespace Semel.Cli;

/// <summary>One command line from its words to its exit code: the only place where failures become messages.</summary>
public static class CommandLine
{
    /// <summary>Runs the command that the arguments name. Never throws for what the user or the surroundings did wrong.</summary>
    /// <param name="stop">Set when the user interrupts.</param>
    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken stop)
    {
        try
        {
            var exitCode = await DispatchAsync(arguments, terminal, stop).ConfigureAwait(false);
            terminal.Output.Flush();
            return exitCode;
        }
        catch (OutputClosedException)
        {
            return ExitCode.Success;
        }
        catch (Exception failure)
        {
            FlushQuietly(terminal);
            return Report(failure, terminal, stop);
        }
    }

    static Task<ExitCode> DispatchAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken stop)
    {
        if (arguments.Count == 0)
        {
            HelpText.Overview(terminal.Output);
            return Task.FromResult(ExitCode.Usage);
        }
        var words = arguments[0] switch
        {
            "--version" or "-V" => ["version", .. arguments.Skip(1)],
            "--help" or "-h" or "-?" => ["help", .. arguments.Skip(1)],
            _ => arguments,
        };
        if (AsksForHelp(words, out var topic)) words = ["help", .. topic];
        var call = CommandTable.Resolve(words);
        return call.Command.RunAsync(ArgumentParser.Parse(call.Command.Syntax, call.Remaining, call.ByLetter), terminal, stop);
    }

    /// <summary>`semel topics create --help` is `semel help topics create`, and `semel topics --help` is `semel help topics`.</summary>
    static bool AsksForHelp(IReadOnlyList<string> words, out IReadOnlyList<string> topic)
    {
        topic = [];
        if (!words.TakeWhile(word => word != "--").Any(word => word is "--help" or "-h")) return false;
        topic = words.Count > 1 && words[1].StartsWith('-') && CommandTable.Groups.Contains(words[0]) && !HasVerb(words)
            ? [words[0]]
            : [CommandTable.Resolve(words).Command.Syntax.Name];
        return true;
    }

    static bool HasVerb(IReadOnlyList<string> words) => CommandTable.InGroup(words[0]).Any(command => words.Contains("--" + command.Syntax.Name.Split(' ')[1]));

    static ExitCode Report(Exception failure, Terminal terminal, CancellationToken stop)
    {
        if (failure is OperationCanceledException && stop.IsCancellationRequested) return ExitCode.Interrupted;
        if (failure is CommandException known)
        {
            terminal.Warn(known.Message);
            if (known.Remedy is { } remedy) terminal.Error.WriteLine($"       {remedy}");
            return known.ExitCode;
        }
        terminal.Warn($"a fault of this program: {failure}");
        return ExitCode.Internal;
    }

    static void FlushQuietly(Terminal terminal)
    {
        try
        {
            terminal.Output.Flush();
        }
        catch (Exception failure) when (failure is OutputClosedException or CommandException)
        {
            // The failure under way is told on standard error; standard output takes nothing any more.
        }
    }
}
