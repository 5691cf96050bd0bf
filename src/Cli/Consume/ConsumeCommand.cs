using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>Prints the records of a topic's partitions.</summary>
public sealed class ConsumeCommand : Command
{
    public override Syntax Syntax { get; } = new("consume", "print the records of a topic")
    {
        ShortForm = "-C",
        Options = ConsumeOptions.All,
        Notes =
        [
            "Records are printed as the bytes they are, one per line, each partition in its order. With --json each is one object; a key or value that is no text is in keyBase64 or valueBase64.",
            "Without --offset reading begins at the end, and waits for what comes. Exit code 1 says that --count records did not come before --timeout-ms was over; 5 that a damaged batch was met.",
        ],
        Examples =
        [
            "semel consume -t first --from-beginning", "semel consume -t orders -p 0 -o -10 -e --json",
            "semel consume --topic orders --from-beginning --max-messages 5 --property print.key=true --property print.offset=true",
        ],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var topic = arguments.Text(ConsumeOptions.Topic)!;
        var selection = PartitionSelection.Parse(arguments.All(ConsumeOptions.Partition), ConsumeOptions.Partition.Name);
        var start = ConsumeOptions.Start(arguments);
        var format = ConsumeOptions.RecordFormat(arguments);
        var limits = new ReadingLimits(arguments.Number(ConsumeOptions.Count, 0, long.MaxValue), arguments.Has(ConsumeOptions.ExitAtEnd), arguments.Time(ConsumeOptions.Timeout));
        var settings = ConsumeOptions.ClientSettings(arguments, terminal, stop);
        var consumer = Build(settings);
        await using (consumer.ConfigureAwait(false))
        {
            await Reachability.CheckAsync(settings["bootstrap.servers"], stop).ConfigureAwait(false);
            var reading = new TopicReading(consumer, terminal.Output, format, limits, arguments.Has(ConsumeOptions.Unbuffered), terminal.Time);
            try
            {
                var partitions = await TopicPartitions.FindAsync(settings, topic, selection, stop).ConfigureAwait(false);
                consumer.Assign(await StartOffsets.FindAsync(consumer, topic, partitions, start, stop).ConfigureAwait(false));
                await reading.RunAsync(stop).ConfigureAwait(false);
            }
            catch (ConsumeException failure)
            {
                terminal.Output.Flush();
                throw Explained(failure);
            }
            catch (KafkaException failure)
            {
                throw ClientFailure.Of(failure, topic);
            }
            terminal.Output.Flush();
            if (!arguments.Has(ConsumeOptions.Quiet) && !arguments.WantsJson()) terminal.Warn($"{reading.RecordCount} {(reading.RecordCount == 1 ? "record" : "records")} read from {topic}");
            return limits.Count is { } count && reading.RecordCount < count && reading.TimedOut ? ExitCode.Failed : ExitCode.Success;
        }
    }

    static IConsumer<byte[], byte[]> Build(Dictionary<string, string> settings)
    {
        try
        {
            return new ConsumerBuilder<byte[], byte[]>(settings).Build();
        }
        catch (KafkaConfigException refused)
        {
            throw CommandException.Usage(refused.Message);
        }
    }

    static CommandException Explained(ConsumeException failure)
    {
        var place = failure.TopicPartitionOffset;
        return failure.Fault switch
        {
            ConsumeFault.OffsetOutOfRange => new CommandException(ExitCode.Refused, $"{place.TopicPartition} has no offset {place.Offset}: {failure.Message}", "Begin with --offset beginning, or with -N for the last N records.", failure),
            ConsumeFault.CorruptRecord => new CommandException(ExitCode.Damaged, $"{place}: {failure.Message}", "'semel log dump' on the broker's machine shows what is damaged.", failure),
            ConsumeFault.UnsupportedCodec => new CommandException(ExitCode.Failed, $"{place}: {failure.Message}", inner: failure),
            ConsumeFault.UnknownPartition => ClientFailure.Of(failure, place.Topic),
            _ => new CommandException(failure.Fault is ConsumeFault.Broker or ConsumeFault.NotAuthorized ? ExitCode.Refused : ExitCode.Failed, $"{place.TopicPartition}: {failure.Message}", inner: failure),
        };
    }
}
