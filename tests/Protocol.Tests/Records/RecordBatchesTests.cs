using Semel.Protocol.Records;

namespace Semel.Protocol.Tests.Records;

public sealed class RecordBatchesTests
{
    static readonly byte[] First = Batches.Bytes(Batches.Plain), Second = Batches.Bytes(Batches.AtTheWrap);

    [Fact]
    public void Batches_are_walked_over_in_order()
    {
        var seen = new List<(long, int)>();
        foreach (var batch in RecordBatches.Split((byte[])[.. First, .. Second])) seen.Add((batch.Header.ProducerId.Value, batch.Bytes.Length));
        Assert.Equal([(900, First.Length), (4611686018427387904, Second.Length)], seen);
    }

    [Fact]
    public void A_partial_last_batch_is_left_out_wherever_it_is_cut()
    {
        for (var cut = 0; cut < Second.Length; cut++)
        {
            var batches = RecordBatches.Split((byte[])[.. First, .. Second.AsSpan(0, cut)]);
            Assert.True(batches.MoveNext());
            Assert.Equal(First, batches.Current.Bytes.ToArray());
            Assert.False(batches.MoveNext());
            Assert.Equal(cut, batches.Rest.Length);
        }
    }

    [Fact]
    public void No_bytes_have_no_batches() => Assert.False(RecordBatches.Split(default).MoveNext());

    [Theory]
    [InlineData(48)]
    [InlineData(0)]
    [InlineData(-12)]
    [InlineData(int.MinValue)]
    public void A_length_too_small_for_a_batch_is_refused(int length)
    {
        var batches = RecordBatches.Split(Batches.Of(Batches.Sound(0), 1, batchLength: length));
        Assert.Equal(RecordFaultKind.BatchLength, Assert.Throws<RecordFormatException>(() => batches.MoveNext()).Fault.Kind);
    }

    [Fact]
    public void A_length_beyond_the_bytes_is_a_partial_batch() => Assert.False(RecordBatches.Split(Batches.Of(Batches.Sound(0), 1, batchLength: int.MaxValue)).MoveNext());

    [Fact]
    public void An_older_format_is_refused()
    {
        var batches = RecordBatches.Split(Batches.Of(Batches.Sound(0), 1, magic: 1));
        Assert.Equal(RecordFaultKind.Magic, Assert.Throws<RecordFormatException>(() => batches.MoveNext()).Fault.Kind);
    }
}
