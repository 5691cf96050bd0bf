using System.Diagnostics;
using Semel.Log;
using Semel.Log.Segments;
using Semel.Protocol.Records;

namespace Semel.LogBench;

/// <summary>A consumer that reads one log, in the page cache, from its start to its end.</summary>
static class Reads
{
    public static async Task Run(BenchOptions options)
    {
        Console.WriteLine($"{"batch",9} {"read",9} {"MB/s",8} {"us/read",8} {"B allocated/read",17}");
        foreach (var (_, bytes) in options.SizesOr((1, 1), (1, 16), (1, 1024)))
        {
            var folder = options.NewFolder("read");
            await using (var store = new SegmentLogStore(new SegmentStoreOptions { Directory = folder, Flush = FlushMode.Os }))
            {
                using var log = store.OpenOrCreate("log", new LogOptions());
                var batch = BenchBatch.Of(bytes);
                for (long written = 0; written < 256 << 20; written += batch.Length)
                {
                    BenchBatch.Stamp(batch, log.Bounds.EndOffset);
                    await log.AppendAsync([batch], log.Bounds.EndOffset);
                }
                foreach (var maxBytes in new[] { 64 << 10, 1 << 20 })
                {
                    for (var round = 0; round < options.Rounds; round++) Measure(log, bytes, maxBytes);
                }
            }
            options.Remove(folder);
        }
    }

    static void Measure(ILog log, int bytes, int maxBytes)
    {
        var (offset, total, reads) = (0L, 0L, 0);
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        while (offset < log.Bounds.EndOffset)
        {
            using var read = log.Read(offset, long.MaxValue, maxBytes);
            total += read.Bytes.Length;
            reads++;
            foreach (var batch in RecordBatches.Split(read.Bytes)) offset = batch.Header.NextOffset;
        }
        var elapsed = Stopwatch.GetElapsedTime(start);
        Console.WriteLine($"{bytes >> 10,5} KiB {maxBytes >> 10,5} KiB {total / 1e6 / elapsed.TotalSeconds,8:0} {elapsed.TotalMicroseconds / reads,8:0.0} {(GC.GetTotalAllocatedBytes() - allocated) / reads,17}");
    }
}
