using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Administration;

/// <summary>What an admin client changes, against a broker that offers it, and what it says where none does.</summary>
public sealed class AdminChangesTests : IAsyncDisposable
{
    readonly ScriptedAdmin _scripted = new();

    public ValueTask DisposeAsync() => _scripted.DisposeAsync();

    IAdminClient Admin => _scripted.Admin;

    T Sent<T>() where T : class => _scripted.Broker.Received.Select(static received => received.Request).OfType<T>().Last();

    static void IsNotOffered(KafkaException? failure, string remedy)
    {
        Assert.Equal((LocalErrorCode.NotOffered, ErrorClass.Config), (failure!.Error.LocalCode, failure.Class));
        Assert.Contains(remedy, failure.Message);
    }

    [Fact]
    public async Task Topics_get_more_partitions_each_with_its_own_result()
    {
        _scripted.Broker.On<CreatePartitionsRequest, CreatePartitionsResponse>((request, _) => new CreatePartitionsResponse
        {
            Results = [.. request.Topics.Select(static topic => new CreatePartitionsResponse.CreatePartitionsTopicResult
            {
                Name = topic.Name, ErrorCode = topic.Count > 2 ? ErrorCode.None : ErrorCode.InvalidPartitions, ErrorMessage = topic.Count > 2 ? null : "it has 2 already",
            })],
        });
        var results = await Admin.CreatePartitionsAsync([new NewPartitions("a", 4) { Assignments = [[new NodeId(1)], [new NodeId(1)]] }, new NewPartitions("b", 2)], validateOnly: true);
        Assert.Equal(4, results[0].GetValue());
        Assert.Equal(ErrorCode.InvalidPartitions, results[1].Failure!.Error.Code);
        Assert.Contains("topic b was not given more partitions: it has 2 already", results[1].Failure!.Message);
        var sent = Sent<CreatePartitionsRequest>();
        Assert.True(sent.ValidateOnly);
        Assert.Equal(2, sent.Topics[0].Assignments!.Count);
        Assert.Null(sent.Topics[1].Assignments);
    }

