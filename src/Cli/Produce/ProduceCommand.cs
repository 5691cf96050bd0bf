using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Produce;

/// <summary>Sends each line as a record.</summary>
public sealed class ProduceCommand : Command
{
    const int LongestLine = 256 << 20;

    public override Syntax Syntax { get; } = new("produce", "send lines as records")
    {
        ShortForm = "-P",
        Options = ProduceOptions.All,
        Notes =
        [
            "Each line is a record, an empty one and an unterminated last one, too. A line ends with \\n, \\r\\n or \\r; with --delimiter with exactly that. Other bytes are sent as they are. Separators understand \\t, \\n, \\r, \\0, \\\\ and \\xHH.",
            "The producer is idempotent unless -X enable.idempotence=false says otherwise, or a setting such as --acks 1 turns it off, which is told: what is acknowledged is stored exactly once and in order. With --json each acknowledgement is printed as one line of JSON.",
            "With --transactional-id the records become visible to readers of committed records together, when the input has ended; Ctrl-C, and a line that cannot be sent, abort. The id names this writer over its restarts: whoever had it before is fenced. With --records-per-transaction what was committed before stays.",
            "Exit code 0 says that every record was stored; 1 that some were not, or may not have been. What keeps records from being stored is told at once; when none at all can be stored the command ends after some seconds with the exit code of the cause, unless -X delivery.timeout.ms says how long to try.",
        ],
        Examples =
        [
            "echo hello | semel produce -t first", "semel produce -t orders -K : --file orders.txt --json",
            "semel produce -t orders --file orders.txt --transactional-id import-0",
            "semel produce --topic orders --bootstrap-server 127.0.0.1:9092 --property parse.key=true --property key.separator=,",
        ],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var topic = arguments.Text(ProduceOptions.Topic)!;
        var format = ProduceOptions.Format(arguments, SettingFile.Of(ProduceOptions.PropertyFile, arguments, terminal, stop));
        var partition = (int?)arguments.Find(ProduceOptions.Partition);
        var settings = ProduceOptions.ClientSettings(arguments, terminal, stop);
        var inputs = Inputs(arguments, terminal);
        await using var producer = new OpenedProducer(settings);
        var config = producer.Info.EffectiveConfig;
        ConnectionOptions.TellUnused(arguments, terminal, config);
        // Nobody who asked for fewer acknowledgements asked for records that are stored twice.
        if (config.IdempotenceDisabledBy is { } key) terminal.Warn($"{key}={config[key]} turns idempotence off: records that are sent again may be stored twice or out of order. Say so with -X enable.idempotence=false, or leave {key} as it is.");
        await Reachability.CheckAsync(settings, stop).ConfigureAwait(false);
        // Whoever said how long a record may take is obeyed.
        await using var watch = new TroubleWatch(terminal, givesUp: !ProduceOptions.DeliveryLimits.Any(settings.ContainsKey), stop);
        producer.Tell(watch, settings);
        var report = new AcknowledgementReport(terminal, arguments.WantsJson(), watch);
        var target = producer.Target(arguments.Value(ProduceOptions.PerTransaction, long.MaxValue), report);
        var sender = new LineSender(target, topic, partition, format, report, oneAtATime: arguments.Has(ProduceOptions.Sync), target is TransactionTarget ? "were written" : "were sent");
        var failure = await SendAllAsync(arguments, terminal, inputs, sender, target, watch, stop).ConfigureAwait(false);
        await producer.DisposeAsync().ConfigureAwait(false);
        await report.CompleteAsync().ConfigureAwait(false);
        var quiet = arguments.Has(ProduceOptions.Quiet) || arguments.WantsJson();
        if (target is TransactionTarget transactions) TransactionSummary.Write(terminal, transactions, topic, settings[ProduceOptions.TransactionalIdSetting], quiet);
        else Conclude(report, topic, terminal, quiet);
        if ((failure ?? report.OutputFailure) is { } reason) throw reason;
        if (report.Failed == 0) return ExitCode.Success;
        // What nothing came of ends as its cause says; a part that failed has no other cause than its records tell.
        return report.Stored == 0 && watch.Standing is { } trouble ? trouble.ExitCode : ExitCode.Failed;
    }

    static IReadOnlyList<string> Inputs(ParsedArguments arguments, Terminal terminal)
    {
        var inputs = arguments.All(ProduceOptions.File) is { Count: > 0 } files ? files : ["-"];
        foreach (var input in inputs) InputFile.PathOf(input, terminal);
        return inputs;
    }

    /// <returns>Why not everything was sent; null when it was. What was sent before has its acknowledgements all the same.</returns>
    static async Task<CommandException?> SendAllAsync(ParsedArguments arguments, Terminal terminal, IReadOnlyList<string> inputs, LineSender sender, IRecordTarget target, TroubleWatch watch,
        CancellationToken stop)
    {
        try
        {
            var limit = arguments.Value(ProduceOptions.Count, long.MaxValue);
            foreach (var input in inputs)
            {
                using var file = input == "-" ? null : await InputFile.OpenAsync(terminal.FullPath(input), watch.Token).ConfigureAwait(false);
                var lines = new LineReader(file ?? terminal.Input, ProduceOptions.LineEnd(arguments), LongestLine, "No record can be larger: split it.");
                await sender.SendAsync(input, lines, limit, watch.Token).ConfigureAwait(false);
            }
            await target.CompleteAsync(watch.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception failure)
        {
            if (watch.GivenUp is null || target is TransactionTarget) await target.AbandonAsync().ConfigureAwait(false);
            return failure switch
            {
                _ when watch.GivenUp is { } trouble => new CommandException(trouble.ExitCode, "given up, as nothing was acknowledged.", trouble.EndsWork ? null : "With -X delivery.timeout.ms=MS it is tried for so long.", failure),
                OperationCanceledException when stop.IsCancellationRequested => new CommandException(ExitCode.Interrupted, "interrupted.", inner: failure),
                KafkaException refused => ClientFailure.Of(refused, sender.Topic),
                CommandException known => known,
                IOException or UnauthorizedAccessException => new CommandException(ExitCode.Failed, $"the input cannot be read: {failure.Message}", inner: failure),
                _ => throw new InvalidOperationException("sending failed in a way that is not foreseen", failure),
            };
        }
    }

    static void Conclude(AcknowledgementReport report, string topic, Terminal terminal, bool quiet)
    {
        if (report.Failed > 0)
        {
            terminal.Warn($"{report.Failed} of {report.Failed + report.Stored} records were not acknowledged by {topic}{report.Reasons}");
            if (ProduceRemedy.Of(report.FirstFailure!, topic) is { } remedy) terminal.Error.WriteLine($"       {remedy}");
        }
        else if (!quiet) terminal.Warn($"{report.Stored} {(report.Stored == 1 ? "record" : "records")} stored in {topic}");
    }
}
