using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Handlers;

public class ListOffsetsTests : BrokerTest
{
    async Task<FrameClient> StartAsync()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        foreach (var time in new[] { 1000L, 3000, 2000 })
            await client.ProduceAsync("t", 0, TestBatch.With(TestBatch.Plain("a"), header => header with { BaseTimestamp = time, MaxTimestamp = time }));
        return client;
    }

    static async Task<ListOffsetsResponse.ListOffsetsPartitionResponse> AskAsync(FrameClient client, long timestamp, short version = 11, int epoch = -1, IsolationLevel isolation = IsolationLevel.ReadUncommitted)
    {
        var request = new ListOffsetsRequest { ReplicaId = NodeId.None, IsolationLevel = isolation, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp, CurrentLeaderEpoch = epoch }] }] };
        return Assert.Single(Assert.Single((await client.AskAsync(request, version)).Topics).Partitions);
    }

    [Theory]
    [InlineData(-1, 3, -1)] // the end
    [InlineData(-2, 0, -1)] // the start
    [InlineData(-3, 1, 3000)] // the largest timestamp
    [InlineData(-4, 0, -1)] // the local start
    [InlineData(-5, -1, -1)] // the end of a remote tier: none
    [InlineData(0, 0, 1000)]
    [InlineData(1001, 1, 3000)]
    [InlineData(3000, 1, 3000)]
    [InlineData(3001, -1, -1)]
    [InlineData(long.MaxValue, -1, -1)]
    public async Task Each_question_has_its_answer(long timestamp, long offset, long at)
    {
        var row = await AskAsync(await StartAsync(), timestamp);
        Assert.Equal((ErrorCode.None, offset, at), (row.ErrorCode, row.Offset, row.Timestamp));
        Assert.Equal(offset < 0 ? -1 : 0, row.LeaderEpoch);
    }

    [Theory]
    [InlineData(-3, 6)]
    [InlineData(-4, 7)]
    [InlineData(-5, 8)]
    [InlineData(-6, 10)]
    [InlineData(-7, 11)]
    [InlineData(long.MinValue, 11)]
    public async Task A_question_that_the_version_does_not_know_is_refused(long timestamp, short version) =>
        Assert.Equal(ErrorCode.UnsupportedVersion, (await AskAsync(await StartAsync(), timestamp, version)).ErrorCode);

    [Fact]
    public async Task Both_isolation_levels_see_the_end_while_nothing_is_open() =>
        Assert.Equal(3, (await AskAsync(await StartAsync(), -1, isolation: IsolationLevel.ReadCommitted)).Offset);

    [Fact]
    public async Task Another_leader_epoch_is_refused()
    {
        var client = await StartAsync();
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await AskAsync(client, -1, epoch: 3)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await AskAsync(client, -1, epoch: 0)).ErrorCode);
    }

    [Fact]
    public async Task An_empty_log_has_no_record_and_both_its_ends()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Equal(-1, (await AskAsync(client, -3)).Offset);
        Assert.Equal(-1, (await AskAsync(client, 0)).Offset);
        Assert.Equal(0, (await AskAsync(client, -1)).Offset);
        Assert.Equal(0, (await AskAsync(client, -2)).Offset);
    }

    [Fact]
    public async Task A_partition_asked_twice_is_refused()
    {
        var client = await StartAsync();
        var request = new ListOffsetsRequest { ReplicaId = NodeId.None, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }, new() { PartitionIndex = 0, Timestamp = -2 }] }] };
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single((await client.AskAsync(request, 5)).Topics[0].Partitions).ErrorCode);
    }
}
