using Semel.Codecs;
using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;
using Semel.Log;
using Semel.Log.Segments;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Cli.Dump;

/// <summary>
/// Shows what lies in segment files, and whether it is sound. Reads only, so it may run while a broker uses the files: its last batch may then be half there.
/// </summary>
public sealed class LogDumpCommand : Command
{
    static readonly Option Files = new("--files", "FILE,...", "segment files or folders, separated by commas") { Repeats = true, Completes = Completes.File };
    static readonly Option DataDir = new("--data-dir", "DIR", "a broker's data folder, as PATH is") { Completes = Completes.Folder };
    static readonly Option Topic = new("--topic", "TOPIC", "only the logs of this topic in the folders given") { Aliases = ["-t"] };
    static readonly Option Records = new("--records", null, "print each record, too") { Aliases = ["--print-data-log"] };
    static readonly Option Offsets = new("--offsets-decoder", null, "the records are those of __consumer_offsets, whatever the folder is called; prints them");
    static readonly Option Transactions = new("--transaction-log-decoder", null, "the records are those of __transaction_state, whatever the folder is called; prints them");
    static readonly Option Quiet = new("--quiet", null, "print damage and the summary only") { Aliases = ["-q"] };
    static readonly Option Deep = new("--deep-iteration", null, "accepted for the sake of old scripts; each batch is always looked into") { Hidden = true };

    public override Syntax Syntax { get; } = new("log dump", "show the batches of segment files and find damage")
    {
        Operands = new Operands("PATH", 0, int.MaxValue, "a segment file (*.log), the folder of one log, or a whole data folder") { Completes = Completes.File },
        Options = [Files, DataDir, Topic, Records, Offsets, Transactions, Quiet, Deep, .. OutputOptions.All],
        Notes =
        [
            "Each batch is checked: header, length, order of offsets, CRC-32C, and its records where their codec can be read. Damage is printed with the file and the position of its first byte; the exit code is 5 then.",
            "The names in a line are those of Kafka's dump tool. A batch of an idempotent producer has a producer id, an epoch and sequence numbers; -1 means none.",
            "What coordinators wrote into __transaction_state and __consumer_offsets is shown field by field, as Kafka's dump tool shows it. A control batch says how a transaction ended, and in which epoch of its coordinator.",
        ],
        Examples = ["semel log dump semel-data", "semel log dump --records --json semel-data/logs/orders-0~*/00000000000000000000.log"],
    };

