using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;

namespace Semel.Cli.Completion;

/// <summary>Prints what a shell needs to complete this program's command lines; the shell then asks <see cref="CandidatesCommand"/>, word by word.</summary>
public sealed class CompletionCommand : Command
{
    public override Syntax Syntax { get; } = new("completion", "print the shell script that completes commands, options and names")
    {
        Operands = new Operands("SHELL", 1, 1, "bash, zsh, fish or pwsh") { Choices = CompletionScript.Shells },
        Notes =
        [
            "The script asks this program what may stand where a word was begun, so it knows every command and option there is. Topics and groups are asked for at the broker that the line or SEMEL_BOOTSTRAP_SERVERS names, and left out when it does not answer at once.",
            "For good: bash and zsh read it from their start files, fish from ~/.config/fish/completions/semel.fish, PowerShell from $PROFILE.",
        ],
        Examples = ["semel completion bash", "semel completion fish"],
    };

    public override Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        terminal.Output.Write(CompletionScript.For(arguments.Operands[0]));
        return Task.FromResult(ExitCode.Success);
    }
}
