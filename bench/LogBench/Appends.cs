using System.Diagnostics;
using Semel.Log;
using Semel.Log.Segments;

namespace Semel.LogBench;

/// <summary>One writer per log, each of which appends the next batch when the last one is acknowledged.</summary>
static class Appends
{
    public static async Task Run(BenchOptions options)
    {
        Console.WriteLine($"{"flush",-5} {"logs",5} {"batch",9} {"p50 ms",8} {"p99 ms",8} {"appends/s",10} {"MB/s",7} {"CPU us/append",14} {"B allocated/append",19}");
        foreach (var (logs, bytes) in options.SizesOr((1, 1), (1, 16), (1, 1024), (8, 16), (8, 1024), (64, 1), (64, 16), (1000, 1), (1000, 16)))
        {
            foreach (var flush in new[] { FlushMode.Disk, FlushMode.Os })
            {
                for (var round = 0; round < options.Rounds; round++) await Measure(options, flush, logs, bytes);
            }
        }
    }

    static async Task Measure(BenchOptions options, FlushMode flush, int logs, int bytes)
    {
        var folder = options.NewFolder("append");
        var times = new List<double>[logs];
        var store = new SegmentLogStore(new SegmentStoreOptions { Directory = folder, Flush = flush });
        var open = Enumerable.Range(0, logs).Select(n => store.OpenOrCreate($"log-{n}", new LogOptions())).ToArray();
        foreach (var log in open) await Append(log, BenchBatch.Of(bytes));
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, logs).Select(n => Task.Run(() => Write(open[n], bytes, start, options.Duration, times[n] = new List<double>(100_000)))));
        var elapsed = Stopwatch.GetElapsedTime(start);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        allocated = GC.GetTotalAllocatedBytes() - allocated - logs * 100_000L * sizeof(double);
        await store.DisposeAsync();
        options.Remove(folder);
        var all = times.SelectMany(time => time).Order().ToArray();
        if (all.Length == 0) throw new InvalidOperationException("no append came to its end in the time: give it more with --seconds");
        Console.WriteLine($"{flush,-5} {logs,5} {bytes >> 10,5} KiB {all[all.Length / 2],8:0.000} {all[(int)(all.Length * 0.99)],8:0.000} {all.Length / elapsed.TotalSeconds,10:0} {all.Length * (double)bytes / 1e6 / elapsed.TotalSeconds,7:0} {cpu.TotalMicroseconds / all.Length,14:0.0} {allocated / all.Length,19}");
    }

    static ValueTask<AppendOutcome> Append(ILog log, byte[] batch)
    {
        BenchBatch.Stamp(batch, log.Bounds.EndOffset);
        return log.AppendAsync([batch], log.Bounds.EndOffset);
    }

    static async Task Write(ILog log, int bytes, long start, TimeSpan duration, List<double> times)
    {
        var batch = BenchBatch.Of(bytes);
        var batches = new ReadOnlyMemory<byte>[] { batch };
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            var end = log.Bounds.EndOffset;
            BenchBatch.Stamp(batch, end);
            var began = Stopwatch.GetTimestamp();
            await log.AppendAsync(batches, end);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }
}
