using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Handlers;

public class FetchTests : BrokerTest
{
    readonly ManualTime _time = new();
    protected override TimeProvider? Time => _time;

    async Task<FrameClient> StartAsync(int partitions = 1)
    {
        await Broker.CreateTopicAsync("t", partitions, new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" });
        return await ConnectAsync();
    }

    [Fact]
    public async Task An_empty_partition_is_answered_when_the_wait_is_over_and_not_before()
    {
        var client = await StartAsync();
        await client.SendAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 5000), ApiKey.Fetch, Requests.FetchVersion);
        var answer = client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromMilliseconds(4999));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var row = (await answer).Response.Responses[0].Partitions[0];
        Assert.Equal((ErrorCode.None, 0), (row.ErrorCode, row.Records!.Value.Length));
    }

    [Fact]
    public async Task A_waiting_fetch_is_answered_by_the_next_record()
    {
        var client = await StartAsync();
        await client.SendAsync(Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue), ApiKey.Fetch, Requests.FetchVersion);
        var writer = await ConnectAsync();
        await writer.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var (_, response) = await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion);
        Assert.Equal(["a"], TestBatch.ValuesOf(response.Responses[0].Partitions[0].Records!.Value));
    }

    [Fact]
    public async Task A_fetch_of_many_partitions_is_awakened_by_any_of_them()
    {
        var client = await StartAsync(partitions: 20);
        var request = new FetchRequest { MaxWaitMs = int.MaxValue, MinBytes = 1, MaxBytes = 1 << 20, Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 20).Select(number => new FetchRequest.FetchPartition { Partition = number, PartitionMaxBytes = 1 << 20 })] }] };
        var writer = await ConnectAsync();
        for (var turn = 0; turn < 20; turn++)
        {
            await client.SendAsync(request, ApiKey.Fetch, Requests.FetchVersion);
            await writer.ProduceAsync("t", turn, TestBatch.Plain($"{turn}"));
            var (_, response) = await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion);
            var row = Assert.Single(response.Responses[0].Partitions, row => row.Records!.Value.Length > 0);
            Assert.Equal(turn, row.PartitionIndex);
            request.Topics[0].Partitions[turn].FetchOffset = 1;
        }
    }

    [Fact]
    public async Task A_fetch_waits_until_there_are_as_many_bytes_as_it_wants()
    {
        var client = await StartAsync();
        await client.SendAsync(Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue, minBytes: 200), ApiKey.Fetch, Requests.FetchVersion);
        var writer = await ConnectAsync();
        foreach (var value in new[] { "a", "b", "c" }) await writer.ProduceAsync("t", 0, TestBatch.Plain(value));
        var (_, response) = await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion);
        Assert.InRange(response.Responses[0].Partitions[0].Records!.Value.Length, 200, int.MaxValue);
    }

    [Fact]
    public async Task The_first_partition_with_records_gives_a_batch_whatever_the_limits_and_the_next_keep_to_them()
    {
        var client = await StartAsync(partitions: 3);
        var large = new string('x', 100_000);
        foreach (var partition in new[] { 1, 2 }) await client.ProduceAsync("t", partition, TestBatch.Plain(large));
        var request = new FetchRequest { MaxWaitMs = 0, MinBytes = 1, MaxBytes = 1000, Topics = [new() { Topic = "t", Partitions = [.. Enumerable.Range(0, 3).Select(number => new FetchRequest.FetchPartition { Partition = number, PartitionMaxBytes = 1000 })] }] };
        var lengths = (await client.AskAsync(request, Requests.FetchVersion)).Responses[0].Partitions.Select(row => row.Records!.Value.Length).ToArray();
        Assert.Equal(0, lengths[0]);
        Assert.InRange(lengths[1], 100_000, 101_000);
        Assert.Equal(0, lengths[2]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task Any_limit_gives_the_first_batch(int maxBytes)
    {
        var client = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var request = Requests.Fetch("t", 0, 0, partitionMaxBytes: maxBytes);
        request.MaxBytes = maxBytes;
        Assert.Equal(["a"], TestBatch.ValuesOf((await client.AskAsync(request, Requests.FetchVersion)).Responses[0].Partitions[0].Records!.Value));
    }

    [Fact]
    public async Task An_offset_inside_a_batch_gives_the_batch_that_holds_it()
    {
        var client = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b", "c"));
        Assert.Equal(["a", "b", "c"], TestBatch.ValuesOf((await client.FetchAsync("t", 0, 1)).Records!.Value));
    }

    [Theory]
    [InlineData(-5, ErrorCode.OffsetOutOfRange)]
    [InlineData(0, ErrorCode.None)]
    [InlineData(1, ErrorCode.None)]
    [InlineData(2, ErrorCode.OffsetOutOfRange)]
    public async Task An_offset_outside_of_the_log_is_refused(long offset, ErrorCode expected)
    {
        var client = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var row = await client.FetchAsync("t", 0, offset);
        Assert.Equal(expected, row.ErrorCode);
        if (expected != ErrorCode.None) Assert.Equal((-1, -1, -1, 0), (row.HighWatermark, row.LastStableOffset, row.LogStartOffset, row.Records!.Value.Length));
    }

    [Theory]
    [InlineData(-1, ErrorCode.None)]
    [InlineData(0, ErrorCode.None)]
    [InlineData(1, ErrorCode.UnknownLeaderEpoch)]
    [InlineData(-2, ErrorCode.None)]
    public async Task Another_leader_epoch_is_refused(int epoch, ErrorCode expected)
    {
        var client = await StartAsync();
        var request = Requests.Fetch("t", 0, 0);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        Assert.Equal(expected, (await client.AskAsync(request, Requests.FetchVersion)).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task The_list_of_aborted_transactions_is_null_or_empty_by_the_isolation_level()
    {
        var client = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        Assert.Null((await client.FetchAsync("t", 0, 0)).AbortedTransactions);
        var committed = await client.FetchAsync("t", 0, 0, IsolationLevel.ReadCommitted);
        Assert.Empty(committed.AbortedTransactions!);
        Assert.Equal(["a"], TestBatch.ValuesOf(committed.Records!.Value));
    }

    [Theory]
    [InlineData(0, -1, ErrorCode.None)]
    [InlineData(77, -1, ErrorCode.None)]
    [InlineData(77, 1, ErrorCode.FetchSessionIdNotFound)]
    [InlineData(0, 5, ErrorCode.FetchSessionIdNotFound)]
    public async Task Who_wants_no_session_gets_none_and_one_that_is_not_there_is_not_continued(int id, int epoch, ErrorCode expected)
    {
        var client = await StartAsync();
        var request = Requests.Fetch("t", 0, 0);
        (request.SessionId, request.SessionEpoch) = (id, epoch);
        var response = await client.AskAsync(request, Requests.FetchVersion);
        Assert.Equal((expected, 0), (response.ErrorCode, response.SessionId));
    }

    [Fact]
    public async Task An_isolation_level_that_is_none_is_refused()
    {
        var client = await StartAsync();
        Assert.Equal(ErrorCode.InvalidRequest, (await client.AskAsync(Requests.Fetch("t", 0, 0, isolation: (IsolationLevel)7), Requests.FetchVersion)).ErrorCode);
    }

    [Fact]
    public async Task A_partition_with_an_error_is_answered_at_once()
    {
        var client = await StartAsync();
        var request = Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue);
        request.Topics.Add(new() { Topic = "absent", Partitions = [new() { Partition = 0 }] });
        var response = await client.AskAsync(request, Requests.FetchVersion);
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition], response.Responses.Select(topic => topic.Partitions[0].ErrorCode));
    }

    [Fact]
    public async Task A_waiting_fetch_is_answered_when_its_topic_is_deleted()
    {
        var client = await StartAsync();
        await client.FetchAsync("t", 0, 0);
        await client.SendAsync(Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue), ApiKey.Fetch, Requests.FetchVersion);
        var other = await ConnectAsync();
        await other.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        var (_, response) = await client.ReceiveAsync<FetchResponse>(ApiKey.Fetch, Requests.FetchVersion);
        Assert.NotEqual(ErrorCode.None, response.Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task A_waiting_fetch_does_not_hold_up_the_stop_of_the_broker()
    {
        var client = await StartAsync();
        await client.FetchAsync("t", 0, 0);
        await client.SendAsync(Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue), ApiKey.Fetch, Requests.FetchVersion);
        await Broker.Broker.StopAsync();
        Assert.DoesNotContain(Lines.All, line => line.Id == 103);
    }

    [Fact]
    public async Task Who_says_that_it_is_a_replica_is_served_as_a_consumer()
    {
        var client = await StartAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        var request = Requests.Fetch("t", 0, 0);
        request.ReplicaId = new NodeId(7);
        Assert.Equal(["a"], TestBatch.ValuesOf((await client.AskAsync(request, Requests.FetchVersion)).Responses[0].Partitions[0].Records!.Value));
    }
}
