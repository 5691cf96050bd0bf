using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming;
using Semel.Protocol.Records;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class FetchedRangeTests
{
    static FetchedRange Read(long from, params byte[][] parts) => FetchedRange.Read(parts.SelectMany(part => part).ToArray(), from);

    [Fact]
    public void No_bytes_are_an_empty_range() => Assert.Equal(new FetchedRange(0, 7, -1, false, false), Read(7));

    [Fact]
    public void Whole_batches_lead_to_behind_the_last_one() =>
        Assert.Equal(new FetchedRange(2, 5, 3, false, false), Read(1, Batches.Plain(0, "a", "b", "c"), Batches.Of(3, ["d", "e"], leaderEpoch: 3)));

    [Fact]
    public void A_hole_between_batches_is_no_damage() => Assert.Equal(101, Read(0, Batches.Plain(0, "a"), Batches.Plain(100, "b")).NextOffset);

    [Fact]
    public void A_last_batch_that_is_cut_is_partial_and_counts_for_nothing()
    {
        var second = Batches.Plain(1, "b");
        Assert.Equal(new FetchedRange(1, 1, 0, false, IsPartial: true), Read(0, Batches.Plain(0, "a"), second[..^1]));
        Assert.Equal(new FetchedRange(0, 0, -1, false, IsPartial: true), Read(0, second[..5]));
    }

    [Fact]
    public void Batches_before_the_position_do_not_move_it_back() => Assert.Equal(10, Read(10, Batches.Plain(0, "a")).NextOffset);

    public static TheoryData<string, byte[]> WhatCannotFollow => new()
    {
        { "offset that goes back", Batches.Plain(0, "x") },
        { "the same offset again", Batches.Plain(4, "x") },
        { "negative base offset", Batches.Plain(-5, "x") },
        { "negative last offset delta", Batches.With(Batches.Plain(5, "x"), header => header with { LastOffsetDelta = -1 }) },
        { "offset past all numbers", Batches.Plain(long.MaxValue, "x") },
        { "negative length", Batches.With(Batches.Plain(5, "x"), header => header with { BatchLength = -3 }) },
        { "length smaller than a header", Batches.With(Batches.Plain(5, "x"), header => header with { BatchLength = 20 }) },
        { "old magic", Batches.With(Batches.Plain(5, "x"), header => header with { Magic = 1 }) },
    };

    [Theory]
    [MemberData(nameof(WhatCannotFollow))]
    public void A_header_that_cannot_be_is_damage_behind_the_batches_before_it(string what, byte[] batch)
    {
        var range = Read(3, Batches.Plain(3, "a", "b"), batch);
        Assert.True(range.IsDamaged, what);
        Assert.Equal((1, 5L), (range.BatchCount, range.NextOffset));
    }

    [Fact]
    public void A_range_tells_whether_a_batch_of_it_is_compressed()
    {
        Assert.False(Read(0, Batches.Plain(0, "a"), Batches.Plain(1, "b")).HasCompressed);
        Assert.True(Read(0, Batches.Plain(0, "a"), Batches.Of(1, ["b"], codec: CompressionCodec.Gzip)).HasCompressed);
    }
}
