using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Handlers;

/// <summary>Each API in each version that it has: the answer decodes to its last byte and says what it should.</summary>
public class EveryVersionTests : BrokerTest
{
    public static TheoryData<ApiKey, short> Versions(params ApiKey[] keys)
    {
        var data = new TheoryData<ApiKey, short>();
        foreach (var key in keys)
        {
            var versions = ApiTable.Find(key)!.Versions;
            for (var version = versions.Lowest; version <= versions.Highest; version++) data.Add(key, version);
        }
        return data;
    }

    public static TheoryData<short> Of(ApiKey key)
    {
        var data = new TheoryData<short>();
        foreach (var row in Versions(key)) data.Add((short)row[1]);
        return data;
    }

    [Theory, MemberData(nameof(Of), ApiKey.Produce)]
    public async Task Produce_appends_and_tells_the_offset(short version)
    {
        var id = await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var request = Requests.Produce("t", 0, TestBatch.Plain("a", "b"));
        request.TopicData[0].TopicId = version >= 13 ? id : TopicId.None;
        var topic = Assert.Single((await client.AskAsync(request, version)).Responses);
        var row = Assert.Single(topic.PartitionResponses);
        Assert.Equal((ErrorCode.None, 0L, -1L), (row.ErrorCode, row.BaseOffset, row.LogAppendTimeMs));
        Assert.Equal(version >= 13 ? id : TopicId.None, topic.TopicId);
        Assert.Equal(["a", "b"], await client.ReadAllAsync("t"));
    }

    [Theory, MemberData(nameof(Of), ApiKey.Fetch)]
    public async Task Fetch_gives_the_records(short version)
    {
        var id = await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b"));
        var request = Requests.Fetch("t", 0, 0);
        request.Topics[0].TopicId = version >= 13 ? id : TopicId.None;
        var response = await client.AskAsync(request, version);
        Assert.Equal((ErrorCode.None, 0), (response.ErrorCode, response.SessionId));
        var row = Assert.Single(Assert.Single(response.Responses).Partitions);
        Assert.Equal((ErrorCode.None, 2L, 2L), (row.ErrorCode, row.HighWatermark, row.LastStableOffset));
        Assert.Equal(["a", "b"], TestBatch.ValuesOf(row.Records!.Value));
    }

