using System.Diagnostics;

namespace Semel.ClientBench;

/// <summary>
/// Interleaved rounds of several clients, every other one backwards, because the machine's speed drifts: what counts are the ratios within a round. Prints medians,
/// each with its smallest and largest, and the ratios to the first client.
/// </summary>
sealed class Rounds(int wanted, TimeSpan longest)
{
    const int Least = 3;

    public void Print(string title, IReadOnlyList<ClientTarget> targets, Func<ClientTarget, int, Figures> measure)
    {
        Console.WriteLine($"\n## {title}\n");
        var measured = targets.Select(static _ => new List<Figures>()).ToArray();
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < wanted && (round < Least || clock.Elapsed < longest); round++)
            for (var turn = 0; turn < targets.Count; turn++)
            {
                var at = round % 2 == 0 ? turn : targets.Count - 1 - turn;
                var figures = measure(targets[at], round);
                measured[at].Add(figures);
                Console.Error.WriteLine($"  round {round + 1} {targets[at].Name}: {string.Join("  ", figures.Select(static figure => $"{figure.Key} {figure.Value:#,0.##}"))}");
            }
        Console.WriteLine($"| client | {Figures.PerCpuSecond} | ratio | {Figures.PerSecond} | ratio | {Figures.Allocated} |");
        Console.WriteLine("|---|---|---|---|---|---|");
        for (var target = 0; target < targets.Count; target++)
            Console.WriteLine($"| {targets[target].Name} | {Both(measured, target, Figures.PerCpuSecond)} | {Both(measured, target, Figures.PerSecond)} | " +
                $"{Spread(measured[target].Select(static figures => figures[Figures.Allocated]), "#,0.0")} |");
        Console.WriteLine($"\n{measured[0].Count} rounds in {clock.Elapsed.TotalSeconds:0} s.");
    }

    static string Both(List<Figures>[] measured, int target, string figure) =>
        $"{Spread(measured[target].Select(figures => figures[figure]), "#,0")} | {Spread(measured[target].Zip(measured[0], (mine, first) => mine[figure] / first[figure]), "0.00")}";

    static string Spread(IEnumerable<double> values, string format)
    {
        var sorted = values.Order().ToList();
        var median = sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
        return $"{median.ToString(format)} ({sorted[0].ToString(format)} to {sorted[^1].ToString(format)})";
    }
}
