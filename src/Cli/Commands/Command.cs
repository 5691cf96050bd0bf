using Semel.Cli.Arguments;
using Semel.Cli.Output;

namespace Semel.Cli.Commands;

/// <summary>One thing the program does. Holds no state: all that a run needs comes in with <see cref="RunAsync"/>.</summary>
public abstract class Command
{
    public abstract Syntax Syntax { get; }

    /// <param name="stop">Set when the user wants the command to end; it then ends soon, and in order.</param>
    /// <exception cref="CommandException">The command cannot go on; its message is printed and its exit code is the program's.</exception>
    public abstract Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop);
}
