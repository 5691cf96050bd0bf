using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Handlers;

/// <summary>Where epochs end, and where a reader's log parts from this one: each row as Apache Kafka 4.4 answers it.</summary>
public class OffsetForLeaderEpochTests : BrokerTest
{
    async Task<(ErrorCode, int, long)> AskAsync(FrameClient client, int leaderEpoch, int current = -1, string topic = "t", int partition = 0, short version = 4)
    {
        var request = new OffsetForLeaderEpochRequest { Topics = [new() { Topic = topic, Partitions = [new() { Partition = partition, CurrentLeaderEpoch = current, LeaderEpoch = leaderEpoch }] }] };
        var answer = Assert.Single((await client.AskAsync(request, version)).Topics);
        var row = Assert.Single(answer.Partitions);
        Assert.Equal((topic, partition), (answer.Topic, row.Partition));
        return (row.ErrorCode, row.LeaderEpoch, row.EndOffset);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_one_epoch_ends_where_the_log_ends(short version)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Equal((ErrorCode.None, 0, 0L), await AskAsync(client, 0, version: version));
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b"));
        Assert.Equal((ErrorCode.None, 0, 2L), await AskAsync(client, 0, current: 0, version: version));
    }

    [Fact]
    public async Task Of_other_epochs_nothing_is_known_but_where_the_log_begins()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b"));
        foreach (var epoch in new[] { -1, 1, 100 }) Assert.Equal((ErrorCode.None, -1, -1L), await AskAsync(client, epoch));
        Assert.Equal((ErrorCode.None, -5, 0L), await AskAsync(client, -5));
    }

    [Fact]
    public async Task A_wrong_idea_of_the_current_epoch_and_what_is_not_there_are_errors()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Equal((ErrorCode.UnknownLeaderEpoch, -1, -1L), await AskAsync(client, 0, current: 1));
        Assert.Equal((ErrorCode.FencedLeaderEpoch, -1, -1L), await AskAsync(client, 0, current: -5));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1, -1L), await AskAsync(client, 0, partition: 7));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1, -1L), await AskAsync(client, 0, topic: "nope"));
    }

    /// <param name="lastFetched">The epoch of the reader's last record.</param>
    [Theory]
    [InlineData(2, 0, ErrorCode.None, -1)]
    [InlineData(3, 0, ErrorCode.None, 2)]
    [InlineData(100, 0, ErrorCode.None, 2)]
    [InlineData(2, 1, ErrorCode.OffsetOutOfRange, -1)]
    [InlineData(100, -1, ErrorCode.OffsetOutOfRange, -1)]
    [InlineData(1, -1, ErrorCode.None, -1)]
    [InlineData(2, -7, ErrorCode.None, -1)]
    public async Task A_fetch_beyond_the_end_is_told_where_the_logs_part(long offset, int lastFetched, ErrorCode error, long parts)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b"));
        var request = Requests.Fetch("t", 0, offset, maxWaitMs: parts < 0 ? 0 : 30_000);
        request.Topics[0].Partitions[0].LastFetchedEpoch = lastFetched;
        var row = (await client.AskAsync(request, 12)).Responses[0].Partitions[0];
        Assert.Equal((error, parts, parts < 0 ? -1 : 0), (row.ErrorCode, row.DivergingEpoch.EndOffset, row.DivergingEpoch.Epoch));
        Assert.Equal(error == ErrorCode.None ? 2 : -1, row.HighWatermark);
    }
}
