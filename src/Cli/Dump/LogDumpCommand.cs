using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Output;
using Semel.Protocol.Records;

namespace Semel.Cli.Dump;

/// <summary>Shows what lies in segment files, and whether it is sound. Reads only, so it may run while a broker uses the files: its last batch may then be half there.</summary>
public sealed class LogDumpCommand : Command
{
    static readonly Option Files = new("--files", "FILE,...", "segment files or folders, separated by commas") { Repeats = true };
    static readonly Option DataDir = new("--data-dir", "DIR", "a broker's data folder, as PATH is");
    static readonly Option Topic = new("--topic", "TOPIC", "only the logs of this topic in the folders given") { Aliases = ["-t"] };
    static readonly Option Records = new("--records", null, "print each record, too") { Aliases = ["--print-data-log"] };
    static readonly Option Quiet = new("--quiet", null, "print damage and the summary only") { Aliases = ["-q"] };
    static readonly Option Deep = new("--deep-iteration", null, "accepted for the sake of old scripts; each batch is always looked into");

    public override Syntax Syntax { get; } = new("log dump", "show the batches of segment files and find damage")
    {
        Operands = new Operands("PATH", 0, int.MaxValue, "a segment file (*.log), the folder of one log, or a whole data folder"),
        Options = [Files, DataDir, Topic, Records, Quiet, Deep, .. OutputOptions.All],
        Notes =
        [
            "Each batch is checked: header, length, order of offsets, CRC-32C, and its records where their codec can be read. Damage is printed with the file and the position of its first byte; the exit code is 5 then.",
            "The names in a line are those of Kafka's dump tool. A batch of an idempotent producer has a producer id, an epoch and sequence numbers; -1 means none.",
        ],
        Examples = ["semel log dump semel-data", "semel log dump --records --json semel-data/orders-0/00000000000000000000.log"],
    };

    public override Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var paths = arguments.Operands.Concat(arguments.All(Files).SelectMany(list => list.Split(','))).ToList();
        if (arguments.Text(DataDir) is { } dataDir) paths.Add(dataDir);
        if (paths.Count == 0) throw CommandException.Usage("'semel log dump' needs PATH: a segment file, the folder of a log, or a data folder.", "See 'semel help log dump'.");
        var files = paths.SelectMany(path => SegmentFiles(terminal, path)).Distinct().Where(file => BelongsTo(file, arguments.Text(Topic))).ToList();
        if (files.Count == 0) throw CommandException.Usage($"no segment file there belongs to topic '{arguments.Text(Topic)}'.");
        IDumpFormat format = arguments.WantsJson() ? new DumpJson(terminal.Output, arguments.Has(Records)) : new DumpText(terminal.Output, arguments.Has(Records));
        var totals = new DumpTotals(0, 0, 0, 0, 0);
        foreach (var file in files) totals = Dump(file, format, totals, onlyDamage: arguments.Has(Quiet), stop);
        format.Summary(totals);
        return Task.FromResult(totals.DamagedPlaces > 0 ? ExitCode.Damaged : ExitCode.Success);
    }

    static IEnumerable<string> SegmentFiles(Terminal terminal, string path)
    {
        var full = terminal.FullPath(path);
        if (File.Exists(full)) return [full];
        if (!Directory.Exists(full)) throw CommandException.Usage($"there is no file and no folder {path}.");
        // Other files may end with .log, too; a segment is named by its first offset in 20 digits.
        var files = Directory.GetFiles(full, "*.log", SearchOption.AllDirectories).Where(file => Path.GetFileNameWithoutExtension(file) is { Length: 20 } name && name.All(char.IsAsciiDigit)).ToArray();
        if (files.Length == 0) throw CommandException.Usage($"the folder {path} holds no segment files (*.log).");
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <summary>A partition's log has a folder named by topic, dash, partition, tilde and the topic's id.</summary>
    static bool BelongsTo(string file, string? topic)
    {
        if (topic is null) return true;
        var folder = Path.GetFileName(Path.GetDirectoryName(file)!).Split('~')[0];
        return folder.LastIndexOf('-') is > 0 and var dash && folder[..dash] == topic;
    }

    static DumpTotals Dump(string path, IDumpFormat format, DumpTotals totals, bool onlyDamage, CancellationToken stop)
    {
        using var file = Open(path);
        var length = RandomAccess.GetLength(file);
        if (!onlyDamage) format.File(path, length);
        var scan = new SegmentScan(file, length);
        while (scan.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            var batch = scan.Current;
            if (!onlyDamage || batch.Damage is not null) format.Batch(path, batch);
            if (!onlyDamage && batch is { Damage: null, Bytes.IsEmpty: false }) DumpRecords(batch, format);
            totals = totals with
            {
                Batches = totals.Batches + (batch.Damage is null ? 1 : 0),
                Records = totals.Records + (batch.Damage is null ? batch.Header!.Value.RecordCount : 0),
                DamagedPlaces = totals.DamagedPlaces + (batch.Damage is null ? 0 : 1),
            };
        }
        return totals with { Files = totals.Files + 1, Bytes = totals.Bytes + length };
    }

    static void DumpRecords(in ScannedBatch batch, IDumpFormat format)
    {
        try
        {
            using var reader = new RecordBatchReader(batch.Bytes.Span);
            while (reader.MoveNext()) format.Record(reader);
        }
        catch (RecordFormatException reason)
        {
            format.Unreadable(batch, reason.Message);
        }
    }

    static Microsoft.Win32.SafeHandles.SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"{path} cannot be read: {failure.Message}");
        }
    }
}
