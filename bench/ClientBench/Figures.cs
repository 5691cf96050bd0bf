using System.Diagnostics;
using System.Globalization;

namespace Semel.ClientBench;

/// <summary>What one run in a process of its own has measured: a line of name=value, which the comparison reads.</summary>
sealed class Figures : Dictionary<string, double>
{
    public const string PerCpuSecond = "records/CPU-s", PerSecond = "records/s", Allocated = "B/record";

    /// <summary>Counts processor time of the whole process, native threads and the system's share included, time, and what the garbage collector gave out.</summary>
    public static async Task<Figures> OfAsync(Func<Task<long>> run)
    {
        using var self = Process.GetCurrentProcess();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = self.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var records = await run();
        var seconds = clock.Elapsed.TotalSeconds;
        self.Refresh();
        cpu = self.TotalProcessorTime - cpu;
        return new Figures
        {
            [PerCpuSecond] = records / cpu.TotalSeconds,
            [PerSecond] = records / seconds,
            [Allocated] = (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / records,
        };
    }

    public override string ToString() => string.Join(';', this.Select(figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Key}={figure.Value:R}")));

    public static Figures Parse(string line)
    {
        var figures = new Figures();
        foreach (var part in line.Split(';'))
        {
            var at = part.IndexOf('=');
            figures[part[..at]] = double.Parse(part[(at + 1)..], CultureInfo.InvariantCulture);
        }
        return figures;
    }
}
