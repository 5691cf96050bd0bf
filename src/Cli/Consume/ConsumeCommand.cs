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
            "With --group this is a member of a consumer group: it gets a share of the partitions, reads on where the group stands (where it has committed nothing, at the end, or at the beginning with --from-beginning), and leaves the group when it ends. What was printed is committed behind it, so nothing is skipped; after a crash the last records may be printed again. A --topic that begins with ^ is a regular expression.",
            "Without --offset reading begins at the end, and waits for what comes. Exit code 1 says that --count records did not come before --timeout-ms was over; 5 that a damaged batch was met.",
        ],
        Examples =
        [
            "semel consume -t first --from-beginning", "semel consume -t orders -p 0 -o -10 -e --json",
            "semel consume -t orders --group billing --from-beginning",
            "semel consume --topic orders --from-beginning --max-messages 5 --property print.key=true --property print.offset=true",
        ],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        IReadOnlyList<string> topics = [.. arguments.All(ConsumeOptions.Topic).Distinct()];
        var topic = string.Join(", ", topics);
        var selection = PartitionSelection.Parse(arguments.All(ConsumeOptions.Partition), ConsumeOptions.Partition.Name);
        var start = ConsumeOptions.Start(arguments);
        var format = ConsumeOptions.RecordFormat(arguments, SettingFile.Of(ConsumeOptions.PropertyFile, arguments, terminal, stop));
        var limits = new ReadingLimits(arguments.Find(ConsumeOptions.Count), arguments.Has(ConsumeOptions.ExitAtEnd), arguments.Find(ConsumeOptions.Timeout));
        var settings = ConsumeOptions.ClientSettings(arguments, terminal, stop);
        var group = ConsumeOptions.GroupOf(settings);
        ConsumeOptions.Require(arguments, group);
        var consumer = Build(settings);
        await using (consumer.ConfigureAwait(false))
        {
            ConnectionOptions.TellUnused(arguments, terminal, consumer.Config);
            await Reachability.CheckAsync(settings, stop).ConfigureAwait(false);
            await using var watch = new TroubleWatch(terminal, givesUp: true, stop);
            // Who reads to an end waits for it; who reads what comes has nothing to wait for, and goes on when the broker is back.
            consumer.Unreachable += told => watch.Happened(Trouble.Of(told) with { EndsWork = limits.AtEnd || limits.Count is not null });
            consumer.Events += told => watch.Happened(Trouble.Of(told));
            var printer = new RecordPrinter(terminal.Output, format, limits.Count, flushEach: arguments.Has(ConsumeOptions.Unbuffered));
            var pull = new BatchPull(consumer, terminal.Output, limits.Silence, terminal.Time);
            var damage = new DamagedPartitions(settings, terminal, arguments.Has(ConsumeOptions.SkipDamaged));
            IReading reading = group is null ? new TopicReading(consumer, pull, printer, limits.AtEnd, watch, FindPartitionsAsync)
                : new GroupReading(consumer, pull, printer, terminal, ConsumeOptions.Timing(arguments), limits.AtEnd, watch, FindTopicsAsync);
            try
            {
                await reading.BeginAsync(watch.Token).ConfigureAwait(false);
                while (!await TryReadAsync().ConfigureAwait(false)) ;
                await reading.EndAsync().ConfigureAwait(false);
            }
            catch (ConsumeException failure)
            {
                terminal.Output.Flush();
                await EndQuietlyAsync(reading, terminal).ConfigureAwait(false);
                throw await ExplainedAsync(failure, consumer, damage, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException failure) when (watch.GivenUp is { } trouble)
            {
                terminal.Output.Flush();
                throw new CommandException(trouble.ExitCode, $"given up: {(printer.RecordCount == 0 ? $"nothing could be read from {topic}" : $"reading {topic} goes no further")}. {trouble.Message}.", trouble.Remedy, failure);
            }
            catch (KafkaException failure)
            {
                throw ClientFailure.Of(failure, topic);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested && reading.HasBegun)
            {
                await EndQuietlyAsync(reading, terminal).ConfigureAwait(false);
                Conclude();
                throw;
            }
            Conclude();
            if (damage.WasMet) return ExitCode.Damaged;
            return limits.Count is { } count && printer.RecordCount < count && pull.TimedOut ? ExitCode.Failed : ExitCode.Success;

            async Task<IReadOnlyList<TopicPartitionOffset>> FindPartitionsAsync(CancellationToken token)
            {
                var partitions = await damage.WithoutOfflineAsync(topic, await TopicPartitions.FindAsync(settings, terminal, topic, selection, stop).ConfigureAwait(false), stop).ConfigureAwait(false);
                watch.Asked();
                return await StartOffsets.FindAsync(consumer, topic, partitions, start, token).ConfigureAwait(false);
            }

            // Of a name that is mistyped a group would wait for ever.
            async Task<IReadOnlyList<string>> FindTopicsAsync(CancellationToken token)
            {
                foreach (var name in topics.Where(name => !name.StartsWith('^'))) await TopicPartitions.FindAsync(settings, terminal, name, PartitionSelection.All, token).ConfigureAwait(false);
                watch.Asked();
                return topics;
            }

            async Task<bool> TryReadAsync()
            {
                try
                {
                    await reading.RunAsync(watch.Token).ConfigureAwait(false);
                    return true;
                }
                catch (ConsumeException failure) when (failure.Fault == ConsumeFault.CorruptRecord && damage.MaySkip)
                {
                    consumer.Seek(await damage.SkipAsync(failure, consumer, stop).ConfigureAwait(false));
                    return false;
                }
            }

            void Conclude()
            {
                terminal.Output.Flush();
                if (!arguments.Has(ConsumeOptions.Quiet) && !arguments.WantsJson()) terminal.Warn($"{printer.RecordCount} {(printer.RecordCount == 1 ? "record" : "records")} read from {topic}");
            }
        }
    }

    /// <summary>The command ends for another reason, which is what has to be told.</summary>
    static async Task EndQuietlyAsync(IReading reading, Terminal terminal)
    {
        try
        {
            await reading.EndAsync().ConfigureAwait(false);
        }
        catch (KafkaException failure)
        {
            terminal.Warn($"what was printed last is not committed, and will be read again: {failure.Message}");
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

    /// <summary>What the library calls seeking, in options of this command.</summary>
    static string ReadOnBehind(TopicPartitionOffset place) => $"To read on behind it, run the command again with --partition {place.Partition} and an --offset that lies behind it.";

    /// <summary>The broker is asked which offsets there are: nobody can choose one without knowing.</summary>
    static async Task<CommandException> OutOfRangeAsync(ConsumeException failure, IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        const string OrByName = "--offset beginning, --offset end, or --offset -N for the last N records; partitions have offsets of their own, and --partition chooses among them.";
        var place = failure.TopicPartitionOffset;
        try
        {
            var there = await consumer.GetWatermarksAsync(place.TopicPartition, stop).ConfigureAwait(false);
            return new CommandException(ExitCode.Refused, $"{place.TopicPartition} has no offset {place.Offset}: it begins at {there.Low} and ends at {there.High}.", $"Give an --offset from {there.Low} to {there.High}, {OrByName}", failure);
        }
        catch (KafkaException)
        {
            return new CommandException(ExitCode.Refused, $"{place.TopicPartition} has no offset {place.Offset}.", $"Give {OrByName}", failure);
        }
    }

    static async Task<CommandException> ExplainedAsync(ConsumeException failure, IConsumer<byte[], byte[]> consumer, DamagedPartitions damage, CancellationToken stop)
    {
        var place = failure.TopicPartitionOffset;
        return failure.Fault switch
        {
            ConsumeFault.OffsetOutOfRange => await OutOfRangeAsync(failure, consumer, stop).ConfigureAwait(false),
            ConsumeFault.CorruptRecord => await damage.ExplainedAsync(failure, stop).ConfigureAwait(false),
            ConsumeFault.Broker when failure.Error.Code is ErrorCode.KafkaStorageError or ErrorCode.LeaderNotAvailable && await damage.ReasonAsync(place.TopicPartition, stop).ConfigureAwait(false) is { } reason =>
                new CommandException(ExitCode.Damaged, $"{reason}.", $"{reason.Remedy}.", failure),
            ConsumeFault.UnsupportedCodec => new CommandException(ExitCode.Failed, $"{place}: {failure.Message}", ReadOnBehind(place), failure),
            ConsumeFault.TopicRecreated => new CommandException(ExitCode.Refused, $"topic {place.Topic} was deleted and made again while it was read; offset {place.Offset} of {place.TopicPartition} belongs to the old one.", "Run the command again to read the new one.", failure),
            ConsumeFault.Broker when ClientFailure.IsUnreachable(failure) => ClientFailure.Of(failure, place.Topic),
            ConsumeFault.UnknownPartition => ClientFailure.Of(failure, place.Topic),
            _ => new CommandException(failure.Fault is ConsumeFault.Broker or ConsumeFault.NotAuthorized ? ExitCode.Refused : ExitCode.Failed, $"{place.TopicPartition}: {failure.Message}", inner: failure),
        };
    }
}
