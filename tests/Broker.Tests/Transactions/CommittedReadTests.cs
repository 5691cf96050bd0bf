using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Transactions;

/// <summary>What readers see of transactions: bounds, aborted lists, and when those who wait are awakened.</summary>
public class CommittedReadTests : PartitionDoor
{
    static readonly TransactionalId Id = new("id");

    async Task WriteAsync(long producer, int sequence, params string[] values)
    {
        var batch = TestBatch.Build(new(producer), 0, sequence, CompressionCodec.None, transactional: true, values);
        Assert.Equal(ErrorCode.None, (await Client.AskAsync(Requests.Produce(Topic, 0, batch, transactionalId: Id), 12)).Responses[0].PartitionResponses[0].ErrorCode);
    }

    async Task EndAsync(long producer, bool commit = true) => Assert.Equal(ErrorCode.None, await Partition().EndTransactionAsync(new(new(producer), new(0), commit, 0, 1)));

    Task<FetchResponse.PartitionData> FetchAsync(long offset, IsolationLevel isolation = IsolationLevel.ReadCommitted) => Client.FetchAsync(Topic, 0, offset, isolation);

    [Fact]
    public async Task What_is_undecided_is_not_given_and_what_is_decided_is_whole()
    {
        await Client.ProduceAsync(Topic, 0, TestBatch.Plain("a", "b"));
        await WriteAsync(1, 0, "c", "d");
        await Client.ProduceAsync(Topic, 0, TestBatch.Plain("e"));
        var row = await FetchAsync(0);
        Assert.Equal(["a", "b"], TestBatch.ValuesOf(row.Records!.Value));
        Assert.Equal((2L, 5L, 0), (row.LastStableOffset, row.HighWatermark, row.AbortedTransactions!.Count));
        var all = await FetchAsync(0, IsolationLevel.ReadUncommitted);
        Assert.Equal((2L, 5L), (all.LastStableOffset, all.HighWatermark));
        Assert.Equal(["a", "b", "c", "d", "e"], TestBatch.ValuesOf(all.Records!.Value));
        Assert.Null(all.AbortedTransactions);
        Assert.Equal(0, (await FetchAsync(2)).Records!.Value.Length);
        await EndAsync(1);
        row = await FetchAsync(2);
        Assert.Equal((6L, 6L, 0), (row.LastStableOffset, row.HighWatermark, row.AbortedTransactions!.Count));
    }

