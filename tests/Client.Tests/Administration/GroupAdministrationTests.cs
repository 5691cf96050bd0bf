using Semel.Client.Administration;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Client.Tests.Administration;

public sealed class GroupAdministrationTests : IAsyncDisposable
{
    readonly ScriptedAdmin _scripted = new();

    public ValueTask DisposeAsync() => _scripted.DisposeAsync();

    GroupAdministration Groups => _scripted.Admin.Groups;

    void NoConsumerGroup() => _scripted.Broker.On<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>((request, _) => new ConsumerGroupDescribeResponse { Groups = [new() { GroupId = request.GroupIds[0], ErrorCode = ErrorCode.GroupIdNotFound }] });

    void Classic(ErrorCode error, string state, params DescribeGroupsResponse.DescribedGroupMember[] members) => _scripted.Broker.On<DescribeGroupsRequest, DescribeGroupsResponse>((request, version) => new DescribeGroupsResponse
    {
        Groups = [new() { GroupId = request.Groups[0], ErrorCode = error, GroupState = state, ProtocolType = "consumer", ProtocolData = "range", Members = [.. members] }],
    });

    [Fact]
    public async Task A_group_of_the_new_protocol_is_told_with_its_epochs_and_targets()
    {
        static ConsumerGroupDescribeResponse.Assignment Of(params int[] partitions) => new() { TopicPartitions = [new() { TopicName = "t", Partitions = [.. partitions] }] };
        _scripted.Broker.On<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>((_, _) => new ConsumerGroupDescribeResponse
        {
            Groups = [new() { GroupId = new("g"), GroupState = "Stable", GroupEpoch = 5, AssignmentEpoch = 4, AssignorName = "uniform", Members = [new() { MemberId = "m", InstanceId = "i", ClientId = "c", ClientHost = "/h", MemberEpoch = 3, Assignment = Of(0), TargetAssignment = Of(0, 1) }] }],
        });
        var told = await Groups.DescribeAsync("g", CancellationToken.None);
        Assert.Equal(("Consumer", "Stable", "uniform", 5, 4, $"{_scripted.Broker.Address}"), (told.Type, told.State, told.Assignor, told.Epoch, told.AssignmentEpoch, told.CoordinatorAddress));
        var member = Assert.Single(told.Members);
        Assert.Equal(("m", "i", 3), (member.MemberId, member.InstanceId, member.Epoch));
        Assert.Equal([new("t", 0)], member.Assignment!);
        Assert.Equal([new("t", 0), new("t", 1)], member.Target!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_classic_group_is_told_also_by_a_broker_that_knows_no_other(bool knowsBoth)
    {
        if (knowsBoth) NoConsumerGroup();
        else _scripted.Offer(ApiKey.ConsumerGroupDescribe, null);
        var assignment = VersionedData.ToBytes(new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = "t", Partitions = [1, 2] }] }, 1);
        Classic(ErrorCode.None, "Stable", new() { MemberId = "m", MemberAssignment = assignment }, new() { MemberId = "joining" }, new() { MemberId = "other", MemberAssignment = new byte[] { 9 } });
        var told = await Groups.DescribeAsync("g", CancellationToken.None);
        Assert.Equal(("Classic", "Stable", "range", null), (told.Type, told.State, told.Assignor, told.Epoch));
        Assert.Equal([new("t", 1), new("t", 2)], told.Members[0].Assignment!);
        Assert.Empty(told.Members[1].Assignment!);
        Assert.Null(told.Members[2].Assignment);
    }

    [Theory]
    [InlineData(ErrorCode.GroupIdNotFound, "Dead")]
    [InlineData(ErrorCode.None, "Dead")]
    public async Task A_group_that_there_is_not_is_named_whichever_way_the_broker_says_it(ErrorCode error, string state)
    {
        NoConsumerGroup();
        Classic(error, state);
        var failure = await Assert.ThrowsAsync<KafkaException>(() => Groups.DescribeAsync("g", CancellationToken.None));
        Assert.Equal((ErrorCode.GroupIdNotFound, "there is no group 'g'"), (failure.Error.Code, failure.Message));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(8)]
    [InlineData(7)]
    [InlineData(2)]
    public async Task All_offsets_are_asked_for_by_name_in_whatever_version_there_is(short highest)
    {
        _scripted.Offer(ApiKey.OffsetFetch, highest);
        _scripted.Broker.On<OffsetFetchRequest, OffsetFetchResponse>((request, version) =>
        {
            Assert.Equal(Math.Min((short)9, highest), version);
            return version >= 8
                ? new OffsetFetchResponse { Groups = [new() { GroupId = new("g"), Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 1, CommittedOffset = 7, Metadata = "m" }, new() { PartitionIndex = 2, CommittedOffset = -1 }] }] }] }
                : new OffsetFetchResponse { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 1, CommittedOffset = 7, Metadata = "m" }, new() { PartitionIndex = 2, CommittedOffset = -1 }] }] };
        });
        var (partition, offset) = Assert.Single(await Groups.OffsetsAsync("g", CancellationToken.None));
        Assert.Equal((new TopicPartition("t", 1), 7L, "m"), (partition, offset.Offset, offset.Metadata));
    }

    [Fact]
    public async Task Offsets_are_committed_by_name_and_each_tells_what_became_of_it()
    {
        _scripted.Broker.On<OffsetCommitRequest, OffsetCommitResponse>((request, version) =>
        {
            Assert.Equal((9, -1, ""), (version, request.GenerationIdOrMemberEpoch, request.MemberId));
            return new OffsetCommitResponse { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 1, ErrorCode = ErrorCode.UnknownMemberId }] }] };
        });
        var results = await Groups.CommitAsync("g", new Dictionary<TopicPartition, long> { [new("t", 0)] = 5, [new("t", 1)] = 6 }, CancellationToken.None);
        Assert.Equal([null, ErrorCode.UnknownMemberId], results.Select(result => result.Failure?.Error.Code));
    }

    [Fact]
    public async Task Groups_are_deleted_one_by_one_and_the_brokers_words_are_told()
    {
        _scripted.Broker.On<DeleteGroupsRequest, DeleteGroupsResponse>((request, _) => new DeleteGroupsResponse
        {
            Results = [new() { GroupId = request.GroupsNames[0], ErrorCode = request.GroupsNames[0].Value switch { "a" => ErrorCode.None, "b" => ErrorCode.NonEmptyGroup, _ => ErrorCode.GroupDeletionFailed }, ErrorMessage = request.GroupsNames[0].Value == "c" ? "a plugin failed" : null }],
        });
        var results = await Groups.DeleteAsync(["a", "b", "c"], CancellationToken.None);
        Assert.Equal([null, "it has members, or an open transaction has offsets for it", "a plugin failed"], results.Select(result => result.Failure?.Message));
    }
}