    public override Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var paths = arguments.Operands.Concat(arguments.All(Files).SelectMany(list => list.Split(','))).ToList();
        if (arguments.Text(DataDir) is { } dataDir) paths.Add(dataDir);
        if (paths.Count == 0) throw CommandException.Usage("'semel log dump' needs PATH: a segment file, the folder of a log, or a data folder.", "See 'semel help log dump'.");
        // A folder of a log is looked at as a whole, so that a missing segment is seen; a file that is named alone is not.
        var logs = paths.SelectMany(path => LogsIn(terminal, path)).Distinct().Where(log => BelongsTo(log, arguments.Text(Topic))).ToList();
        if (logs.Count == 0) throw CommandException.Usage($"no segment file there belongs to topic '{arguments.Text(Topic)}'.");
        var decoder = Decoder(arguments);
        var withRecords = arguments.Has(Records) || decoder is not null;
        IDumpFormat format = arguments.WantsJson() ? new DumpJson(terminal.Output, withRecords) : new DumpText(terminal.Output, withRecords);
        var totals = new DumpTotals(0, 0, 0, 0, 0);
        try
        {
            foreach (var log in logs)
            {
                var state = decoder ?? StateLogs.All.FirstOrDefault(known => BelongsTo(log, known.Topic));
                foreach (var segment in LogInspection.Segments(log)) totals = Dump(segment, state, format, totals, onlyDamage: arguments.Has(Quiet), stop);
            }
        }
        catch (LogStoreException unreadable)
        {
            throw new CommandException(ExitCode.Failed, unreadable.Message);
        }
        format.Summary(totals);
        return Task.FromResult(totals.DamagedPlaces > 0 ? ExitCode.Damaged : ExitCode.Success);
    }

    /// <summary>The file itself, or every folder in or below the one given that has segments.</summary>
    static IEnumerable<string> LogsIn(Terminal terminal, string path)
    {
        // It would mean the working directory, and come from a variable of the shell that is not set.
        if (path.Length == 0) throw CommandException.Usage("an empty text was given as PATH.", "Give a segment file, the folder of a log, or a data folder; '.' is the folder you are in.");
        var full = terminal.FullPath(path);
        if (File.Exists(full)) return [Regular(full, path)];
        if (!Directory.Exists(full)) throw CommandException.Usage($"there is no file and no folder {path}.");
        var folders = Directory.GetFiles(full, "*.log", SearchOption.AllDirectories).Where(LogInspection.IsSegment).Select(file => Path.GetDirectoryName(Regular(file, file))!).Distinct().ToArray();
        if (folders.Length == 0) throw CommandException.Usage($"the folder {path} holds no segment files (*.log).");
        Array.Sort(folders, StringComparer.Ordinal);
        return folders;
    }

    /// <summary>A dump goes to and fro in a file, which a pipe or a device does not allow.</summary>
    static string Regular(string full, string shown) => FileKind.MayBeRegular(full)
        ? full
        : throw CommandException.Usage($"{shown} is a pipe, a socket or a device, and no segment file.", "Copy what comes from it into a file, and give that.");

    /// <summary>A partition's log has a name of topic, dash, partition, tilde and the topic's id.</summary>
    static bool BelongsTo(string path, string? topic)
    {
        if (topic is null) return true;
        var name = NameOf(path).Split('~')[0];
        return name.LastIndexOf('-') is > 0 and var dash && name[..dash] == topic;
    }

    /// <summary>Empty when the folder says nothing about it: a file that was copied somewhere.</summary>
    static string NameOf(string path)
    {
        try
        {
            return LogInspection.NameOf(File.Exists(path) ? Path.GetDirectoryName(path)! : path);
        }
        catch (LogDamagedException)
        {
            return "";
        }
    }

    static StateLog? Decoder(ParsedArguments arguments)
    {
        if (arguments.Has(Offsets) && arguments.Has(Transactions)) throw CommandException.Usage("--offsets-decoder and --transaction-log-decoder were both given.", "Give one of them: a file holds one kind of records.");
        return arguments.Has(Offsets) ? StateLogs.ConsumerOffsets : arguments.Has(Transactions) ? StateLogs.TransactionState : null;
    }

    static DumpTotals Dump(InspectedSegment segment, StateLog? state, IDumpFormat format, DumpTotals totals, bool onlyDamage, CancellationToken stop)
    {
        if (!onlyDamage) format.File(segment.Path, segment.SizeInBytes, state);
        foreach (var found in segment.Batches)
        {
            stop.ThrowIfCancellationRequested();
            var batch = found.Fault is null ? found with { Fault = FaultOfRecords(found) } : found;
            if (!onlyDamage || batch.Fault is not null) format.Batch(segment.Path, batch);
            if (!onlyDamage && batch.Fault is null) DumpRecords(batch, format);
            totals = totals with
            {
                Batches = totals.Batches + (batch.Fault is null ? 1 : 0),
                Records = totals.Records + (batch.Fault is null ? batch.Header!.Value.RecordCount : 0),
                DamagedPlaces = totals.DamagedPlaces + (batch.Fault is null ? 0 : 1),
            };
        }
        return totals with { Files = totals.Files + 1, Bytes = totals.Bytes + segment.SizeInBytes };
    }

    static RecordReading Reading => new(CodecTable.All);

    /// <summary>A batch can be whole and its records nonsense: then its producer, not the disk, is at fault.</summary>
    static string? FaultOfRecords(InspectedBatch batch)
    {
        if (batch.Header!.Value.Attributes.IsControl) return null;
        return RecordBatch.Validate(batch.Bytes.Span, Reading) is { } fault ? $"its records are malformed: {fault}" : null;
    }

    static void DumpRecords(InspectedBatch batch, IDumpFormat format)
    {
        try
        {
            using var reader = new RecordBatchReader(batch.Bytes.Span, Reading);
            while (reader.MoveNext()) format.Record(reader);
        }
        catch (RecordFormatException reason)
        {
            format.Unreadable(batch, reason.Message);
        }
    }
}
