using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Handlers;

public class TopicTests : BrokerTest
{
    static CreateTopicsRequest Create(string name, int partitions = 1, short replicationFactor = -1, bool validateOnly = false, params (string Name, string? Value)[] configs) => new()
    {
        ValidateOnly = validateOnly,
        Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = replicationFactor, Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })] }],
    };

    static async Task<ErrorCode> OutcomeAsync(FrameClient client, CreateTopicsRequest request) => Assert.Single((await client.AskAsync(request, 7)).Topics).ErrorCode;

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("../../etc/passwd")]
    [InlineData("a\0b")]
    [InlineData("größe")]
    public async Task A_name_that_no_topic_can_have_is_refused(string name) => Assert.Equal(ErrorCode.InvalidTopicException, await OutcomeAsync(await ConnectAsync(), Create(name)));

    [Theory]
    [InlineData(249, ErrorCode.None)]
    [InlineData(250, ErrorCode.InvalidTopicException)]
    public async Task A_name_has_at_most_249_characters(int length, ErrorCode expected)
    {
        var client = await ConnectAsync();
        var name = new string('x', length);
        Assert.Equal(expected, await OutcomeAsync(client, Create(name)));
        if (expected == ErrorCode.None) Assert.Equal(ErrorCode.None, (await client.ProduceAsync(name, 0, TestBatch.Plain("a"))).ErrorCode);
    }

    [Fact]
    public async Task Each_reason_to_refuse_a_topic_has_its_error()
    {
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await OutcomeAsync(client, Create("a.b")));
        Assert.Equal(ErrorCode.TopicAlreadyExists, await OutcomeAsync(client, Create("a.b")));
        Assert.Equal(ErrorCode.InvalidTopicException, await OutcomeAsync(client, Create("a_b")));
        Assert.Equal(ErrorCode.InvalidPartitions, await OutcomeAsync(client, Create("c", partitions: 0)));
        Assert.Equal(ErrorCode.PolicyViolation, await OutcomeAsync(client, Create("c", partitions: 1_000_000)));
        Assert.Equal(ErrorCode.InvalidReplicationFactor, await OutcomeAsync(client, Create("c", replicationFactor: 3)));
        Assert.Equal(ErrorCode.InvalidConfig, await OutcomeAsync(client, Create("c", configs: ("retention.mss", "1"))));
        Assert.Equal(ErrorCode.InvalidConfig, await OutcomeAsync(client, Create("c", configs: ("retention.ms", null))));
    }

    [Fact]
    public async Task One_refused_topic_does_not_hinder_the_others_of_its_request()
    {
        var client = await ConnectAsync();
        var request = Create("good");
        request.Topics.AddRange(Create("b/d").Topics);
        request.Topics.AddRange(Create("twice").Topics);
        request.Topics.AddRange(Create("twice").Topics);
        var rows = (await client.AskAsync(request, 7)).Topics.Select(row => (row.Name, row.ErrorCode));
        Assert.Equal([("good", ErrorCode.None), ("b/d", ErrorCode.InvalidTopicException), ("twice", ErrorCode.InvalidRequest)], rows);
    }

    [Fact]
    public async Task Validating_only_says_what_would_be_and_creates_nothing()
    {
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await OutcomeAsync(client, Create("t", validateOnly: true)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ProduceAsync("t", 0, TestBatch.Plain("a"))).ErrorCode);
    }

    [Fact]
    public async Task A_topic_that_is_created_again_has_another_id_and_knows_nothing_of_the_old_one()
    {
        var client = await ConnectAsync();
        var first = await Broker.CreateTopicAsync("t");
        var producer = await client.NewProducerAsync();
        await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "old"));
        await client.AskAsync(new DeleteTopicsRequest { Topics = [new() { TopicId = first }] }, 6);
        Assert.NotEqual(first, await Broker.CreateTopicAsync("t"));
        Assert.Empty(await client.ReadAllAsync("t"));
        Assert.Equal((ErrorCode.None, 0L), Outcome(await client.ProduceAsync("t", 0, TestBatch.Of(producer, 0, 0, "new"))));
        var byOldId = Requests.Produce("t", 0, TestBatch.Plain("x"));
        byOldId.TopicData[0].TopicId = first;
        Assert.Equal(ErrorCode.UnknownTopicId, (await client.AskAsync(byOldId, 13)).Responses[0].PartitionResponses[0].ErrorCode);
        Assert.Equal(["new"], await client.ReadAllAsync("t"));
    }

    static (ErrorCode, long) Outcome(ProduceResponse.PartitionProduceResponse row) => (row.ErrorCode, row.BaseOffset);

    [Fact]
    public async Task Deleting_a_topic_removes_its_logs()
    {
        var client = await ConnectAsync();
        await Broker.CreateTopicAsync("t", 2);
        await client.ProduceAsync("t", 1, TestBatch.Plain("a"));
        Assert.Contains(Broker.Store.Names, name => name.StartsWith("t-1~"));
        await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        Assert.DoesNotContain(Broker.Store.Names, name => name.StartsWith("t-"));
    }

    [Fact]
    public async Task Deleting_what_is_not_there_or_is_named_oddly_is_refused()
    {
        var client = await ConnectAsync();
        var id = await Broker.CreateTopicAsync("t");
        var unknown = new TopicId(Guid.NewGuid());
        var rows = (await client.AskAsync(new DeleteTopicsRequest { Topics = [new() { Name = "absent" }, new() { TopicId = unknown }, new(), new() { Name = "t", TopicId = id }] }, 6)).Responses;
        Assert.Equal([ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicId, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest], rows.Select(row => row.ErrorCode));
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", 0, TestBatch.Plain("a"))).ErrorCode);
    }

    [Fact]
    public async Task Metadata_version_0_with_no_names_and_later_ones_with_null_mean_all_topics()
    {
        await Broker.CreateTopicAsync("b");
        await Broker.CreateTopicAsync("a");
        var client = await ConnectAsync();
        Assert.Equal(["a", "b"], (await client.AskAsync(new MetadataRequest { Topics = [] }, 0)).Topics.Select(topic => topic.Name!));
        Assert.Equal(["a", "b"], (await client.AskAsync(new MetadataRequest { Topics = null }, 1)).Topics.Select(topic => topic.Name!));
        Assert.Empty((await client.AskAsync(new MetadataRequest { Topics = [] }, 1)).Topics);
    }

    [Fact]
    public async Task Asking_for_metadata_creates_a_topic_when_the_client_allows_it()
    {
        var client = await ConnectAsync();
        var refused = Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }], AllowAutoTopicCreation = false }, 9)).Topics);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, refused.ErrorCode);
        var created = Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, 9)).Topics);
        Assert.Equal((ErrorCode.None, 1), (created.ErrorCode, created.Partitions.Count));
        Assert.Equal(ErrorCode.InvalidTopicException, Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "a/b" }] }, 9)).Topics).ErrorCode);
    }

    [Theory]
    [InlineData("__share_group_state")]
    [InlineData("__cluster_metadata")]
    public async Task A_topic_of_the_clusters_own_is_not_made_by_asking(string name)
    {
        var client = await ConnectAsync();
        foreach (var (allowed, expected) in new[] { (true, ErrorCode.InvalidTopicException), (false, ErrorCode.UnknownTopicOrPartition) })
            Assert.Equal(expected, Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = allowed }, 9)).Topics).ErrorCode);
        var created = Assert.Single((await client.AskAsync(new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 5)).Topics);
        Assert.Equal(ErrorCode.InvalidTopicException, created.ErrorCode);
        Assert.Contains(name, created.ErrorMessage);
    }

    [Fact]
    public async Task Asking_for_metadata_creates_nothing_when_the_broker_does_not_allow_it()
    {
        await Broker.RestartAsync(options => options with { AutoCreateTopics = false });
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, 9)).Topics).ErrorCode);
    }

    [Fact]
    public async Task Metadata_by_topic_id_finds_the_topic_or_says_that_the_id_is_unknown()
    {
        var id = await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var unknown = new TopicId(Guid.NewGuid());
        var rows = (await client.AskAsync(new MetadataRequest { Topics = [new() { Name = null, TopicId = id }, new() { Name = null, TopicId = unknown }] }, 12)).Topics;
        Assert.Equal([("t", id, ErrorCode.None), (null, unknown, ErrorCode.UnknownTopicId)], rows.Select(row => (row.Name, row.TopicId, row.ErrorCode)));
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t", TopicId = id }] }, 11)).Topics).ErrorCode);
    }

    [Theory]
    [InlineData(8, "x", ErrorCode.InvalidRequest)]
    [InlineData(2, "absent", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(2, "a/b", ErrorCode.InvalidTopicException)]
    [InlineData(4, "2", ErrorCode.InvalidRequest)]
    [InlineData(4, "", ErrorCode.None)]
    [InlineData(32, "", ErrorCode.InvalidRequest)]
    public async Task Configurations_of_what_is_not_there_are_refused(sbyte type, string name, ErrorCode expected)
    {
        var client = await ConnectAsync();
        var result = Assert.Single((await client.AskAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = null }] }, 4)).Results);
        Assert.Equal((expected, 0), (result.ErrorCode, result.Configs.Count));
    }

    [Fact]
    public async Task Every_group_has_what_the_broker_says_for_all_of_them()
    {
        await Broker.RestartAsync(options => options with { Groups = options.Groups with { ConsumerHeartbeatInterval = TimeSpan.FromSeconds(6) } });
        var client = await ConnectAsync();
        var configs = Assert.Single((await client.AskAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 32, ResourceName = "nobody", ConfigurationKeys = null }], IncludeSynonyms = true }, 4)).Results).Configs;
        Assert.Equal([("consumer.assignment.interval.ms", "1000", 5), ("consumer.heartbeat.interval.ms", "6000", 4), ("consumer.session.timeout.ms", "45000", 5)],
            configs.Select(static config => (config.Name, config.Value!, (int)config.ConfigSource)));
        Assert.Equal([("group.consumer.heartbeat.interval.ms", "6000", 4), ("group.consumer.heartbeat.interval.ms", "5000", 5)],
            configs[1].Synonyms.Select(static synonym => (synonym.Name, synonym.Value!, (int)synonym.Source)));
        var one = Assert.Single((await client.AskAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 32, ResourceName = "nobody", ConfigurationKeys = ["consumer.session.timeout.ms", "x"] }] }, 4)).Results).Configs;
        Assert.Equal("45000", Assert.Single(one).Value);
    }

    [Fact]
    public async Task All_configurations_are_told_when_no_names_are_given()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var results = (await client.AskAsync(new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "t", ConfigurationKeys = null }, new() { ResourceType = 4, ResourceName = "1", ConfigurationKeys = [] }] }, 4)).Results;
        Assert.Contains("retention.ms", results[0].Configs.Select(config => config.Name));
        Assert.Equal(BrokerConfigTable.All.Select(entry => entry.Name), results[1].Configs.Select(config => config.Name));
    }

    [Fact]
    public async Task A_cluster_endpoint_of_controllers_is_another_one()
    {
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.MismatchedEndpointType, (await client.AskAsync(new DescribeClusterRequest { EndpointType = 2 }, 1)).ErrorCode);
        Assert.Equal(ErrorCode.UnsupportedEndpointType, (await client.AskAsync(new DescribeClusterRequest { EndpointType = 9 }, 1)).ErrorCode);
    }

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(1, ErrorCode.None)]
    [InlineData(2, ErrorCode.InvalidRequest)]
    public async Task Coordinators_are_of_groups_or_transactional_ids(sbyte keyType, ErrorCode expected)
    {
        var client = await ConnectAsync();
        Assert.Equal(expected, Assert.Single((await client.AskAsync(new FindCoordinatorRequest { KeyType = keyType, CoordinatorKeys = ["k"] }, 6)).Coordinators).ErrorCode);
    }
}
