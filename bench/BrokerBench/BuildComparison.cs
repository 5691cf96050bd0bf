using System.Diagnostics;
using Semel.Client;

namespace Semel.BrokerBench;

/// <summary>
/// This build against an earlier one, each started by the ./semel of its checkout, in interleaved rounds: start, memory, produce, fetch, and the start after a kill.
/// The limits are ratios, after to before, because the machine's own speed cancels out in them.
/// </summary>
sealed class BuildComparison(string after, string before, int rounds, double scale, string? only)
{
    /// <summary>What a figure may be at most (or, of those of which more is better, at least) as a part of the earlier build's.</summary>
    sealed record Limit(string Figure, double Ratio, bool MoreIsBetter = false)
    {
        public bool IsKept(double ratio) => MoreIsBetter ? ratio >= Ratio : ratio <= Ratio;
    }

    const double NotSlower = 1.02, NotFewer = 0.98;
    readonly List<string> _verdicts = [];
    bool _allKept = true;

    /// <returns>Whether every limit is kept.</returns>
    public bool Run()
    {
        Prepare(after, native: true);
        Prepare(before, native: false);
        Part("start", "start to first acknowledged record; idle memory", 2 * rounds, Bench.Started, [new("first acknowledged ms", 0.12), new("idle MiB", 0.4)]);
        var small = (long)(3_000_000 * scale);
        Part("small", $"idempotent produce, acks=all, 100 B, 1 partition, {small:#,0} records", rounds, target => Bench.Throughput(target, small, 100, 1),
            [new("records/s", 1.1, MoreIsBetter: true), new("broker CPU s per million", 0.65)]);
        var large = (long)(1_000_000 * scale);
        Part("large", $"idempotent produce, acks=all, 1 KiB, 8 partitions, {large:#,0} records", rounds, target => Bench.Throughput(target, large, 1024, 8),
            [new("records/s", NotFewer, MoreIsBetter: true), new("broker CPU s per million", NotSlower)]);
        Part("fetch", $"fetch, 100 B, {small:#,0} records", rounds, target => Fetched(target, small),
            [new("consumed/s", NotFewer, MoreIsBetter: true), new("broker CPU s per million", NotSlower)]);
        var paced = (long)(10_000 * scale);
        Part("latency", $"acknowledgement at 1,000 records a second, 1 KiB, {paced:#,0} records", rounds, target => Bench.Latencies(target, paced), [new("p50 ms", NotSlower)]);
        var (producers, bytes) = ((int)(10_000 * scale), (long)((1L << 28) * scale));
        Part("recovery", $"start after SIGKILL with {bytes >> 20} MiB of log and {producers:#,0} producers", rounds, target => RecoveryRun.Measure(target, producers, bytes),
            [new("first acknowledged ms", NotSlower)]);
        Console.WriteLine("\n## Limits\n\n| part | figure | ratio | limit | |\n|---|---|---|---|---|");
        foreach (var verdict in _verdicts) Console.WriteLine(verdict);
        return _allKept;
    }

    void Part(string name, string title, int times, Func<Target, IReadOnlyDictionary<string, double>> measure, IReadOnlyList<Limit> limits)
    {
        if (only is not null && only != name) return;
        Target[] targets = [Target.Semel(after, "disk", "after"), Target.Semel(before, "disk", "before")];
        var ratios = Comparison.Run(title, times, [.. targets.Select(target => (target.Name, (Func<IReadOnlyDictionary<string, double>>)(() => measure(target))))]);
        foreach (var limit in limits)
        {
            var isKept = limit.IsKept(ratios[limit.Figure]);
            _allKept &= isKept;
            _verdicts.Add($"| {name} | {limit.Figure} | {ratios[limit.Figure]:0.000} | {(limit.MoreIsBetter ? "at least" : "at most")} {limit.Ratio} | {(isKept ? "kept" : "MISSED")} |");
        }
    }

    /// <summary>Builds what a checkout has to build, so that nothing of it is in what is measured, and says what runs.</summary>
    static void Prepare(string checkout, bool native)
    {
        var start = new ProcessStartInfo(Path.Combine(checkout, "semel"), ["version"]) { RedirectStandardOutput = true };
        if (native) start.Environment["SEMEL_BUILD"] = "native";
        using var process = Process.Start(start)!;
        var version = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{checkout}/semel does not run: exit code {process.ExitCode}");
        Console.Error.WriteLine($"  {checkout}: {version}");
    }

    static IReadOnlyDictionary<string, double> Fetched(Target target, long count)
    {
        using var broker = BrokerProcess.Start(target, partitions: 1);
        RdkafkaProducer.Run(broker.Bootstrap, "test", count, 100, 1, Bench.Idempotent);
        var cpu = broker.CpuSeconds;
        var (read, seconds, _) = ClientRun.ReadAsync(broker.Bootstrap, "test", count).GetAwaiter().GetResult();
        return new Dictionary<string, double> { ["consumed/s"] = read / seconds, ["broker CPU s per million"] = (broker.CpuSeconds - cpu) * 1e6 / count };
    }
}
