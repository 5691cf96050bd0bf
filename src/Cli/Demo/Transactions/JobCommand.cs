using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Demo.Transactions;

/// <summary>The job as a process of its own: reads what to do from standard input, line by line, and says on standard output when it is done. Nothing that a
/// person would type.</summary>
public sealed class JobCommand : Command
{
    public const string Name = "__demo-job";

    internal const string Write = "write", Offsets = "offsets", Commit = "commit", Abort = "abort", Done = "done", Refused = "refused";

    public override Syntax Syntax { get; } = new(Name, "the job that 'semel demo --transactions' kills") 
    {
        Operands = new Operands("HOST:PORT", 1, 1, "the broker"),
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        using var lines = new StreamReader(terminal.Input);
        await using var job = new Job(arguments.Operands[0]);
        await AnswerAsync(job.StartAsync(stop), terminal.Output).ConfigureAwait(false);
        while (await lines.ReadLineAsync(stop).ConfigureAwait(false) is { } line)
            await AnswerAsync(DoAsync(job, line.Split(' '), stop), terminal.Output).ConfigureAwait(false);
        return ExitCode.Success;
    }

    static Task DoAsync(Job job, string[] words, CancellationToken stop) => words switch
    {
        [Write, var attempt, var first, var second] => job.WriteAsync(Number(attempt), Number(first), Number(second), stop),
        [Offsets] => job.SendOffsetsAsync(stop).AsTask(),
        [Commit] => job.CommitAsync(stop),
        [Abort] => job.AbortAsync(stop),
        _ => throw CommandException.Usage($"the job was told '{string.Join(' ', words)}'."),
    };

    static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    static async Task AnswerAsync(Task doing, OutputText output)
    {
        try
        {
            await doing.ConfigureAwait(false);
            output.WriteLine(Done);
        }
        catch (KafkaException failure)
        {
            output.WriteLine($"{Refused} {failure.GetType().Name} {failure.Class}: {failure.Message.ReplaceLineEndings(" ")}");
        }
        output.Flush();
    }
}
