using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Testing;

namespace Semel.Client.Tests.Administration;

/// <summary>The admin client against the real broker.</summary>
public sealed class AdminClientTests : IAsyncLifetime
{
    InProcessBroker _broker = null!;
    AdminClient _admin = null!;

    public async Task InitializeAsync()
    {
        _broker = await InProcessBroker.StartAsync();
        _admin = new AdminClient(new ClientConfig { BootstrapServers = _broker.BootstrapServers });
    }

    public async Task DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Topics_are_made_each_with_its_own_result()
    {
        var results = await _admin.CreateTopicsAsync([new NewTopic("made", 3, 1) { Configs = new Dictionary<string, string> { ["retention.ms"] = "1000" } }, new NewTopic("not/allowed", 1, 1)]);
        Assert.Equal(["made", "not/allowed"], results.Select(result => result.Item));
        Assert.Equal(3, results[0].GetValue().Partitions);
        Assert.False(results[0].GetValue().TopicId.IsNone);
        var failure = Assert.Throws<KafkaException>(() => results[1].GetValue());
        Assert.Equal(ErrorCode.InvalidTopicException, failure.Error.Code);
        Assert.Contains("not/allowed", failure.Message);
        Assert.Equal(ErrorCode.TopicAlreadyExists, (await _admin.CreateTopicsAsync([new NewTopic("made", 1, 1)]))[0].Failure!.Error.Code);
    }

    [Fact]
    public async Task Validating_makes_nothing()
    {
        Assert.True((await _admin.CreateTopicsAsync([new NewTopic("only-asked", 1, 1)], validateOnly: true))[0].IsSuccess);
        Assert.DoesNotContain(await _admin.ListTopicsAsync(), topic => topic.Name == "only-asked");
    }

