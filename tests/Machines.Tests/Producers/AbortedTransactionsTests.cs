using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Tests.Producers;

/// <summary>What a reader of committed records is told to leave out (T15 to T17).</summary>
public class AbortedTransactionsTests
{
    static AbortedTransaction Aborted(long producer, long first, long last, long? lastStable = null) => new(new(producer), first, last, lastStable ?? last + 1);

    static AbortedTransactions Of(params AbortedTransaction[] aborted) => aborted.Aggregate(AbortedTransactions.None, static (all, one) => all.With(one));

    [Fact]
    public void T15_one_that_was_aborted_inside_a_longer_one_is_found_from_the_middle_of_it()
    {
        var aborted = Of(Aborted(2, first: 20, last: 31, lastStable: 10));
        Assert.Equal([Aborted(2, 20, 31, 10)], aborted.Between(15, 41));
        Assert.Equal([Aborted(2, 20, 31, 10)], aborted.Between(25, 27));
        Assert.Equal([Aborted(2, 20, 31, 10)], aborted.Between(31, 32));
        Assert.Empty(aborted.Between(32, 41));
        Assert.Empty(aborted.Between(0, 20));
    }

    [Fact]
    public void T17_the_search_goes_on_while_one_was_open_that_began_below_the_bound()
    {
        // A from 10 to 60 is open while B, C and D end; A itself is aborted last.
        var aborted = Of(Aborted(2, 20, 31, lastStable: 10), Aborted(3, 35, 40, lastStable: 10), Aborted(1, 10, 60), Aborted(4, 70, 80));
        Assert.Equal([10L, 20], aborted.Between(12, 32).Select(one => one.FirstOffset));
        Assert.Equal([10L, 20, 35], aborted.Between(12, 61).Select(one => one.FirstOffset));
        Assert.Equal([70L], aborted.Between(61, 100).Select(one => one.FirstOffset));
    }

    [Fact]
    public void The_search_ends_where_everything_below_the_bound_is_decided()
    {
        // The second is not sound, and would be found if it were looked at.
        var aborted = Of(Aborted(1, 0, 9), Aborted(2, 0, 19));
        Assert.Equal([1L], aborted.Between(0, 10).Select(one => one.ProducerId.Value));
    }

    [Fact]
    public void A_picture_never_changes()
    {
        var before = Of(Aborted(1, 0, 9));
        var after = before;
        for (var number = 2; number < 1_000; number++) after = after.With(Aborted(number, number * 10, number * 10 + 9));
        Assert.Equal((1, 999), (before.Count, after.Count));
        Assert.Equal([1L], before.Between(0, long.MaxValue).Select(one => one.ProducerId.Value));
        Assert.Equal(500, after[499].ProducerId.Value);
    }

    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(9, 1_000)]
    [InlineData(10, 999)]
    [InlineData(5_005, 500)]
    [InlineData(9_999, 1)]
    [InlineData(10_000, 0)]
    public void What_lies_below_the_logs_start_with_its_marker_is_dropped(long start, int left)
    {
        var all = Of([.. Enumerable.Range(0, 1_000).Select(number => Aborted(number, number * 10, number * 10 + 9))]);
        var kept = all.From(start);
        Assert.Equal((1_000, left), (all.Count, kept.Count));
        Assert.Equal(Enumerable.Range(1_000 - left, left).Select(number => number * 10L), kept.Between(start, long.MaxValue).Select(one => one.FirstOffset));
        var more = kept.With(Aborted(7, 20_000, 20_001));
        Assert.Equal((left + 1, 20_000), (more.Count, more.Between(10_000, long.MaxValue).Single().FirstOffset));
        Assert.Equal(left, kept.Count);
    }

    [Fact]
    public void Each_takes_32_bytes_and_its_picture_as_much_for_a_moment()
    {
        Assert.Equal(32, System.Runtime.CompilerServices.Unsafe.SizeOf<AbortedTransaction>());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var aborted = AbortedTransactions.None;
        for (var number = 0; number < 100_000; number++) aborted = aborted.With(Aborted(number, number * 10, number * 10 + 9));
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / aborted.Count, 32, 72);
    }
}
