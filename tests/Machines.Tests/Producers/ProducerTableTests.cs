using System.Runtime.CompilerServices;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Machines.Tests.Producers;

public class ProducerTableTests
{
    static ProducerState StateOf(long id, long appendedAt = 0) => new(new ProducerId(id), new ProducerEpoch(0)) { HeardAt = TimeSpan.FromMilliseconds(appendedAt) };

    [Fact]
    public void A_hundred_thousand_producers_are_all_found_again_and_others_are_not()
    {
        var table = new ProducerTable();
        var random = new Random(7);
        var ids = Enumerable.Range(0, 100_000).Select(i => i % 3 == 0 ? random.NextInt64(1L << 40, long.MaxValue) : i).Distinct().ToArray();
        foreach (var id in ids) table.Add(StateOf(id));
        Assert.Equal(ids.Length, table.Count);
        for (var i = 0; i < ids.Length; i++) Assert.Equal(i, table.Find(new ProducerId(ids[i])));
        Assert.Equal(-1, table.Find(new ProducerId(100_001)));
        Assert.Equal(ids[77], table[77].ProducerId.Value);
    }

    [Fact]
    public void The_silent_are_removed_the_others_keep_their_order_and_are_found()
    {
        var table = new ProducerTable();
        for (var id = 0; id < 1_000; id++) table.Add(StateOf(id, appendedAt: id % 10 == 0 ? 50 : 100 + id));
        var (highest, oldest) = table.RemoveSilent(TimeSpan.FromMilliseconds(50));
        Assert.Equal(900, table.Count);
        Assert.Equal((990L, 101L), (highest.Value, (long)oldest!.Value.TotalMilliseconds));
        for (var id = 0; id < 1_000; id++) Assert.Equal(id % 10 != 0, table.Find(new ProducerId(id)) >= 0);
        Assert.Equal([1L, 2L, 3L], Enumerable.Range(0, 3).Select(position => table[position].ProducerId.Value));
        table.Add(StateOf(5_000));
        Assert.Equal(900, table.Find(new ProducerId(5_000)));
    }

    [Fact]
    public void When_nobody_is_silent_nothing_is_removed()
    {
        var table = new ProducerTable();
        table.Add(StateOf(3, appendedAt: 10));
        var (highest, oldest) = table.RemoveSilent(TimeSpan.FromMilliseconds(9));
        Assert.True(highest.IsNone);
        Assert.Equal(10, (long)oldest!.Value.TotalMilliseconds);
        Assert.Equal(0, table.Find(new ProducerId(3)));
    }

    [Fact]
    public void Removing_all_leaves_a_table_that_takes_producers_again()
    {
        var table = new ProducerTable();
        for (var id = 0; id < 600; id++) table.Add(StateOf(id));
        var (_, oldest) = table.RemoveSilent(TimeSpan.FromMilliseconds(0));
        Assert.Null(oldest);
        Assert.Equal(0, table.Count);
        Assert.Equal(-1, table.Find(new ProducerId(5)));
        Assert.Equal(0, table.Add(StateOf(5)));
        Assert.Equal(0, table.Find(new ProducerId(5)));
    }

    [Fact]
    public void A_producers_state_fits_two_cache_lines() => Assert.True(Unsafe.SizeOf<ProducerState>() <= 128, $"{Unsafe.SizeOf<ProducerState>()} bytes");
}
