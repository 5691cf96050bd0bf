using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming;
using Semel.Protocol.Records;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class ReadCommittedFilterTests
{
    static List<BatchVerdict> Judge(AbortedTransaction[] aborted, params byte[][] batches)
    {
        var filter = new ReadCommittedFilter(aborted);
        return [.. batches.Select(batch =>
        {
            RecordBatchHeader.TryRead(batch, out var header);
            return filter.Judge(header, batch);
        })];
    }

    static AbortedTransaction Aborted(long producerId, long firstOffset) => new(new ProducerId(producerId), firstOffset);
    static byte[] Transactional(long offset, long producerId, int count = 1) => Batches.Of(offset, [.. Enumerable.Repeat("v", count)], producerId, transactional: true);

    [Fact]
    public void Of_interleaved_producers_only_the_aborted_one_is_left_out() => Assert.Equal(
        [BatchVerdict.Deliver, BatchVerdict.Aborted, BatchVerdict.Deliver, BatchVerdict.Aborted, BatchVerdict.Control, BatchVerdict.Control],
        Judge([Aborted(2, 1)], Transactional(0, 1), Transactional(1, 2), Batches.Plain(2, "c"), Transactional(3, 2), Batches.Marker(4, 2, commit: false), Batches.Marker(5, 1, commit: true)));

    [Fact]
    public void Two_aborts_and_a_commit_of_one_producer_in_one_answer_are_told_apart_in_whatever_order_the_aborts_are_listed()
    {
        byte[][] batches =
        [
            Transactional(0, 1), Batches.Marker(1, 1, commit: false),
            Transactional(2, 1), Batches.Marker(3, 1, commit: true),
            Transactional(4, 1), Batches.Marker(5, 1, commit: false),
        ];
        BatchVerdict[] expected = [BatchVerdict.Aborted, BatchVerdict.Control, BatchVerdict.Deliver, BatchVerdict.Control, BatchVerdict.Aborted, BatchVerdict.Control];
        Assert.Equal(expected, Judge([Aborted(1, 0), Aborted(1, 4)], batches));
        Assert.Equal(expected, Judge([Aborted(1, 4), Aborted(1, 0)], batches));
    }

    [Fact]
    public void An_abort_marker_of_a_transaction_that_wrote_nothing_here_hides_nothing_that_follows() => Assert.Equal(
        [BatchVerdict.Control, BatchVerdict.Deliver, BatchVerdict.Control],
        Judge([], Batches.Marker(0, 1, commit: false), Transactional(1, 1), Batches.Marker(2, 1, commit: true)));

    [Fact]
    public void A_fetch_that_starts_inside_an_aborted_transaction_delivers_nothing_of_it() => Assert.Equal(
        [BatchVerdict.Aborted, BatchVerdict.Control, BatchVerdict.Deliver],
        Judge([Aborted(1, 3)], Transactional(10, 1), Batches.Marker(11, 1, commit: false), Transactional(12, 1)));

    [Fact]
    public void Two_abort_markers_for_one_entry_are_no_matter() => Assert.Equal(
        [BatchVerdict.Aborted, BatchVerdict.Control, BatchVerdict.Control, BatchVerdict.Deliver],
        Judge([Aborted(1, 0)], Transactional(0, 1), Batches.Marker(1, 1, commit: false), Batches.Marker(2, 1, commit: false), Transactional(3, 1)));

    [Fact]
    public void A_batch_that_is_not_transactional_is_delivered_even_when_its_producer_has_an_aborted_transaction() => Assert.Equal(
        [BatchVerdict.Deliver], Judge([Aborted(1, 0)], Batches.Of(0, ["v"], producerId: 1)));

    [Fact]
    public void An_entry_counts_when_its_first_offset_lies_within_the_batch() => Assert.Equal(
        [BatchVerdict.Deliver, BatchVerdict.Aborted], Judge([Aborted(1, 5)], Transactional(0, 1, count: 3), Transactional(3, 1, count: 3)));

    [Fact]
    public void A_commit_marker_ends_nothing() => Assert.Equal(
        [BatchVerdict.Aborted, BatchVerdict.Control, BatchVerdict.Aborted],
        Judge([Aborted(1, 0)], Transactional(0, 1), Batches.Marker(1, 2, commit: true), Transactional(2, 1)));

    [Fact]
    public void A_control_batch_without_a_key_is_refused()
    {
        var batch = Batches.With(Batches.Of(0, ["v"], producerId: 1), header => header with { Attributes = BatchAttributes.Of(CompressionCodec.None, transactional: true, control: true) });
        Assert.Throws<RecordFormatException>(() => Judge([], batch));
    }
}
