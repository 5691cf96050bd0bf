using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>What the isolation levels show of transactions (KIP-98).</summary>
public sealed class ConsumerTransactionTests : ConsumerTest
{
    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task Of_interleaved_transactions_exactly_the_committed_records_are_seen_in_order_up_to_the_last_stable_offset(CompressionCodec codec)
    {
        _log.Transactional(1, codec, "a0", "a1")       // 0, 1
            .Transactional(2, codec, "b0", "b1")       // 2, 3
            .Append(codec, "c0")                       // 4
            .Transactional(1, codec, "a2")             // 5
            .Abort(2, firstOffset: 2, stillOpenFrom: 0)
            .Append(codec, "c1")                       // 7
            .Commit(1);                                // 8
        Assert.Equal(["a0", "a1", "c0", "a2", "c1"], await ToEndAsync(Reading(Offset.Beginning)));
        Assert.Equal((9, 0), (_consumer!.GetPositions(_partition).Delivered, (int)_consumer.GetPositions(_partition).OpenTransactionLag!));
    }

    [Fact]
    public async Task Read_uncommitted_sees_aborted_records_too_but_no_markers()
    {
        _log.Transactional(1, CompressionCodec.None, "aborted").Abort(1, 0).Append("plain").Transactional(2, CompressionCodec.None, "open");
        Assert.Equal(["aborted", "plain", "open"], await ToEndAsync(Reading(Offset.Beginning, ("isolation.level", "read_uncommitted"))));
    }

    [Fact]
    public async Task Two_aborts_and_a_commit_of_one_producer_leave_the_committed_records()
    {
        _log.Transactional(1, CompressionCodec.None, "x").Abort(1, 0).Transactional(1, CompressionCodec.None, "kept").Commit(1).Transactional(1, CompressionCodec.None, "y").Abort(1, 4);
        Assert.Equal(["kept"], await ToEndAsync(Reading(Offset.Beginning)));
    }

    [Fact]
    public async Task An_abort_marker_without_data_hides_nothing()
    {
        _log.Abort(1, null).Transactional(1, CompressionCodec.None, "kept").Commit(1);
        Assert.Equal(["kept"], await ToEndAsync(Reading(Offset.Beginning)));
    }

    [Fact]
    public async Task A_fetch_that_starts_inside_an_aborted_transaction_delivers_nothing_of_it()
    {
        _log.Transactional(1, CompressionCodec.None, "0", "1").Transactional(1, CompressionCodec.None, "2", "3").Abort(1, 0).Append("after");
        Assert.Equal(["after"], await ToEndAsync(Reading(1)));
    }

    [Fact]
    public async Task An_open_transaction_stops_delivery_and_its_commit_brings_everything_in_order()
    {
        _log.Append("0", "1").Transactional(1, CompressionCodec.None, "2").Append("3");
        var consumer = Reading(Offset.Beginning);
        Assert.Equal(["0", "1"], await TakeAsync(consumer, 2));
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        while (consumer.GetPositions(_partition) is not { Lag: 0, OpenTransactionLag: 2 }) await Task.Yield();
        var rest = TakeAsync(consumer, 2);
        _log.Commit(1);
        Assert.Equal(["2", "3"], await rest);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.Zero));
        while (consumer.GetPositions(_partition) is not { Delivered: 5, Processed: 5, Lag: 0 }) await Task.Yield();
    }

    [Fact]
    public async Task The_end_is_behind_the_marker_of_the_last_transaction()
    {
        _log.Transactional(1, CompressionCodec.None, "0").Abort(1, 0);
        var end = await NextAsync(Reading(Offset.Beginning, ("enable.partition.eof", "true")));
        Assert.Equal((true, 2L), (end.IsPartitionEof, end.Offset.Value));
    }
}
