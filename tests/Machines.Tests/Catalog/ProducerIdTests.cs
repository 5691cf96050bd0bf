using System.Buffers.Binary;
using Semel.Machines.Catalog;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Machines.Tests.Catalog;

public class ProducerIdTests
{
    readonly TestCatalog _catalog = new();

    [Fact]
    public void The_first_block_lies_where_chance_put_it_and_the_others_follow()
    {
        var first = _catalog.Random.Value;
        Assert.Equal([(first, 1000), (first + 1000, 1000), (first + 2000, 1000)],
            Enumerable.Range(0, 3).Select(_ => Reserve(otherRandom: 5)).Select(reply => (reply.FirstProducerId.Value, reply.ProducerIdCount)));
        Assert.Equal((first, first + 3_000), (_catalog.View.FirstProducerId.Value, _catalog.View.NextProducerId.Value));
    }

    CatalogReply Reserve(ulong otherRandom)
    {
        var reply = _catalog.Reserve();
        _catalog.Random = ProducerIdSpace.FirstOf(otherRandom);
        return reply;
    }

    [Fact]
    public void I22_a_block_that_was_reserved_and_not_used_before_a_crash_is_never_reserved_again()
    {
        var first = _catalog.Reserve().FirstProducerId.Value;
        _catalog.Restart();
        Assert.Equal(first, _catalog.View.FirstProducerId.Value);
        Assert.Equal(first + 1_000, Reserve(otherRandom: 5).FirstProducerId.Value);
        Assert.Equal(first + 2_000, _catalog.Reserve().FirstProducerId.Value);
    }

    [Fact]
    public void A_catalog_that_begins_anew_gives_out_none_of_the_ids_of_the_one_before()
    {
        var other = new TestCatalog { Random = ProducerIdSpace.FirstOf(123_456_789_012) };
        Assert.True(Math.Abs(_catalog.Reserve().FirstProducerId.Value - other.Reserve().FirstProducerId.Value) > 1_000_000_000);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(ulong.MaxValue)]
    [InlineData((1ul << 53) - (1ul << 41) - 1)]
    public void Every_first_id_is_exact_in_JavaScript_with_room_behind_it_and_none_that_counts_up_from_zero(ulong random)
    {
        var first = ProducerIdSpace.FirstOf(random);
        Assert.InRange(first.Value, 1L << 40, (1L << 53) - (1L << 40) - 1);
        Assert.True(ProducerIdSpace.CanBeFirst(first));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData((1L << 40) - 1)]
    [InlineData((1L << 53) - (1L << 40))]
    public void A_first_id_outside_of_the_space_is_a_fault_of_the_shell(long id)
    {
        _catalog.Random = new ProducerId(id);
        Assert.Throws<InvariantBrokenException>(() => _catalog.Reserve());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_older_folder_goes_on_where_it_is(bool hasSnapshot)
    {
        var catalog = new TestCatalog();
        catalog.AppendFact(Version0(writer => writer.WriteInt64(3_000), ProducerIdsRecord.RecordType));
        if (hasSnapshot) catalog.RestartFrom(OldSnapshot(endOffset: 1, nextProducerId: 3_000));
        Assert.Equal((0L, 3_000L), (catalog.View.FirstProducerId.Value, catalog.View.NextProducerId.Value));
        Assert.Equal(3_000, catalog.Reserve().FirstProducerId.Value);
        catalog.Restart();
        Assert.Equal((0L, 4_000L), (catalog.View.FirstProducerId.Value, catalog.View.NextProducerId.Value));
    }

    [Fact]
    public void An_older_folder_that_gave_out_no_id_begins_by_chance()
    {
        _catalog.RestartFrom(OldSnapshot(endOffset: 0, nextProducerId: 0));
        Assert.True(_catalog.View.FirstProducerId.IsNone);
        Assert.Equal(_catalog.Random, _catalog.Reserve().FirstProducerId);
    }

    static (short, byte[]) Version0(Action<WireWriter> write, short type)
    {
        using var writer = new WireWriter(64);
        writer.WriteInt16(0);
        write(writer);
        writer.WriteUnsignedVarint(0);
        return (type, writer.ToArray());
    }

    /// <summary>Version 1, without a topic.</summary>
    static byte[] OldSnapshot(long endOffset, long nextProducerId)
    {
        var bytes = new byte[22];
        BinaryPrimitives.WriteInt16BigEndian(bytes, 1);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(2), endOffset);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(10), nextProducerId);
        return bytes;
    }

    [Fact]
    public void When_all_ids_are_used_up_none_is_given_twice()
    {
        var catalog = new TestCatalog(new CatalogOptions { ProducerIdBlockSize = int.MaxValue });
        catalog.RestartFrom(OldSnapshot(endOffset: 0, long.MaxValue - int.MaxValue));
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
            Assert.Equal(5_000 + i, block.Next.Value);
            Assert.True(block.TryTake(out var id));
            taken.Add(id.Value);
        }
        Assert.Equal(Enumerable.Range(5_000, 20).Select(id => (long)id), taken);
        Assert.Equal(0, block.Left);
        Assert.False(block.TryTake(out var none));
        Assert.True(none.IsNone);
    }

    [Fact]
    public void An_empty_block_wants_the_next_at_once() => Assert.True(new ProducerIdBlock(ProducerId.None, 0).IsNextWanted);
}
