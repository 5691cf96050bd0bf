using Semel.Client.Producing.Partitioning;

namespace Semel.Client.Tests.Producing.Partitioning;

public class StickyChoiceTests
{
    static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void A_partition_is_kept_until_it_had_its_bytes_and_its_batch_was_closed()
    {
        var sticky = new StickyChoice(100, Linger);
        sticky.Choose(3, TimeSpan.Zero);
        sticky.Put(99, closedBatch: true, TimeSpan.Zero);
        Assert.Equal(3, sticky.Current);
        sticky.Put(1, closedBatch: false, TimeSpan.Zero);
        Assert.Equal(3, sticky.Current);
        sticky.Put(1, closedBatch: true, TimeSpan.Zero);
        Assert.Equal(-1, sticky.Current);
    }

    [Fact]
    public void A_partition_that_had_its_bytes_is_left_when_it_lingered_long_enough()
    {
        var sticky = new StickyChoice(100, Linger);
        sticky.Choose(3, TimeSpan.Zero);
        sticky.Put(100, closedBatch: false, TimeSpan.FromMilliseconds(9));
        Assert.Equal(3, sticky.Current);
        sticky.Put(1, closedBatch: false, Linger);
        Assert.Equal(-1, sticky.Current);
    }

    [Fact]
    public void Twice_the_bytes_are_the_end_in_any_case()
    {
        var sticky = new StickyChoice(100, Linger);
        sticky.Choose(3, TimeSpan.Zero);
        sticky.Put(199, closedBatch: false, TimeSpan.Zero);
        Assert.Equal(3, sticky.Current);
        sticky.Put(1, closedBatch: false, TimeSpan.Zero);
        Assert.Equal(-1, sticky.Current);
    }

    [Fact]
    public void Without_lingering_each_record_chooses_anew()
    {
        var sticky = new StickyChoice(100, TimeSpan.Zero);
        sticky.Choose(3, TimeSpan.Zero);
        sticky.Put(1, closedBatch: false, TimeSpan.Zero);
        Assert.Equal(-1, sticky.Current);
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.7, 0)]
    [InlineData(0.8, 1)]
    [InlineData(0.99, 1)]
    public void Short_queues_come_up_more_often(double chance, int partition) => Assert.Equal(partition, StickyChoice.Draw([0, 2], isAdaptive: true, chance));

    [Theory]
    [InlineData(0.4, 0)]
    [InlineData(0.6, 1)]
    public void Without_adapting_all_weigh_the_same(double chance, int partition) => Assert.Equal(partition, StickyChoice.Draw([0, 2], isAdaptive: false, chance));

    [Fact]
    public void A_partition_without_a_leader_is_not_drawn()
    {
        for (var chance = 0.0; chance < 1; chance += 0.1) Assert.Equal(1, StickyChoice.Draw([-1, 5, -1], isAdaptive: true, chance));
        Assert.Equal(-1, StickyChoice.Draw([-1, -1], isAdaptive: true, 0.5));
    }
}
