namespace Semel.BrokerBench;

/// <summary>
/// Interleaved rounds of several targets, every other one backwards (A B C, C B A, ...), because the machine's speed drifts: what counts is the ratio
/// within a round. A first round is thrown away: in it this process compiles its own code and the machine gets its pages. Prints each figure's median with its minimum and maximum, and the median ratio to the last target.
/// </summary>
static class Comparison
{
    /// <returns>By figure, the median ratio of the first target to the last.</returns>
    public static IReadOnlyDictionary<string, double> Run(string title, int rounds, IReadOnlyList<(string Name, Func<IReadOnlyDictionary<string, double>> Measure)> targets)
    {
        Console.WriteLine($"\n## {title}\n");
        var measured = targets.Select(_ => new List<IReadOnlyDictionary<string, double>>()).ToArray();
        for (var round = 0; round <= rounds; round++)
            for (var turn = 0; turn < targets.Count; turn++)
            {
                var target = round % 2 == 0 ? turn : targets.Count - 1 - turn;
                var figures = targets[target].Measure();
                if (round > 0) measured[target].Add(figures);
                Console.Error.WriteLine($"  {(round == 0 ? "not counted" : $"round {round}")} {targets[target].Name}: {string.Join("  ", figures.Select(f => $"{f.Key} {f.Value:0.###}"))}");
            }
        var names = measured[0][0].Keys.ToList();
        Console.WriteLine($"| target | {string.Join(" | ", names.Select(n => $"{n} | ratio"))} |");
        Console.WriteLine($"|---|{string.Concat(names.Select(_ => "---|---|"))}");
        for (var target = 0; target < targets.Count; target++)
        {
            var cells = names.Select(name =>
            {
                var values = measured[target].Select(round => round[name]).ToList();
                return $"{Median(values):#,0.###} ({values.Min():#,0.###} to {values.Max():#,0.###}) | {Ratio(measured[target], measured[^1], name):0.00}";
            });
            Console.WriteLine($"| {targets[target].Name} | {string.Join(" | ", cells)} |");
        }
        return names.ToDictionary(name => name, name => Ratio(measured[0], measured[^1], name));
    }

    static double Ratio(List<IReadOnlyDictionary<string, double>> mine, List<IReadOnlyDictionary<string, double>> last, string name) =>
        Median(mine.Zip(last, (one, other) => one[name] / other[name]));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
