namespace Semel.BrokerBench;

/// <summary>
/// Interleaved rounds of several targets (A B C A B C ...), because the machine's speed drifts: what counts is the ratio within a round.
/// Prints each figure's median with its minimum and maximum, and the median ratio to the last target.
/// </summary>
static class Comparison
{
    public static void Run(string title, int rounds, IReadOnlyList<(string Name, Func<IReadOnlyDictionary<string, double>> Measure)> targets)
    {
        Console.WriteLine($"\n## {title}\n");
        var measured = targets.Select(_ => new List<IReadOnlyDictionary<string, double>>()).ToArray();
        for (var round = 0; round < rounds; round++)
            for (var target = 0; target < targets.Count; target++)
            {
                var figures = targets[target].Measure();
                measured[target].Add(figures);
                Console.Error.WriteLine($"  round {round + 1} {targets[target].Name}: {string.Join("  ", figures.Select(f => $"{f.Key} {f.Value:0.###}"))}");
            }
        var names = measured[0][0].Keys.ToList();
        Console.WriteLine($"| target | {string.Join(" | ", names.Select(n => $"{n} | ratio"))} |");
        Console.WriteLine($"|---|{string.Concat(names.Select(_ => "---|---|"))}");
        for (var target = 0; target < targets.Count; target++)
        {
            var cells = names.Select(name =>
            {
                var values = measured[target].Select(round => round[name]).ToList();
                var ratios = measured[target].Zip(measured[^1], (mine, last) => mine[name] / last[name]).ToList();
                return $"{Median(values):#,0.###} ({values.Min():#,0.###} to {values.Max():#,0.###}) | {Median(ratios):0.00}";
            });
            Console.WriteLine($"| {targets[target].Name} | {string.Join(" | ", cells)} |");
        }
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
