using System.Diagnostics;
using Semel.Log;
using Semel.Log.Segments;

namespace Semel.LogBench;

/// <summary>
/// Opening a store that was not closed: the folder is copied while the store is open, which is what a killed process leaves. With flush=os all of the log must be
/// scanned; with flush=disk only what lies above the recovery points, after the journal was replayed.
/// </summary>
static class Recoveries
{
    public static async Task Run(BenchOptions options)
    {
        Console.WriteLine($"{"flush",-5} {"logs",5} {"each",10} {"store ms",9} {"logs ms",9} {"scanned MB",11}");
        foreach (var (logs, bytes) in options.SizesOr((1, 1 << 20), (2, 512 << 10), (1000, 1024)))
        {
            foreach (var flush in new[] { FlushMode.Os, FlushMode.Disk })
            {
                var folder = options.NewFolder("recover");
                var copy = Path.Combine(options.Directory, "recover-copy");
                await Fill(folder, copy, flush, logs, bytes);
                for (var round = 0; round < options.Rounds; round++) await Measure(options, copy, flush, logs, bytes);
                options.Remove(folder);
                options.Remove(copy);
            }
        }
    }

    static async Task Fill(string folder, string copy, FlushMode flush, int logs, int bytes)
    {
        await using var store = new SegmentLogStore(new SegmentStoreOptions { Directory = folder, Flush = flush });
        var open = Enumerable.Range(0, logs).Select(n => store.OpenOrCreate($"log-{n}", new LogOptions())).ToArray();
        var batch = BenchBatch.Of(16 << 10);
        for (var written = 0; written < bytes; written += batch.Length)
        {
            foreach (var log in open)
            {
                BenchBatch.Stamp(batch, log.Bounds.EndOffset);
                await log.AppendAsync([batch], log.Bounds.EndOffset);
            }
        }
        Copy(folder, copy);
    }

    static void Copy(string folder, string copy)
    {
        if (Directory.Exists(copy)) Directory.Delete(copy, recursive: true);
        Directory.CreateDirectory(copy);
        foreach (var inner in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(inner.Replace(folder, copy));
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!Path.GetFileName(file).StartsWith(".lock", StringComparison.Ordinal)) File.Copy(file, file.Replace(folder, copy));
        }
    }

    static async Task Measure(BenchOptions options, string crashed, FlushMode flush, int logs, int bytes)
    {
        var folder = Path.Combine(options.Directory, "recover-run");
        Copy(crashed, folder);
        var start = Stopwatch.GetTimestamp();
        var store = new SegmentLogStore(new SegmentStoreOptions { Directory = folder, Flush = flush });
        var opened = Stopwatch.GetElapsedTime(start);
        long scanned = 0;
        Parallel.ForEach(store.Names, new ParallelOptions { MaxDegreeOfParallelism = 2 }, name => Interlocked.Add(ref scanned, store.Open(name, new LogOptions()).Recovery.ScannedBytes));
        var all = Stopwatch.GetElapsedTime(start);
        Console.WriteLine($"{flush,-5} {logs,5} {bytes >> 10,6} KiB {opened.TotalMilliseconds,9:0.0} {(all - opened).TotalMilliseconds,9:0.0} {scanned / 1e6,11:0}");
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
