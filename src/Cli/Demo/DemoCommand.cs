using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Demo.Transactions;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Demo;

/// <summary>Shows on this machine, with real processes and a network that misbehaves, what idempotence is for.</summary>
public sealed class DemoCommand : Command
{
    const int DefaultLines = 10_000, DefaultScenes = 40;

    static readonly Option<long> Seed = new("--seed", "N", "another seed brings other faults, and other lines where no FILE is given", OptionType.Number(0)) { Default = "1" };
    static readonly Option<long> Lines = new("--lines", "N", "how many lines are made when no FILE is given", OptionType.Number(1, 10_000_000)) { Default = "10000" };
    static readonly Option Transactions = new("--transactions", null, "see transactions instead: a job that consumes, transforms and produces is killed again and again");
    static readonly Option<long> Scenes = new("--scenes", "N", "with --transactions: how many scenes are played, of one or two transactions each", OptionType.Number(TransactionPlan.Fewest, 100_000)) { Aliases = ["--scripts"], Default = $"{DefaultScenes}" };

    public override Syntax Syntax { get; } = new("demo", "see what is lost and doubled under faults, with idempotence and without")
    {
        Operands = new Operands("FILE", 0, 1, "a file whose lines are sent, '-' for standard input; made from the seed when it is left out") { Completes = Completes.File },
        Options = [Seed, Lines, Transactions, Scenes, .. OutputOptions.All],
        Notes =
        [
            "Twice, once with enable.idempotence=true and once with false: a broker process is started on a temporary folder; every line is sent through a proxy that drops acknowledgements, delays and repeats requests and cuts connections; in the middle the broker is killed (SIGKILL) and started again on the same folder; then everything is read back and compared with what was sent.",
            "Exit code 0 says that the run with idempotence lost nothing, doubled nothing and kept the order.",
            "With --transactions: a job in a process of its own takes inputs from two partitions as a member of a group, and writes their results to two others, in transactions. It is killed (SIGKILL) before, in and after its commits, so is the broker; answers are lost; an instance that was replaced wakes up and commits. Exit code 0 says that a read_committed reader saw the result of every input exactly once, and nothing else.",
        ],
        Examples = ["semel demo", "semel demo orders.txt --seed 7", "semel demo --transactions", "semel demo --json"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var seed = arguments.Value(Seed, 1);
        if (arguments.Has(Transactions)) return await ShowTransactionsAsync(arguments, seed, terminal, stop).ConfigureAwait(false);
        if (arguments.Has(Scenes)) throw CommandException.Usage("--scenes goes with --transactions.");
        var count = (int)arguments.Value(Lines, DefaultLines);
        using var folder = new TemporaryFolder();
        var path = arguments.Operands.Count > 0 ? await LineSource.ReadableAgainAsync(arguments.Operands[0], terminal, folder, stop).ConfigureAwait(false) : null;
        var source = new LineSource(path, count, seed);
        var lines = await source.CountAsync(stop).ConfigureAwait(false);
        if (lines == 0) throw CommandException.Usage($"{arguments.Operands[0]} is empty: there is no line to send.");
        var progress = new DemoProgress(terminal);
        progress.Step($"Sending {lines:N0} lines{(path is null ? "" : $" of {arguments.Operands[0]}")} with idempotence ...");
        var with = await RunAsync(source, lines, seed, idempotent: true, progress, stop).ConfigureAwait(false);
        progress.Step("The same without ...");
        var without = await RunAsync(source, lines, seed, idempotent: false, progress, stop).ConfigureAwait(false);
        progress.Step("");
        if (arguments.WantsJson()) DemoReport.WriteJson(terminal.Output, seed, with, without);
        else DemoReport.Write(terminal.Output, with, without);
        return with.Lines.IsExact ? ExitCode.Success : ExitCode.Failed;
    }

    static async Task<ExitCode> ShowTransactionsAsync(ParsedArguments arguments, long seed, Terminal terminal, CancellationToken stop)
    {
        if (arguments.Operands.Count > 0 || arguments.Has(Lines)) throw CommandException.Usage("--transactions writes records of its own: it takes neither FILE nor --lines.");
        var plan = TransactionPlan.For((int)arguments.Value(Scenes, DefaultScenes), seed);
        var progress = new DemoProgress(terminal);
        progress.Step($"Playing {plan.Count:N0} scenes of a job with transactions ...");
        try
        {
            var outcome = await new TransactionRun(plan, progress).RunAsync(stop).ConfigureAwait(false);
            progress.Step("");
            if (arguments.WantsJson()) TransactionReport.WriteJson(terminal.Output, seed, outcome);
            else TransactionReport.Write(terminal.Output, outcome);
            return outcome.IsExact ? ExitCode.Success : ExitCode.Failed;
        }
        catch (Exception failure) when (failure is IOException or KafkaException or TimeoutException)
        {
            throw new CommandException(ExitCode.Failed, $"the demonstration could not be ended: {failure.Message}", inner: failure);
        }
    }

    static async Task<DemoOutcome> RunAsync(LineSource source, long lines, long seed, bool idempotent, DemoProgress progress, CancellationToken stop)
    {
        try
        {
            return await new DemoRun(DemoPlan.For(lines, seed), source, idempotent, progress).RunAsync(lines, stop).ConfigureAwait(false);
        }
        catch (KafkaException failure)
        {
            throw new CommandException(ExitCode.Failed, $"the demonstration could not be ended: {failure.Message}", inner: failure);
        }
        catch (OperationCanceledException failure) when (!stop.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Failed, "the demonstration took too long and was ended.", "On a machine that is busy with other work, try fewer lines: --lines 1000.", failure);
        }
    }
}
