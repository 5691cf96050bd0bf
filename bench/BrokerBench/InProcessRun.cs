using System.Diagnostics;
using System.Globalization;
using Semel.Testing;

namespace Semel.BrokerBench;

/// <summary>Starts brokers inside a process of its own.</summary>
static class InProcessRun
{
    const int Starts = 20;

    public static IReadOnlyDictionary<string, double> Measure()
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["inprocess-once"]) { RedirectStandardOutput = true })!;
        var times = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToList();
        process.WaitForExit();
        return new Dictionary<string, double> { ["first ms"] = times[0], ["later ms"] = Comparison.Median(times.Skip(1)) };
    }

    /// <summary>One line for each start, in milliseconds.</summary>
    public static void Print()
    {
        for (var start = 0; start < Starts; start++)
        {
            var began = Stopwatch.GetTimestamp();
            using var broker = new Stopping(InProcessBroker.StartAsync().GetAwaiter().GetResult());
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }
    }

    sealed class Stopping(InProcessBroker broker) : IDisposable
    {
        public void Dispose() => broker.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
