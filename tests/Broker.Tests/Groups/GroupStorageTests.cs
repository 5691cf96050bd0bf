using Semel.Broker.Hosting;
using Semel.Broker.Tests.Support;
using Semel.Log.Memory;
using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Groups;

/// <summary>What is told when the coordinator's log fails: nothing that was not durable, and everybody that they come again.</summary>
public class GroupStorageTests : BrokerTest
{
    readonly ManualTime _time = new();

    protected override TimeProvider? Time => _time;
    protected override BrokerOptions Options => new() { Groups = GroupOptions.Default with { InitialRebalanceDelay = TimeSpan.Zero } };

    void Fail(int times, AppendFault fault) =>
        Broker.Store.AppendFaults = name => name.StartsWith(InternalTopic.Groups, StringComparison.Ordinal) && times-- > 0 ? fault : AppendFault.None;

    [Fact]
    public async Task A_commit_that_is_not_durable_was_never_there_and_one_that_is_counts()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.None, await client.CommitAsync("g", "t", 1));
        Fail(1, AppendFault.NothingWritten);
        Assert.Equal(ErrorCode.NotCoordinator, await client.CommitAsync("g", "t", 2));
        Assert.Equal(1, await client.FetchCommittedAsync("g", "t"));
        Fail(1, AppendFault.Durable);
        Assert.Equal(ErrorCode.NotCoordinator, await client.CommitAsync("g", "t", 3));
        Assert.Equal(3, await client.FetchCommittedAsync("g", "t"));
        // While appends go on to fail they are tried more seldom, and offsets are told all the same.
        Assert.Equal(ErrorCode.NotCoordinator, await client.CommitAsync("g", "t", 4));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ErrorCode.None, await client.CommitAsync("g", "t", 4));
    }

    [Fact]
    public async Task G7_an_assignment_that_is_not_durable_leaves_nobody_stable_in_it_and_nobody_waiting()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        var first = await one.JoinAloneAsync("g", version: 3);
        await two.SendAsync(GroupRequests.Join("g"), ApiKey.JoinGroup, 3);
        await AwaitAsync(() => one.AskAsync(new HeartbeatRequest { GroupId = new("g"), GenerationId = 1, MemberId = first.MemberId }, 4).GetAwaiter().GetResult().ErrorCode == ErrorCode.RebalanceInProgress);
        var leader = await one.AskAsync(GroupRequests.Join("g", first.MemberId), 3);
        var (_, follower) = await two.ReceiveAsync<JoinGroupResponse>(ApiKey.JoinGroup, 3);
        await two.SendAsync(GroupRequests.Sync("g", follower), ApiKey.SyncGroup, 5);
        Fail(1, AppendFault.NothingWritten);
        Assert.Equal(ErrorCode.NotCoordinator, (await one.AskAsync(GroupRequests.Sync("g", leader, (leader.MemberId, [1])), 5)).ErrorCode);
        // Whether the follower's request came before or after the failure, it is answered, and not with an assignment.
        Assert.NotEqual(ErrorCode.None, (await two.ReceiveAsync<SyncGroupResponse>(ApiKey.SyncGroup, 5)).Response.ErrorCode);
        // The generation before is there again, with its member, who joins anew.
        Assert.Equal(ErrorCode.IllegalGeneration, (await one.AskAsync(new HeartbeatRequest { GroupId = new("g"), GenerationId = leader.GenerationId, MemberId = leader.MemberId }, 4)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await one.AskAsync(GroupRequests.Join("g", leader.MemberId), 3)).ErrorCode);
    }

    [Fact]
    public async Task A_member_of_the_new_protocol_whose_join_is_not_durable_is_none_and_one_that_is_lives_while_nothing_can_be_written()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        ConsumerGroupHeartbeatRequest Join(string member) => new() { GroupId = new("g"), MemberId = member, RebalanceTimeoutMs = 60_000, SubscribedTopicNames = ["t"], TopicPartitions = [] };
        var beat = new ConsumerGroupHeartbeatRequest { GroupId = new("g"), MemberId = "one", MemberEpoch = 1 };
        Assert.Equal(ErrorCode.None, await client.CommitAsync("other", "t", 1));
        Fail(1, AppendFault.NothingWritten);
        Assert.Equal(ErrorCode.NotCoordinator, (await client.AskAsync(Join("one"), 1)).ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.AskAsync(beat, 1)).ErrorCode);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await client.AskAsync(Join("one"), 1)).MemberEpoch);
        Fail(int.MaxValue, AppendFault.NothingWritten);
        for (var tries = 0; tries < 3; tries++)
        {
            Assert.Equal(ErrorCode.NotCoordinator, (await client.AskAsync(Join("two"), 1)).ErrorCode);
            Assert.Equal((ErrorCode.None, 1), (await client.AskAsync(beat, 1) is var answer ? answer.ErrorCode : default, answer.MemberEpoch));
        }
    }
}
