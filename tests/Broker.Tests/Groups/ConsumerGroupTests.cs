using Semel.Broker.Tests.Handlers;
using Semel.Broker.Tests.Support;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Groups;

/// <summary>Groups of KIP-848 over the wire, in each version.</summary>
public class ConsumerGroupTests : StoreTest
{
    public static TheoryData<short> Of(ApiKey key) => EveryVersionTests.Of(key);

    static ConsumerGroupHeartbeatRequest Join(string member) => new()
    {
        GroupId = new("g"),
        MemberId = member,
        RebalanceTimeoutMs = 30_000,
        SubscribedTopicNames = ["read"],
        TopicPartitions = [],
    };

    [Theory, MemberData(nameof(Of), ApiKey.ConsumerGroupHeartbeat)]
    public async Task ConsumerGroupHeartbeat_in_each_version(short version)
    {
        var client = await ConnectAsync();
        await CreateTopicAsync("read", 2);
        var joined = await client.AskAsync(Join(version == 0 ? "" : "me"), version);
        Assert.Equal((ErrorCode.None, 1, 500), (joined.ErrorCode, joined.MemberEpoch, joined.HeartbeatIntervalMs));
        if (version == 0) Assert.True(Guid.TryParse(joined.MemberId, out _));
        else Assert.Equal("me", joined.MemberId);
        var topic = Assert.Single(joined.Assignment!.TopicPartitions);
        Assert.Equal([0, 1], topic.Partitions);
        var beat = new ConsumerGroupHeartbeatRequest { GroupId = new("g"), MemberId = joined.MemberId!, MemberEpoch = 1, TopicPartitions = [new() { TopicId = topic.TopicId, Partitions = [0, 1] }] };
        var same = await client.AskAsync(beat, version);
        Assert.Equal((ErrorCode.None, 1, 5000, null), (same.ErrorCode, same.MemberEpoch, same.HeartbeatIntervalMs, same.Assignment));
        beat.MemberEpoch = 7;
        var fenced = await client.AskAsync(beat, version);
        Assert.Equal((ErrorCode.FencedMemberEpoch, 0, null), (fenced.ErrorCode, fenced.MemberEpoch, fenced.Assignment));
        Assert.Contains("join again", fenced.ErrorMessage, StringComparison.Ordinal);
        beat.MemberEpoch = -1;
        Assert.Equal((ErrorCode.None, -1), (await client.AskAsync(beat, version) is var left ? left.ErrorCode : default, left.MemberEpoch));
    }

    [Fact]
    public async Task A_regular_expression_finds_topics_and_a_bad_one_is_told_with_the_reason()
    {
        var client = await ConnectAsync();
        await CreateTopicAsync("read", 2);
        var request = Join("me");
        request.SubscribedTopicNames = null;
        request.SubscribedTopicRegex = "r(?=e)";
        var refused = await client.AskAsync(request, 1);
        Assert.Equal(ErrorCode.InvalidRegularExpression, refused.ErrorCode);
        Assert.Contains("neither ahead nor back", refused.ErrorMessage, StringComparison.Ordinal);
        request.SubscribedTopicRegex = "r[a-e]*";
        Assert.Equal([0, 1], Assert.Single((await client.AskAsync(request, 1)).Assignment!.TopicPartitions).Partitions);
    }

    [Theory, MemberData(nameof(Of), ApiKey.ConsumerGroupDescribe)]
    public async Task ConsumerGroupDescribe_in_each_version(short version)
    {
        var client = await ConnectAsync();
        await CreateTopicAsync("read", 2);
        await client.AskAsync(Join("me"), 1);
        var described = await client.AskAsync(new ConsumerGroupDescribeRequest { GroupIds = [new("g"), new("other"), new("")] }, version);
        Assert.Equal([ErrorCode.None, ErrorCode.GroupIdNotFound, ErrorCode.InvalidGroupId], described.Groups.Select(group => group.ErrorCode));
        var group = described.Groups[0];
        Assert.Equal(("Stable", 1, 1, "uniform"), (group.GroupState, group.GroupEpoch, group.AssignmentEpoch, group.AssignorName));
        var member = Assert.Single(group.Members);
        Assert.Equal(("me", 1, "/127.0.0.1"), (member.MemberId, member.MemberEpoch, member.ClientHost));
        Assert.Equal(["read"], member.SubscribedTopicNames);
        Assert.Equal("read", Assert.Single(member.Assignment.TopicPartitions).TopicName);
        Assert.Equal([0, 1], Assert.Single(member.TargetAssignment.TopicPartitions).Partitions);
        Assert.Equal(version >= 1 ? 1 : -1, member.MemberType);
        Assert.Equal(int.MinValue, group.AuthorizedOperations);
        var asked = await client.AskAsync(new ConsumerGroupDescribeRequest { GroupIds = [new("g")], IncludeAuthorizedOperations = true }, version);
        Assert.True(asked.Groups[0].AuthorizedOperations > 0);
    }

    [Fact]
    public async Task A_member_goes_on_where_it_was_when_the_broker_starts_again()
    {
        var client = await ConnectAsync();
        await CreateTopicAsync("read", 2);
        await client.AskAsync(Join("me"), 1);
        await RestartAsync();
        client = await ConnectAsync();
        var beat = await client.AskAsync(new ConsumerGroupHeartbeatRequest { GroupId = new("g"), MemberId = "me", MemberEpoch = 1 }, 1);
        Assert.Equal((ErrorCode.None, 1, null), (beat.ErrorCode, beat.MemberEpoch, beat.Assignment));
    }
}
