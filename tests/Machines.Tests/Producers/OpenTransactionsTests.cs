using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Tests.Producers;

public class OpenTransactionsTests
{
    static OpenTransaction Open(long producer, long first, short epoch = 0) => new(new(producer), new(epoch), first);

    [Fact]
    public void One_is_open_for_its_producer_and_its_epoch_alone()
    {
        var open = OpenTransactions.None.With(Open(7, 10, epoch: 3));
        Assert.True(open.IsOpen(new(7), new(3)));
        Assert.False(open.IsOpen(new(7), new(2)));
        Assert.False(open.IsOpen(new(7), new(4)));
        Assert.False(open.IsOpen(new(8), new(3)));
    }

    [Fact]
    public void The_oldest_that_is_left_says_where_the_undecided_begins()
    {
        var open = OpenTransactions.None.With(Open(7, 10)).With(Open(3, 20)).With(Open(5, 30));
        Assert.Equal((10L, 3), (open.FirstOffset, open.Count));
        open = open.Without(new(3));
        Assert.Equal(10, open.FirstOffset);
        open = open.Without(new(7));
        Assert.Equal([Open(5, 30)], open.All);
        Assert.Equal(30, open.FirstOffset);
        open = open.Without(new(5));
        Assert.Null(open.FirstOffset);
        Assert.Same(OpenTransactions.None, open);
    }

    [Fact]
    public void A_picture_never_changes_and_is_the_same_when_nothing_did()
    {
        var one = OpenTransactions.None.With(Open(7, 10));
        var two = one.With(Open(8, 20));
        Assert.Equal((0, 1, 2), (OpenTransactions.None.Count, one.Count, two.Count));
        Assert.False(one.IsOpen(new(8), new(0)));
        Assert.Same(two, two.Without(new(9)));
    }

    [Fact]
    public void One_more_among_ten_thousand_costs_a_few_nodes()
    {
        var open = OpenTransactions.None;
        for (var producer = 0; producer < 10_000; producer++) open = open.With(Open(producer, producer * 2));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var more = open.With(Open(20_000, 20_001));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 8_192);
        Assert.Equal(10_001, more.Count);
    }
}
