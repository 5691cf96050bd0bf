using System.Diagnostics;
using Semel.Protocol;
using Xunit.Abstractions;

namespace Semel.Machines.Tests.Catalog;

/// <summary>Every turn of the catalog has a view that readers may keep. What one costs must not grow with the topics that are there.</summary>
public class ManyTopicsTests(ITestOutputHelper output)
{
    [Fact]
    public void The_ten_thousandth_topic_costs_no_more_memory_than_the_thousandth()
    {
        var catalog = new TestCatalog();
        var watch = Stopwatch.StartNew();
        Create(catalog, 0, 1_000);
        var early = Create(catalog, 1_000, 2_000);
        Create(catalog, 2_000, 9_000);
        var late = Create(catalog, 9_000, 10_000);
        output.WriteLine($"10,000 topics in {watch.ElapsedMilliseconds} ms; {early / 1000} bytes a topic at first, {late / 1000} at last");
        Assert.Equal(10_000, catalog.View.Topics.Count);
        Assert.True(late < 2 * early, $"{late} bytes for a thousand topics, {early} for the first ones");
    }

    static long Create(TestCatalog catalog, int from, int to)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var number = from; number < to; number++)
        {
            Assert.Equal(ErrorCode.None, catalog.Create($"topic-{number}").Error);
            Assert.True(catalog.View.TryFind($"topic-{number}", out _));
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
