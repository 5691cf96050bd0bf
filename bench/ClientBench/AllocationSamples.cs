using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Semel.ClientBench;

/// <summary>What the runtime tells of its allocations, about one in a hundred thousand bytes: which types they were. With BENCH_ALLOCATIONS=1, to standard error.</summary>
sealed class AllocationSamples : EventListener
{
    const EventKeywords Collector = (EventKeywords)1;

    readonly ConcurrentDictionary<string, int> _types = new();

    protected override void OnEventSourceCreated(EventSource source)
    {
        if (source.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(source, EventLevel.Verbose, Collector);
    }

    protected override void OnEventWritten(EventWrittenEventArgs written)
    {
        if (written.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true) return;
        var type = written.Payload![written.PayloadNames!.IndexOf("TypeName")] as string ?? "?";
        _types.AddOrUpdate(type, 1, static (_, count) => count + 1);
    }

    public void Print()
    {
        foreach (var (type, count) in _types.OrderByDescending(static entry => entry.Value).Take(20)) Console.Error.WriteLine($"  {count,6} {type}");
    }
}