    [Fact]
    public async Task Topics_are_listed_and_described_and_a_missing_one_is_named()
    {
        await _broker.CreateTopicAsync("b", 2);
        var id = await _broker.CreateTopicAsync("a", 1);
        Assert.Equal(["a", "b"], (await _admin.ListTopicsAsync()).Where(topic => !topic.IsInternal).Select(topic => topic.Name));
        var described = await _admin.DescribeTopicsAsync(["a", "missing"]);
        Assert.Equal((id, 1), (described[0].GetValue().TopicId, described[0].GetValue().Partitions.Count));
        Assert.True(described[0].GetValue().Partitions[0].Leader.Value >= 0);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, described[1].Failure!.Error.Code);
        Assert.Contains("missing", described[1].Failure!.Message);
    }

    [Fact]
    public async Task Deleted_topics_are_gone_and_a_missing_one_fails_alone()
    {
        await _broker.CreateTopicAsync("gone", 1);
        var results = await _admin.DeleteTopicsAsync(["gone", "missing"]);
        Assert.True(results[0].IsSuccess);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, results[1].Failure!.Error.Code);
        Assert.Empty(await _admin.ListTopicsAsync());
    }

    [Fact]
    public async Task The_cluster_names_its_brokers()
    {
        var cluster = await _admin.DescribeClusterAsync();
        Assert.NotEmpty(cluster.ClusterId);
        Assert.Equal(_broker.BootstrapServers, $"{Assert.Single(cluster.Brokers).Host}:{cluster.Brokers[0].Port}");
    }

    [Fact]
    public async Task Configurations_are_described_resource_by_resource()
    {
        await _broker.CreateTopicAsync("t", 1, new Dictionary<string, string> { ["retention.ms"] = "12345" });
        var node = (await _admin.DescribeClusterAsync()).Brokers[0].Node;
        var results = await _admin.DescribeConfigsAsync([ConfigResource.Topic("t"), ConfigResource.Topic("missing"), ConfigResource.Broker(node)]);
        var retention = Assert.Single(results[0].GetValue(), entry => entry.Name == "retention.ms");
        Assert.Equal(("12345", ConfigSource.Topic), (retention.Value, retention.Source));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, results[1].Failure!.Error.Code);
        Assert.NotEmpty(results[2].GetValue());
    }

    [Fact]
    public async Task Offsets_are_listed_records_deleted_and_producers_described_partition_by_partition()
    {
        await _broker.CreateTopicAsync("t", 2);
        await using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _broker.BootstrapServers }).Build())
            for (var record = 0; record < 5; record++) await producer.ProduceAsync(new TopicPartition("t", 0), new Message<Null, string> { Value = $"{record}", Timestamp = new Timestamp(1000 + record) });
        var partition = new TopicPartition("t", 0);
        var listed = await _admin.ListOffsetsAsync([(partition, OffsetSpec.Earliest), (partition, OffsetSpec.Latest), (partition, OffsetSpec.At(new Timestamp(1003))), (new("t", 1), OffsetSpec.MaxTimestamp), (new("t", 1), OffsetSpec.Latest)]);
        Assert.Equal([0, 5, 3, Offset.Unset, 0], listed.Select(result => result.GetValue().Offset));
        Assert.Equal(1003, listed[2].GetValue().Timestamp.UnixMilliseconds);
        Assert.NotEmpty((await _admin.DescribeProducersAsync([partition]))[0].GetValue());
        var deleted = await _admin.DeleteRecordsAsync([new(partition, 2), new(new TopicPartition("t", 1), 7)]);
        Assert.Equal(2, deleted[0].GetValue());
        Assert.Equal(ErrorCode.OffsetOutOfRange, deleted[1].Failure!.Error.Code);
        Assert.Equal(2, (await _admin.ListOffsetsAsync([(partition, OffsetSpec.Earliest)]))[0].GetValue().Offset.Value);
    }

    [Fact]
    public async Task When_no_broker_can_be_reached_the_error_says_so_within_the_time()
    {
        await using var lost = new AdminClient(new ClientConfig { BootstrapServers = "127.0.0.1:1", ["default.api.timeout.ms"] = "50", ["retry.backoff.ms"] = "1" });
        var failure = await Assert.ThrowsAsync<KafkaException>(() => lost.ListTopicsAsync());
        Assert.Contains("127.0.0.1:1", failure.Message);
        Assert.Equal(ErrorClass.Retriable, failure.Class);
    }

    [Fact]
    public async Task A_request_that_the_broker_does_not_offer_is_an_error_that_names_it()
    {
        await using var old = new ScriptedBroker();
        old.On<ApiVersionsRequest, ApiVersionsResponse>((_, _) => ScriptedBroker.Offer([(ApiKey.Metadata, new(0, 5))]));
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = old.Address.ToString() });
        Assert.Contains("CreateTopics", (await Assert.ThrowsAsync<KafkaException>(() => admin.CreateTopicsAsync([new NewTopic("t")]))).Message);
        Assert.Equal(1, Assert.Single((await admin.DescribeClusterAsync()).Brokers).Node.Value);
    }

    [Fact]
    public async Task A_change_whose_answer_is_lost_is_not_repeated()
    {
        await using var broken = new ScriptedBroker();
        broken.On<CreateTopicsRequest, CreateTopicsResponse>((_, _) =>
        {
            broken.CutConnections();
            return new CreateTopicsResponse();
        });
        await using var admin = new AdminClient(new ClientConfig { BootstrapServers = broken.Address.ToString() });
        var failure = await Assert.ThrowsAsync<KafkaException>(() => admin.CreateTopicsAsync([new NewTopic("t")]));
        Assert.Equal(ErrorClass.Application, failure.Class);
        Assert.Single(broken.Received, received => received.Key == ApiKey.CreateTopics);
    }

    /// <summary>Everything about groups and transactions that operators ask for, against the real broker.</summary>
    [Fact]
    public async Task Groups_and_their_offsets_are_told_set_and_removed()
    {
        await _broker.CreateTopicAsync("t", 2);
        IAdminClient admin = _admin;
        var set = await admin.AlterGroupOffsetsAsync("g", [new TopicPartitionOffset("t", 0, 0), new TopicPartitionOffset("t", 1, 0)]);
        Assert.All(set, static result => Assert.True(result.IsSuccess));
        Assert.Contains(await admin.ListGroupsAsync(), static group => group is { GroupId: "g", State: "Empty" });
        Assert.DoesNotContain(await admin.ListGroupsAsync(states: ["Stable"]), static group => group.GroupId == "g");
        Assert.Equal("Empty", (await admin.DescribeGroupsAsync(["g", "missing"]))[0].GetValue().State);
        Assert.True((await admin.DeleteGroupOffsetsAsync("g", [new TopicPartition("t", 1)]))[0].IsSuccess);
        Assert.Equal([new TopicPartition("t", 0)], (await admin.ListGroupOffsetsAsync("g")).Keys);
        Assert.Equal(ErrorCode.UnknownMemberId, (await admin.RemoveMembersAsync("g", [MemberToRemove.Static("nobody")]))[0].Failure!.Error.Code);
        Assert.True((await admin.DeleteGroupsAsync(["g"]))[0].IsSuccess);
        Assert.DoesNotContain(await admin.ListGroupsAsync(), static group => group.GroupId == "g");
    }

    [Fact]
    public async Task A_transactional_id_is_fenced_listed_and_described()
    {
        IAdminClient admin = _admin;
        var fenced = (await admin.FenceProducersAsync(["orders-1"]))[0].GetValue();
        var again = (await admin.FenceProducersAsync(["orders-1"]))[0].GetValue();
        Assert.Equal(fenced.ProducerId, again.ProducerId);
        Assert.True(again.ProducerEpoch.Value > fenced.ProducerEpoch.Value);
        Assert.Contains(await admin.ListTransactionsAsync(), static one => one is { TransactionalId: "orders-1" });
        Assert.DoesNotContain(await admin.ListTransactionsAsync(new TransactionFilter { States = ["Ongoing"] }), static one => one.TransactionalId == "orders-1");
        var described = await admin.DescribeTransactionsAsync(["orders-1", "missing"]);
        Assert.Equal((fenced.ProducerId, null), (described[0].GetValue().ProducerId, described[0].GetValue().Start));
        Assert.Equal(ErrorCode.TransactionalIdNotFound, described[1].Failure!.Error.Code);
    }
}