    [Fact]
    public async Task Values_of_configurations_are_changed_one_by_one()
    {
        _scripted.Broker.On<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>((request, _) => new IncrementalAlterConfigsResponse
        {
            Responses = [.. request.Resources.Select(static resource => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ResourceType = resource.ResourceType, ResourceName = resource.ResourceName, ErrorCode = resource.ResourceName == "b" ? ErrorCode.InvalidConfig : ErrorCode.None, ErrorMessage = resource.ResourceName == "b" ? "no such value" : null,
            })],
        });
        var results = await Admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<ConfigChange>>
        {
            [ConfigResource.Topic("a")] = [ConfigChange.Set("retention.ms", "1"), ConfigChange.Delete("segment.ms"), ConfigChange.Append("cleanup.policy", "compact"), ConfigChange.Subtract("cleanup.policy", "delete")],
            [ConfigResource.Topic("b")] = [ConfigChange.Set("retention.ms", "x")],
        });
        Assert.True(results[0].IsSuccess);
        Assert.Contains("the configuration of topic b is not changed: no such value", results[1].Failure!.Message);
        Assert.Equal([("retention.ms", (sbyte)0, "1"), ("segment.ms", (sbyte)1, null), ("cleanup.policy", (sbyte)2, "compact"), ("cleanup.policy", (sbyte)3, "delete")],
            Sent<IncrementalAlterConfigsRequest>().Resources[0].Configs.Select(static one => (one.Name, one.ConfigOperation, one.Value)));
    }

    [Fact]
    public async Task What_no_broker_offers_is_an_error_with_a_remedy()
    {
        _scripted.Offer(ApiKey.CreatePartitions, null);
        IsNotOffered(await Assert.ThrowsAsync<KafkaException>(() => Admin.CreatePartitionsAsync([new NewPartitions("a", 4)])), "Make a topic with as many partitions as are needed");
        await using var other = new ScriptedAdmin();
        other.Offer(ApiKey.IncrementalAlterConfigs, null);
        IsNotOffered(await Assert.ThrowsAsync<KafkaException>(() => other.Admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<ConfigChange>> { [ConfigResource.Topic("a")] = [ConfigChange.Delete("x")] })),
            "Give the values when the topic is made");
    }

    [Fact]
    public async Task An_offset_that_an_old_broker_would_take_for_a_time_is_not_asked_of_it()
    {
        _scripted.Broker.Topics["t"] = (new TopicId(Guid.NewGuid()), 1);
        _scripted.Broker.On<ListOffsetsRequest, ListOffsetsResponse>((request, _) => new ListOffsetsResponse
        {
            Topics = [.. request.Topics.Select(static topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name, Partitions = [.. topic.Partitions.Select(static one => new ListOffsetsResponse.ListOffsetsPartitionResponse { PartitionIndex = one.PartitionIndex, Offset = 7, Timestamp = -1 })],
            })],
        });
        _scripted.Offer(ApiKey.ListOffsets, 8);
        var partition = new TopicPartition("t", 0);
        var results = await Admin.ListOffsetsAsync([(partition, OffsetSpec.Latest), (partition, OffsetSpec.MaxTimestamp), (partition, OffsetSpec.EarliestLocal), (partition, OffsetSpec.LatestTiered), (partition, OffsetSpec.EarliestPendingUpload)]);
        Assert.Equal([true, true, true, false, false], results.Select(static result => result.IsSuccess));
        IsNotOffered(results[3].Failure, "Ask a newer broker");
    }

    [Fact]
    public async Task Members_are_removed_by_id_or_by_name()
    {
        _scripted.Broker.On<LeaveGroupRequest, LeaveGroupResponse>((request, _) => new LeaveGroupResponse
        {
            Members = [.. request.Members.Select(static member => new LeaveGroupResponse.MemberResponse { MemberId = member.MemberId, GroupInstanceId = member.GroupInstanceId, ErrorCode = member.MemberId == "gone" ? ErrorCode.UnknownMemberId : ErrorCode.None })],
        });
        var results = await Admin.RemoveMembersAsync("g", [MemberToRemove.Static("one"), new MemberToRemove("gone", null)], "moved");
        Assert.True(results[0].IsSuccess);
        Assert.Contains("member gone is not removed from group 'g'", results[1].Failure!.Message);
        Assert.Equal([("", "one", "moved"), ("gone", null, "moved")], Sent<LeaveGroupRequest>().Members.Select(static member => (member.MemberId, member.GroupInstanceId, member.Reason)));
    }

    [Fact]
    public async Task A_group_that_there_is_not_fails_alone()
    {
        _scripted.Broker.On<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>((request, _) => new ConsumerGroupDescribeResponse { Groups = [new() { GroupId = request.GroupIds[0], ErrorCode = ErrorCode.GroupIdNotFound }] });
        _scripted.Broker.On<DescribeGroupsRequest, DescribeGroupsResponse>((request, _) => new DescribeGroupsResponse
        {
            Groups = [new() { GroupId = request.Groups[0], ErrorCode = request.Groups[0].Value == "there" ? ErrorCode.None : ErrorCode.GroupIdNotFound, GroupState = "Empty", ProtocolType = "consumer" }],
        });
        var results = await Admin.DescribeGroupsAsync(["there", "missing"]);
        Assert.Equal("Empty", results[0].GetValue().State);
        Assert.Equal(ErrorCode.GroupIdNotFound, results[1].Failure!.Error.Code);
    }

    [Fact]
    public async Task Fencing_tells_the_epoch_that_nobody_has()
    {
        _scripted.Broker.On<InitProducerIdRequest, InitProducerIdResponse>((request, _) => request.TransactionalId?.Value == "refused"
            ? new InitProducerIdResponse { ErrorCode = ErrorCode.TransactionalIdAuthorizationFailed }
            : new InitProducerIdResponse { ProducerId = new ProducerId(9), ProducerEpoch = new ProducerEpoch(4) });
        var results = await Admin.FenceProducersAsync(["mine", "refused"]);
        Assert.Equal(new FencedProducer(new ProducerId(9), new ProducerEpoch(4)), results[0].GetValue());
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, results[1].Failure!.Error.Code);
    }

    [Fact]
    public async Task An_offset_that_is_none_is_not_committed() =>
        Assert.Contains("ListOffsetsAsync", (await Assert.ThrowsAsync<ArgumentException>(() => Admin.AlterGroupOffsetsAsync("g", [new TopicPartitionOffset("t", 0, Offset.End)]))).Message);

    [Fact]
    public async Task A_client_knows_its_connections()
    {
        Assert.Equal((0, 0), (_scripted.Admin.Connections.Open, _scripted.Admin.Connections.Unreachable.Count));
        await Admin.ListTopicsAsync();
        Assert.True(_scripted.Admin.Connections.Open > 0);
        await using var lost = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = "127.0.0.1:1", DefaultApiTimeoutMs = 50 }).Build();
        await Assert.ThrowsAsync<KafkaException>(() => lost.ListTopicsAsync());
        Assert.Equal(("127.0.0.1", 1), Assert.Single(((IConnectedClient)lost).Connections.Unreachable) is { } one ? (one.Host, one.Port) : default);
    }
}
