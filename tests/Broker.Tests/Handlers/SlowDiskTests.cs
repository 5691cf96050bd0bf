using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Handlers;

/// <summary>A device that stands still: whoever waits for it is told in the time that the request gives, and whoever does not need it is answered at once.</summary>
public class SlowDiskTests : StoreTest
{
    /// <summary>Sends, waits until the broker has set the timer of the request, moves the clock there and receives.</summary>
    async Task<TResponse> AskLateAsync<TResponse>(FrameClient client, IRequest<TResponse> request, ApiKey key, short version, TimeSpan patience) where TResponse : class, IMessage, new()
    {
        await client.SendAsync(request, key, version);
        await Time.WaitForTimerAsync(patience);
        Time.Advance(patience);
        return (await client.ReceiveAsync<TResponse>(key, version)).Response;
    }

    [Fact]
    public async Task A_topic_that_cannot_be_written_in_time_is_answered_so_and_everything_else_goes_on()
    {
        await CreateTopicAsync("t");
        var (client, other) = (await ConnectAsync(), await ConnectAsync());
        using var still = Store.StandStill("catalog");
        var request = new CreateTopicsRequest { TimeoutMs = 3000, Topics = [new() { Name = "u", NumPartitions = 1, ReplicationFactor = 1 }] };
        await client.SendAsync(request, ApiKey.CreateTopics, 7);
        await Time.WaitForTimerAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(ErrorCode.None, (await other.AskAsync(new ApiVersionsRequest(), 0)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await other.AskAsync(new DescribeClusterRequest { EndpointType = 1 }, 1)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await other.AskAsync(new MetadataRequest { Topics = null }, 12)).Topics.Single().ErrorCode);
        Assert.Equal(ErrorCode.None, (await other.ProduceAsync("t", 0, TestBatch.Plain("a"))).ErrorCode);
        Time.Advance(TimeSpan.FromSeconds(3));
        var row = (await client.ReceiveAsync<CreateTopicsResponse>(ApiKey.CreateTopics, 7)).Response.Topics.Single();
        Assert.Equal(ErrorCode.RequestTimedOut, row.ErrorCode);
        Assert.Contains("may still come to be", row.ErrorMessage);
    }

    [Fact]
    public async Task Deleting_and_describing_are_answered_in_time()
    {
        await CreateTopicAsync("t");
        await CreateTopicAsync("u");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a"));
        using var still = Store.StandStill("t-0~");
        using var catalog = Store.StandStill("catalog");
        var writer = await ConnectAsync();
        await writer.SendAsync(Requests.Produce("t", 0, TestBatch.Plain("b")), ApiKey.Produce, Requests.ProduceVersion);
        await still.Begun;
        var deleted = await AskLateAsync(client, new DeleteRecordsRequest { TimeoutMs = 2000, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 1 }] }] }, ApiKey.DeleteRecords, 2, TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.RequestTimedOut, deleted.Topics[0].Partitions[0].ErrorCode);
        var described = await AskLateAsync(client, new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, ApiKey.DescribeProducers, 0, Semel.Broker.Handlers.Patience.Unsaid);
        Assert.Equal(ErrorCode.RequestTimedOut, described.Topics[0].Partitions[0].ErrorCode);
        Assert.NotNull(described.Topics[0].Partitions[0].ErrorMessage);
        var topic = (await AskLateAsync(client, new DeleteTopicsRequest { TimeoutMs = 4000, TopicNames = ["u"] }, ApiKey.DeleteTopics, 5, TimeSpan.FromSeconds(4))).Responses[0];
        Assert.Equal(ErrorCode.RequestTimedOut, topic.ErrorCode);
        Assert.Contains("may still be deleted", topic.ErrorMessage);
        Assert.Equal(["a"], await client.ReadAllAsync("t"));
    }

    [Fact]
    public async Task A_topic_that_metadata_is_to_create_is_not_yet_there_when_the_catalog_cannot_be_written_in_time()
    {
        var client = await ConnectAsync();
        using var still = Store.StandStill("catalog");
        var answer = await AskLateAsync(client, new MetadataRequest { AllowAutoTopicCreation = true, Topics = [new() { Name = "t" }] }, ApiKey.Metadata, 12, Semel.Broker.Handlers.Patience.Unsaid);
        Assert.Equal(ErrorCode.LeaderNotAvailable, answer.Topics[0].ErrorCode);
    }

    [Fact]
    public async Task A_log_that_takes_long_to_open_does_not_keep_a_fetch_of_other_partitions_waiting_for_ever()
    {
        await CreateTopicAsync("t", 2);
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 1, TestBatch.Plain("a"));
        await Broker.StopAsync();
        using var opening = new ManualResetEventSlim();
        Store.OpenFault = name =>
        {
            if (name.StartsWith("t-0~", StringComparison.Ordinal)) opening.Wait(TimeSpan.FromSeconds(20));
            return null;
        };
        await StartAsync();
        client = await ConnectAsync();
        var request = Requests.Fetch("t", 0, 0);
        request.Topics[0].Partitions.Add(new() { Partition = 1, PartitionMaxBytes = 1 << 20 });
        var rows = (await AskLateAsync(client, request, ApiKey.Fetch, Requests.FetchVersion, Semel.Broker.Handlers.Patience.Unsaid)).Responses[0].Partitions;
        Assert.Equal([ErrorCode.KafkaStorageError, ErrorCode.None], rows.Select(row => row.ErrorCode));
        Assert.Equal(["a"], TestBatch.ValuesOf(rows[1].Records!.Value));
        var listed = await AskLateAsync(client, new ListOffsetsRequest { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }] }, ApiKey.ListOffsets, 7, Semel.Broker.Handlers.Patience.Unsaid);
        Assert.Equal(ErrorCode.KafkaStorageError, listed.Topics[0].Partitions[0].ErrorCode);
        opening.Set();
        await Broker.LogsOpened;
        Assert.Equal(ErrorCode.None, (await client.FetchAsync("t", 0, 0)).ErrorCode);
    }
}
