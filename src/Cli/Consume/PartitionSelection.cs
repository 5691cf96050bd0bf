using System.Globalization;

namespace Semel.Cli.Consume;

/// <summary>Which partitions of a topic are meant: "all", numbers, and ranges, such as 0,2,5-7.</summary>
/// <param name="Numbers">Sorted, each once; null for all.</param>
public sealed record PartitionSelection(IReadOnlyList<int>? Numbers)
{
    const int Most = 100_000;

    public static readonly PartitionSelection All = new((IReadOnlyList<int>?)null);

    /// <exception cref="CommandException">The text is no such list.</exception>
    public static PartitionSelection Parse(IEnumerable<string> texts, string option)
    {
        var numbers = new SortedSet<int>();
        foreach (var part in texts.SelectMany(text => text.Split(',')))
        {
            if (part is "all" or "-1") return All;
            var dash = part.IndexOf('-');
            var isRange = dash > 0;
            if (!TryNumber(isRange ? part[..dash] : part, out var first) || !TryNumber(isRange ? part[(dash + 1)..] : part, out var last) || last < first || last - first >= Most)
                throw CommandException.Usage($"{option} is '{part}', but must be 'all', a partition's number, or a list such as 0,2,5-7.");
            for (var number = first; number <= last; number++) numbers.Add(number);
        }
        return numbers.Count == 0 ? All : new PartitionSelection([.. numbers]);
    }

    static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