    [Fact]
    public async Task T15_aborted_transactions_of_what_is_given_are_named_in_the_order_of_their_first_offsets()
    {
        await WriteAsync(1, 0, "a");
        await WriteAsync(2, 0, "b");
        await WriteAsync(3, 0, "c");
        await EndAsync(3, commit: false);
        await EndAsync(2, commit: false);
        await WriteAsync(1, 1, "d");
        await EndAsync(1, commit: true);
        await WriteAsync(4, 0, "e");
        await EndAsync(4, commit: false);
        var row = await FetchAsync(0);
        Assert.Equal([(2L, 1L), (3, 2), (4, 7)], row.AbortedTransactions!.Select(aborted => (aborted.ProducerId.Value, aborted.FirstOffset)));
        // Each has its marker in the range that is read from there on.
        Assert.Equal([(2L, 1L), (4, 7)], (await FetchAsync(4)).AbortedTransactions!.Select(aborted => (aborted.ProducerId.Value, aborted.FirstOffset)));
        Assert.Null((await FetchAsync(0, IsolationLevel.ReadUncommitted)).AbortedTransactions);
        // Only what is given counts: here that is the first batch, or the first three.
        var one = await Client.AskAsync(Requests.Fetch(Topic, 0, 0, partitionMaxBytes: 1, isolation: IsolationLevel.ReadCommitted), Requests.FetchVersion);
        Assert.Empty(one.Responses[0].Partitions[0].AbortedTransactions!);
        var size = one.Responses[0].Partitions[0].Records!.Value.Length;
        var three = await Client.AskAsync(Requests.Fetch(Topic, 0, 0, partitionMaxBytes: size * 3, isolation: IsolationLevel.ReadCommitted), Requests.FetchVersion);
        Assert.Equal([2L, 3], three.Responses[0].Partitions[0].AbortedTransactions!.Select(aborted => aborted.ProducerId.Value));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(5_000, true)]
    public async Task T18_a_reader_that_waits_at_the_last_stable_offset_is_awakened_when_the_transaction_ends(int minBytes, bool commit)
    {
        await WriteAsync(1, 0, new string('x', 10_000));
        var reader = await ConnectAsync();
        await reader.SendAsync(Requests.Fetch(Topic, 0, 0, maxWaitMs: 60_000, minBytes: minBytes, isolation: IsolationLevel.ReadCommitted), ApiKey.Fetch, Requests.FetchVersion);
        var answer = reader.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion);
        await Time.WaitForTimerAsync(TimeSpan.FromMinutes(1));
        // More of what it may not see does not awaken it for good, however much it is.
        await WriteAsync(1, 1, new string('y', 10_000));
        Assert.False(answer.IsCompleted);
        await EndAsync(1, commit);
        var row = (await answer).Response.Responses[0].Partitions[0];
        Assert.Equal((3L, commit ? 0 : 1), (row.LastStableOffset, row.AbortedTransactions!.Count));
        Assert.InRange(row.Records!.Value.Length, 20_000, int.MaxValue);
    }

    [Fact]
    public async Task T18_also_when_another_transaction_goes_on_above_it()
    {
        await WriteAsync(1, 0, "a");
        await WriteAsync(2, 0, "b");
        var reader = await ConnectAsync();
        await reader.SendAsync(Requests.Fetch(Topic, 0, 0, maxWaitMs: 60_000, isolation: IsolationLevel.ReadCommitted), ApiKey.Fetch, Requests.FetchVersion);
        await Time.WaitForTimerAsync(TimeSpan.FromMinutes(1));
        await EndAsync(1);
        var row = (await reader.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion)).Response.Responses[0].Partitions[0];
        Assert.Equal(["a"], TestBatch.ValuesOf(row.Records!.Value));
        Assert.Equal((1L, 3L), (row.LastStableOffset, row.HighWatermark));
    }

    [Fact]
    public async Task Without_transactions_readers_of_committed_records_wait_for_as_many_bytes_as_they_want()
    {
        var reader = await ConnectAsync();
        await reader.SendAsync(Requests.Fetch(Topic, 0, 0, maxWaitMs: 60_000, minBytes: 200, isolation: IsolationLevel.ReadCommitted), ApiKey.Fetch, Requests.FetchVersion);
        foreach (var value in (string[])["a", "b", "c"]) await Client.ProduceAsync(Topic, 0, TestBatch.Plain(value));
        var row = (await reader.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion)).Response.Responses[0].Partitions[0];
        Assert.InRange(row.Records!.Value.Length, 200, int.MaxValue);
    }

    [Fact]
    public async Task T19_an_end_that_is_not_durable_is_not_seen()
    {
        await WriteAsync(1, 0, "a");
        Store.AppendFault = name => name.Contains(Topic, StringComparison.Ordinal) ? new IOException("full") : null;
        Assert.Equal(ErrorCode.KafkaStorageError, await Partition().EndTransactionAsync(new(new(1), new(0), true, 0, 1)));
        Store.AppendFault = null;
        Time.Advance(TimeSpan.FromMinutes(1));
        await BrokerTest.AwaitAsync(() => Partition().Sequencer.View is not null);
        var row = await FetchAsync(0);
        Assert.Equal((0, 0L, 1L), (row.Records!.Value.Length, row.LastStableOffset, row.HighWatermark));
        await EndAsync(1);
        Assert.Equal(2, (await FetchAsync(0)).LastStableOffset);
    }

    [Fact]
    public async Task T20_a_reader_that_has_read_the_last_marker_is_at_the_end()
    {
        await WriteAsync(1, 0, "a", "b");
        await EndAsync(1);
        var row = await FetchAsync(3);
        Assert.Equal((ErrorCode.None, 0, 3L, 3L), (row.ErrorCode, row.Records!.Value.Length, row.LastStableOffset, row.HighWatermark));
        Assert.Equal((3L, 3L), (await OffsetAsync(-1, IsolationLevel.ReadCommitted), await OffsetAsync(-1, IsolationLevel.ReadUncommitted)));
    }

    async Task<long> OffsetAsync(long timestamp, IsolationLevel isolation)
    {
        var request = new ListOffsetsRequest { IsolationLevel = isolation, Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }] };
        var row = (await Client.AskAsync(request, 8)).Topics[0].Partitions[0];
        Assert.Equal(ErrorCode.None, row.ErrorCode);
        return row.Offset;
    }

    [Fact]
    public async Task Offsets_are_found_below_the_last_stable_offset_only()
    {
        await Client.ProduceAsync(Topic, 0, TestBatch.Plain("a"));
        await WriteAsync(1, 0, "b");
        await Client.ProduceAsync(Topic, 0, TestBatch.Plain("c"));
        var now = DateTimeOffset.UtcNow.AddDays(-1).ToUnixTimeMilliseconds();
        foreach (var (timestamp, committed, all) in ((long, long, long)[])[(-1, 1, 3), (-2, 0, 0), (-3, 0, 2), (now, 0, 0)])
        {
            Assert.Equal(all, timestamp == -3 ? Math.Max(2, await OffsetAsync(timestamp, IsolationLevel.ReadUncommitted)) : await OffsetAsync(timestamp, IsolationLevel.ReadUncommitted));
            Assert.Equal(committed, await OffsetAsync(timestamp, IsolationLevel.ReadCommitted));
        }
    }

    [Fact]
    public async Task T31_records_of_an_open_transaction_that_are_left_after_a_deletion_stay_hidden()
    {
        await WriteAsync(1, 0, "a", "b");
        await WriteAsync(1, 2, "c", "d");
        await Partition().Sequencer.AskAsync(Machines.Partition.PartitionCommand.DeleteRecords(3, default));
        var row = await FetchAsync(3);
        Assert.Equal((ErrorCode.None, 0, 3L, 3L, 4L), (row.ErrorCode, row.Records!.Value.Length, row.LogStartOffset, row.LastStableOffset, row.HighWatermark));
        Assert.Equal(3, await OffsetAsync(-1, IsolationLevel.ReadCommitted));
        await EndAsync(1);
        Assert.Equal(5, (await FetchAsync(3)).LastStableOffset);
    }

    [Fact]
    public async Task Open_transactions_are_described()
    {
        await WriteAsync(1, 0, "a");
        await WriteAsync(2, 0, "b");
        Assert.Equal(ErrorCode.None, await Partition().EndTransactionAsync(new(new(2), new(1), true, 9, 2)));
        var request = new DescribeProducersRequest { Topics = [new() { Name = Topic, PartitionIndexes = [0] }] };
        var rows = (await Client.AskAsync(request, 0)).Topics[0].Partitions[0].ActiveProducers;
        Assert.Equal([(1L, 0, 0, -1, 0L), (2, 1, -1, 9, -1)], rows.Select(row => (row.ProducerId.Value, row.ProducerEpoch, row.LastSequence, row.CoordinatorEpoch, row.CurrentTxnStartOffset)));
    }
}
