using System.Globalization;
using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>Offsets as Kafka's tool exports them and takes them back: lines of topic,partition,offset; in front of each may stand the group.</summary>
static class OffsetFile
{
    public static string Line(TopicPartition partition, long offset) => string.Create(CultureInfo.InvariantCulture, $"{partition.Topic},{partition.Partition},{offset}");

    /// <exception cref="CommandException">The file cannot be read, or a line is none.</exception>
    public static IReadOnlyDictionary<TopicPartition, long> Read(Terminal terminal, string path, string group, CancellationToken stop)
    {
        var offsets = new Dictionary<TopicPartition, long>();
        var number = 0;
        foreach (var line in Text(terminal, path, stop).Split('\n'))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } trimmed) continue;
            var fields = trimmed.Split(',').Select(field => field.Trim().Trim('"')).ToArray();
            if (fields.Length == 4 && fields[0] != group) throw CommandException.Usage($"{path}, line {number}: it is of group '{fields[0]}', not of '{group}'.");
            if (fields.Length is not (3 or 4) || fields[^3].Length == 0 || !int.TryParse(fields[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var partition) || !long.TryParse(fields[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
                throw CommandException.Usage($"{path}, line {number}: '{trimmed}' is not topic,partition,offset.");
            offsets[new TopicPartition(fields[^3], partition)] = offset;
        }
        return offsets.Count > 0 ? offsets : throw CommandException.Usage($"{path} has no offsets.", "A line is: orders,0,4711");
    }

    static string Text(Terminal terminal, string path, CancellationToken stop)
    {
        try
        {
            return InputFile.ReadAllText(InputFile.PathOf(path, terminal), stop);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{path} cannot be read: {failure.Message}", inner: failure);
        }
    }
}
