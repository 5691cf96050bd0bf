using Semel.Client.Administration;
using Semel.Client.Tests.Consuming;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Administration;

public sealed class RecordsLeftTests : IAsyncDisposable
{
    static readonly TopicPartition Partition = new("t", 0);
    readonly ScriptedAdmin _scripted = new();
    byte[][] _log = [];
    (long Producer, long First, long Marker)[] _aborted = [];
    long _logStart;
    int _batchesAtOnce = 100;

    public RecordsLeftTests()
    {
        _scripted.Broker.Topics["t"] = (new(Guid.NewGuid()), 1);
        _scripted.Broker.On<FetchRequest, FetchResponse>((request, version) => Fetched(request, version));
    }

    public ValueTask DisposeAsync() => _scripted.DisposeAsync();

    FetchResponse Fetched(FetchRequest request, short version)
    {
        Assert.Equal((IsolationLevel.ReadCommitted, true), (request.IsolationLevel, version <= 12));
        var from = request.Topics[0].Partitions[0].FetchOffset;
        var batches = _log.Where(batch => Header(batch).LastOffset >= from).Take(_batchesAtOnce).ToList();
        return new FetchResponse
        {
            Responses = [new() { Topic = "t", Partitions = [new()
            {
                ErrorCode = from < _logStart ? ErrorCode.OffsetOutOfRange : ErrorCode.None, LogStartOffset = _logStart, Records = batches.SelectMany(batch => batch).ToArray(),
                AbortedTransactions = [.. _aborted.Where(one => batches.Count > 0 && one.Marker >= from && one.First <= Header(batches[^1]).LastOffset).Select(one => new FetchResponse.AbortedTransaction { ProducerId = new(one.Producer), FirstOffset = one.First })],
            }] }],
        };
    }

    static RecordBatchHeader Header(byte[] batch)
    {
        RecordBatchHeader.TryRead(batch, out var header);
        return header;
    }

    Task<RecordCount> CountAsync(long from, long most = long.MaxValue) => _scripted.Admin.Records.CountAsync(Partition, from, most, CancellationToken.None);

    static byte[] Transactional(long offset, long producerId, int count) => Batches.Of(offset, [.. Enumerable.Repeat("v", count)], producerId, transactional: true);

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Neither_markers_nor_aborted_records_are_counted_and_at_the_end_nothing_is_left(int batchesAtOnce)
    {
        _batchesAtOnce = batchesAtOnce;
        _log =
        [
            Batches.Plain(0, "a", "b"), Transactional(2, 7, 3), Transactional(5, 8, 2), Batches.Marker(7, 7, commit: false), Batches.Marker(8, 8, commit: true),
            Transactional(9, 7, 1), Batches.Marker(10, 7, commit: true), Transactional(11, 7, 4), Batches.Marker(15, 7, commit: false),
        ];
        _aborted = [(7, 2, 7), (7, 11, 15)];
        Assert.Equal(new RecordCount(2 + 2 + 1, IsExact: true), await CountAsync(0));
        Assert.Equal(new RecordCount(1, IsExact: true), await CountAsync(9));
        // Kafka's lag would be 6 here: a marker and an aborted transaction with its own.
        Assert.Equal(new RecordCount(0, IsExact: true), await CountAsync(10));
        Assert.Equal(new RecordCount(0, IsExact: true), await CountAsync(16));
    }

    [Fact]
    public async Task A_batch_that_begins_below_the_offset_counts_from_there()
    {
        _log = [Batches.Plain(0, "a", "b", "c", "d"), Batches.Plain(4, "e")];
        Assert.Equal(new RecordCount(3, IsExact: true), await CountAsync(2));
    }

    [Fact]
    public async Task A_batch_from_which_records_were_removed_counts_those_that_are_there()
    {
        // Three records at 0, 1 and 2, and offsets up to 9: what a compaction leaves of ten.
        _log = [Batches.With(Batches.Plain(0, "a", "b", "c"), header => header with { LastOffsetDelta = 9 })];
        Assert.Equal(new RecordCount(3, IsExact: true), await CountAsync(0));
        Assert.Equal(new RecordCount(1, IsExact: true), await CountAsync(2));
        Assert.Equal(new RecordCount(0, IsExact: true), await CountAsync(5));
    }

    [Fact]
    public async Task An_offset_below_the_first_record_counts_from_that()
    {
        (_logStart, _log) = (4, [Batches.Plain(4, "e", "f")]);
        Assert.Equal(new RecordCount(2, IsExact: true), await CountAsync(1));
    }

    [Fact]
    public async Task A_limit_ends_the_counting_and_that_is_told_unless_it_was_the_end()
    {
        (_batchesAtOnce, _log) = (1, [Batches.Plain(0, "a", "b"), Batches.Plain(2, "c"), Batches.Plain(3, "d")]);
        Assert.Equal(new RecordCount(2, IsExact: false), await CountAsync(0, most: 1));
        Assert.Equal(new RecordCount(1, IsExact: true), await CountAsync(3, most: 1));
    }
}
