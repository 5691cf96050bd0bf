using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Tests.Catalog;

public class ProducerIdTests
{
    [Fact]
    public void Blocks_follow_each_other()
    {
        var catalog = new TestCatalog();
        Assert.Equal([(0L, 1000), (1000L, 1000), (2000L, 1000)], Enumerable.Range(0, 3).Select(_ => catalog.Reserve()).Select(reply => (reply.FirstProducerId.Value, reply.ProducerIdCount)));
        Assert.Equal(3_000, catalog.View.NextProducerId.Value);
    }

    [Fact]
    public void I22_a_block_that_was_reserved_and_not_used_before_a_crash_is_never_reserved_again()
    {
        var catalog = new TestCatalog();
        catalog.Reserve();
        catalog.Restart();
        Assert.Equal(1_000, catalog.Reserve().FirstProducerId.Value);
    }

    [Fact]
    public void When_all_ids_are_used_up_none_is_given_twice()
    {
        var catalog = new TestCatalog(new CatalogOptions { ProducerIdBlockSize = int.MaxValue });
        var bytes = catalog.Save();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(10), long.MaxValue - int.MaxValue);
        Assert.True(catalog.Machine.TryLoad(bytes, default));
        Assert.Equal(long.MaxValue - int.MaxValue, catalog.Reserve().FirstProducerId.Value);
        Assert.Equal(ErrorCode.UnknownServerError, catalog.Reserve().Error);
        Assert.Equal(long.MaxValue, catalog.View.NextProducerId.Value);
    }

    [Fact]
    public void A_block_gives_each_id_once_and_wants_the_next_at_nine_tenths()
    {
        var block = new ProducerIdBlock(new ProducerId(5_000), 20);
        var taken = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i >= 18, block.IsNextWanted);
            Assert.True(block.TryTake(out var id));
            taken.Add(id.Value);
        }
        Assert.Equal(Enumerable.Range(5_000, 20).Select(id => (long)id), taken);
        Assert.Equal(0, block.Left);
        Assert.False(block.TryTake(out var none));
        Assert.True(none.IsNone);
    }

    [Fact]
    public void An_empty_block_wants_the_next_at_once() => Assert.True(new ProducerIdBlock(ProducerIdBlock.FirstOfAll, 0).IsNextWanted);
}
