using System.Diagnostics;
using System.Globalization;

namespace Semel.ClientBench;

/// <summary>One run, as it is told to the process that makes it.</summary>
sealed record Workload(string Part, string Client, string Bootstrap, string Topic, long Records, int Size)
{
    public string[] Arguments => ["run", Part, Client, Bootstrap, Topic, Records.ToString(CultureInfo.InvariantCulture), Size.ToString(CultureInfo.InvariantCulture)];

    public static Workload Parse(string[] arguments) =>
        new(arguments[1], arguments[2], arguments[3], arguments[4], long.Parse(arguments[5], CultureInfo.InvariantCulture), int.Parse(arguments[6], CultureInfo.InvariantCulture));

    /// <summary>Of a pipeline.</summary>
    public static readonly TimeSpan CommitInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Where a pipeline writes to.</summary>
    public string Output => $"{Topic}-out";

    /// <summary>Of processor time, because a busy machine gives little of it in a second; and of time, at most.</summary>
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2), Measured = TimeSpan.FromSeconds(1.5), Longest = TimeSpan.FromSeconds(8);

    /// <summary>Makes runs of so many records until code is compiled and memory touched, then measures the runs that follow.</summary>
    /// <param name="run">Returns how many records it was.</param>
    public static async Task<Figures> MeasureAsync(Func<Task<long>> run)
    {
        await RepeatAsync(run, WarmUp);
        return await Figures.OfAsync(() => RepeatAsync(run, Measured));
    }

    static async Task<long> RepeatAsync(Func<Task<long>> run, TimeSpan processorTime)
    {
        long records = 0;
        using var self = Process.GetCurrentProcess();
        var until = self.TotalProcessorTime + processorTime;
        var clock = Stopwatch.StartNew();
        do
        {
            records += await run();
            self.Refresh();
        }
        while (self.TotalProcessorTime < until && clock.Elapsed < Longest);
        return records;
    }

    /// <summary>Values that do not compress, as bytes of an application rarely do without a codec.</summary>
    public byte[] Value()
    {
        var value = new byte[Size];
        new Random(7).NextBytes(value);
        return value;
    }
}