    [Theory, MemberData(nameof(Of), ApiKey.ListOffsets)]
    public async Task ListOffsets_finds_both_ends(short version)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b"));
        foreach (var (timestamp, offset) in new[] { (-1L, 2L), (-2L, 0L), (0L, 0L) })
        {
            var response = await client.AskAsync(new ListOffsetsRequest { ReplicaId = NodeId.None, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }] }, version);
            var row = Assert.Single(Assert.Single(response.Topics).Partitions);
            Assert.Equal((ErrorCode.None, offset), (row.ErrorCode, row.Offset));
        }
    }

    [Theory, MemberData(nameof(Of), ApiKey.Metadata)]
    public async Task Metadata_tells_the_topic_and_its_leader(short version)
    {
        var id = await Broker.CreateTopicAsync("t", 3);
        var client = await ConnectAsync();
        var response = await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, version);
        var broker = Assert.Single(response.Brokers);
        Assert.Equal((new NodeId(1), "127.0.0.1", Broker.Broker.EndPoint.Port), (broker.NodeId, broker.Host, broker.Port));
        var topic = Assert.Single(response.Topics);
        Assert.Equal((ErrorCode.None, "t", version >= 10 ? id : TopicId.None), (topic.ErrorCode, topic.Name, topic.TopicId));
        Assert.Equal([0, 1, 2], topic.Partitions.Select(partition => partition.PartitionIndex));
        Assert.All(topic.Partitions, partition => Assert.Equal(new NodeId(1), partition.LeaderId));
    }

    [Theory, MemberData(nameof(Of), ApiKey.FindCoordinator)]
    public async Task FindCoordinator_answers_this_broker(short version)
    {
        var client = await ConnectAsync();
        var request = version < 4 ? new FindCoordinatorRequest { Key = "group" } : new FindCoordinatorRequest { CoordinatorKeys = ["group", "other"] };
        var response = await client.AskAsync(request, version);
        var ports = version < 4 ? [response.Port] : response.Coordinators.Select(coordinator => coordinator.Port).ToArray();
        Assert.Equal(version < 4 ? 1 : 2, ports.Length);
        Assert.All(ports, port => Assert.Equal(Broker.Broker.EndPoint.Port, port));
    }

    [Theory, MemberData(nameof(Of), ApiKey.ApiVersions)]
    public async Task ApiVersions_tells_all_apis(short version)
    {
        var client = await ConnectAsync();
        var response = await client.AskAsync(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1.0" }, version);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal(ServedApis.All.Select(api => api.Key), response.ApiKeys.Select(api => api.ApiKey));
    }

    [Theory, MemberData(nameof(Of), ApiKey.CreateTopics)]
    public async Task CreateTopics_creates_and_tells(short version)
    {
        var client = await ConnectAsync();
        var response = await client.AskAsync(new CreateTopicsRequest { Topics = [new() { Name = "new", NumPartitions = 2, ReplicationFactor = 1, Configs = [new() { Name = "retention.ms", Value = "1000" }] }] }, version);
        var row = Assert.Single(response.Topics);
        Assert.Equal((ErrorCode.None, version >= 5 ? 2 : -1, version >= 7), (row.ErrorCode, row.NumPartitions, !row.TopicId.IsNone));
        if (version >= 5) Assert.Equal(("1000", (sbyte)1), row.Configs!.Where(config => config.Name == "retention.ms").Select(config => (config.Value, config.ConfigSource)).Single());
        Assert.Equal(0, (await client.ProduceAsync("new", 1, TestBatch.Plain("a"))).BaseOffset);
    }

    [Theory, MemberData(nameof(Of), ApiKey.DeleteTopics)]
    public async Task DeleteTopics_deletes(short version)
    {
        await Broker.CreateTopicAsync("old");
        var client = await ConnectAsync();
        var request = version < 6 ? new DeleteTopicsRequest { TopicNames = ["old"] } : new DeleteTopicsRequest { Topics = [new() { Name = "old" }] };
        Assert.Equal(ErrorCode.None, Assert.Single((await client.AskAsync(request, version)).Responses).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ProduceAsync("old", 0, TestBatch.Plain("a"))).ErrorCode);
    }

    [Theory, MemberData(nameof(Of), ApiKey.DeleteRecords)]
    public async Task DeleteRecords_moves_the_start(short version)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.ProduceAsync("t", 0, TestBatch.Plain("a", "b"));
        await client.ProduceAsync("t", 0, TestBatch.Plain("c"));
        var response = await client.AskAsync(new DeleteRecordsRequest { TimeoutMs = 1000, Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 2 }] }] }, version);
        var row = Assert.Single(Assert.Single(response.Topics).Partitions);
        Assert.Equal((ErrorCode.None, 2L), (row.ErrorCode, row.LowWatermark));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await client.FetchAsync("t", 0, 0)).ErrorCode);
        Assert.Equal(["c"], TestBatch.ValuesOf((await client.FetchAsync("t", 0, 2)).Records!.Value));
    }

    [Theory, MemberData(nameof(Of), ApiKey.InitProducerId)]
    public async Task InitProducerId_gives_a_new_id_each_time(short version)
    {
        var client = await ConnectAsync();
        var first = await client.AskAsync(new InitProducerIdRequest { TransactionalId = null }, version);
        var second = await client.AskAsync(new InitProducerIdRequest { TransactionalId = null }, version);
        Assert.Equal((ErrorCode.None, ErrorCode.None), (first.ErrorCode, second.ErrorCode));
        Assert.Equal((0, first.ProducerId.Value + 1), (second.ProducerEpoch.Value, second.ProducerId.Value));
    }

    [Theory, MemberData(nameof(Of), ApiKey.DescribeConfigs)]
    public async Task DescribeConfigs_tells_topic_and_broker(short version)
    {
        await Broker.CreateTopicAsync("t", configs: new Dictionary<string, string> { ["max.message.bytes"] = "2000" });
        var client = await ConnectAsync();
        var response = await client.AskAsync(new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "t", ConfigurationKeys = ["max.message.bytes"] }, new() { ResourceType = 4, ResourceName = "1", ConfigurationKeys = ["node.id"] }],
            IncludeSynonyms = true,
            IncludeDocumentation = version >= 3,
        }, version);
        Assert.Equal([("max.message.bytes", "2000"), ("node.id", "1")], response.Results.Select(result => (result.Configs.Single().Name, result.Configs.Single().Value!)));
        Assert.Equal(version >= 3, response.Results.All(result => result.Configs.Single().Documentation is { Length: > 0 }));
        Assert.Equal(["2000", "1048588"], response.Results[0].Configs[0].Synonyms.Select(synonym => synonym.Value!));
    }

    [Theory, MemberData(nameof(Of), ApiKey.DescribeCluster)]
    public async Task DescribeCluster_tells_the_broker(short version)
    {
        var client = await ConnectAsync();
        var response = await client.AskAsync(new DescribeClusterRequest(), version);
        Assert.Equal((ErrorCode.None, Broker.Broker.ClusterId, new NodeId(1)), (response.ErrorCode, response.ClusterId, response.ControllerId));
        Assert.Equal(Broker.Broker.EndPoint.Port, Assert.Single(response.Brokers).Port);
    }

    [Theory, MemberData(nameof(Of), ApiKey.DescribeProducers)]
    public async Task DescribeProducers_tells_what_the_partition_knows(short version)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var producer = await client.NewProducerAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 3, 0, "a", "b"));
        var response = await client.AskAsync(new DescribeProducersRequest { Topics = [new() { Name = "t", PartitionIndexes = [0, 7] }] }, version);
        var rows = Assert.Single(response.Topics).Partitions;
        var known = Assert.Single(rows[0].ActiveProducers);
        Assert.Equal((producer, 3, 1, -1L), (known.ProducerId, known.ProducerEpoch, known.LastSequence, known.CurrentTxnStartOffset));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, rows[1].ErrorCode);
    }
}
