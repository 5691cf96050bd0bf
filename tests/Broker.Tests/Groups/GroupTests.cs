using System.Diagnostics;
using Semel.Broker.Hosting;
using Semel.Broker.Tests.Handlers;
using Semel.Broker.Tests.Support;
using Semel.Machines.Groups;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Tests.Groups;

/// <summary>Groups over the wire: each API in each version, and what a broker adds to the machine that decides.</summary>
public class GroupTests : BrokerTest
{
    protected override BrokerOptions Options => new() { Groups = GroupOptions.Default with { InitialRebalanceDelay = TimeSpan.Zero } };

    public static TheoryData<short> Of(ApiKey key) => EveryVersionTests.Of(key);

    [Theory, MemberData(nameof(Of), ApiKey.JoinGroup)]
    public async Task JoinGroup_in_each_version(short version)
    {
        var client = await ConnectAsync();
        var joined = await client.AskAsync(GroupRequests.Join("g"), version);
        if (version >= 4)
        {
            Assert.Equal((ErrorCode.MemberIdRequired, "", -1), (joined.ErrorCode, joined.ProtocolName ?? "", joined.GenerationId));
            Assert.StartsWith("test-", joined.MemberId);
            joined = await client.AskAsync(GroupRequests.Join("g", joined.MemberId), version);
        }
        Assert.Equal((ErrorCode.None, 1, "range", joined.MemberId), (joined.ErrorCode, joined.GenerationId, joined.ProtocolName, joined.Leader));
        Assert.Equal(version >= 7 ? "consumer" : null, joined.ProtocolType);
        Assert.Equal([1, 2, 3], Assert.Single(joined.Members).Metadata.ToArray());
        var refused = await client.AskAsync(GroupRequests.Join("g", "unknown"), version);
        Assert.Equal((ErrorCode.UnknownMemberId, "unknown"), (refused.ErrorCode, refused.MemberId));
    }

    [Theory, MemberData(nameof(Of), ApiKey.SyncGroup)]
    public async Task SyncGroup_in_each_version(short version)
    {
        var client = await ConnectAsync();
        var joined = await client.AskAsync(GroupRequests.Join("g"), 3);
        var request = GroupRequests.Sync("g", joined, (joined.MemberId, [5, 6]));
        if (version >= 5)
        {
            request.ProtocolName = null;
            Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await client.AskAsync(request, version)).ErrorCode);
            request.ProtocolName = "range";
        }
        var synced = await client.AskAsync(request, version);
        Assert.Equal((ErrorCode.None, version >= 5 ? "range" : null), (synced.ErrorCode, synced.ProtocolName));
        Assert.Equal([5, 6], synced.Assignment.ToArray());
    }

    [Theory, MemberData(nameof(Of), ApiKey.Heartbeat)]
    public async Task Heartbeat_in_each_version(short version)
    {
        var client = await ConnectAsync();
        var joined = await client.JoinAloneAsync("g");
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new HeartbeatRequest { GroupId = new("g"), GenerationId = 1, MemberId = joined.MemberId }, version)).ErrorCode);
        Assert.Equal(ErrorCode.IllegalGeneration, (await client.AskAsync(new HeartbeatRequest { GroupId = new("g"), GenerationId = 2, MemberId = joined.MemberId }, version)).ErrorCode);
    }

    [Theory, MemberData(nameof(Of), ApiKey.LeaveGroup)]
    public async Task LeaveGroup_in_each_version(short version)
    {
        var client = await ConnectAsync();
        var joined = await client.JoinAloneAsync("g");
        var request = new LeaveGroupRequest { GroupId = new("g") };
        if (version < 3) request.MemberId = joined.MemberId;
        else request.Members = [new() { MemberId = joined.MemberId }, new() { MemberId = "unknown" }];
        var left = await client.AskAsync(request, version);
        Assert.Equal(ErrorCode.None, left.ErrorCode);
        if (version >= 3) Assert.Equal([ErrorCode.None, ErrorCode.UnknownMemberId], left.Members.Select(member => member.ErrorCode));
        if (version < 3) Assert.Equal(ErrorCode.UnknownMemberId, (await client.AskAsync(request, version)).ErrorCode);
    }

    [Theory, MemberData(nameof(Of), ApiKey.OffsetCommit)]
    public async Task OffsetCommit_in_each_version(short version)
    {
        var id = await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var request = GroupRequests.Commit("g", version >= 10 ? "" : "t", 5, id: version >= 10 ? id : TopicId.None);
        request.Topics.Insert(0, new() { Name = version >= 10 ? "" : "t", TopicId = version >= 10 ? id : TopicId.None });
        request.Topics.Add(new() { Name = version >= 10 ? "" : "never", TopicId = version >= 10 ? new(Guid.NewGuid()) : TopicId.None, Partitions = [new() { CommittedOffset = 1 }] });
        var response = await client.AskAsync(request, version);
        // What is not there comes first, and a topic without partitions not at all.
        Assert.Equal([version >= 10 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition, ErrorCode.None], response.Topics.Select(topic => Assert.Single(topic.Partitions).ErrorCode));
        Assert.Equal(version >= 10 ? id : TopicId.None, response.Topics[1].TopicId);
        Assert.Equal(5, await client.FetchCommittedAsync("g", "t"));
    }

    [Theory, MemberData(nameof(Of), ApiKey.OffsetFetch)]
    public async Task OffsetFetch_in_each_version(short version)
    {
        var id = await Broker.CreateTopicAsync("t", partitions: 2);
        var client = await ConnectAsync();
        await client.CommitAsync("g", "t", 5);
        if (version < 8)
        {
            var response = await client.AskAsync(new OffsetFetchRequest { GroupId = new("g"), Topics = [new() { Name = "t", PartitionIndexes = [0, 1] }] }, version);
            Assert.Equal([5, -1], response.Topics[0].Partitions.Select(row => row.CommittedOffset));
            Assert.Equal(["m", ""], response.Topics[0].Partitions.Select(row => row.Metadata));
            if (version >= 2) Assert.Equal(5, Assert.Single((await client.AskAsync(new OffsetFetchRequest { GroupId = new("g"), Topics = null }, version)).Topics[0].Partitions).CommittedOffset);
            return;
        }
        var many = await client.AskAsync(new OffsetFetchRequest
        {
            Groups =
            [
                new() { GroupId = new("unknown"), Topics = [new() { Name = version < 10 ? "t" : "", TopicId = version < 10 ? TopicId.None : id, PartitionIndexes = [0] }] },
                new() { GroupId = new("g"), Topics = null },
            ],
        }, version);
        Assert.Equal([("unknown", -1L), ("g", 5L)], many.Groups.Select(group => (group.GroupId.Value, Assert.Single(Assert.Single(group.Topics).Partitions).CommittedOffset)));
        Assert.Equal(version < 10 ? ("t", TopicId.None) : ("", id), (many.Groups[1].Topics[0].Name, many.Groups[1].Topics[0].TopicId));
    }

    [Theory, MemberData(nameof(Of), ApiKey.ListGroups)]
    public async Task ListGroups_in_each_version(short version)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Empty((await client.AskAsync(new ListGroupsRequest(), version)).Groups);
        await client.JoinAloneAsync("live");
        await client.CommitAsync("alone", "t", 1);
        var groups = (await client.AskAsync(new ListGroupsRequest(), version)).Groups;
        Assert.Equal([("alone", ""), ("live", "consumer")], groups.Select(group => (group.GroupId.Value, group.ProtocolType)));
        if (version >= 4) Assert.Equal(["Empty", "Stable"], groups.Select(group => group.GroupState));
        if (version >= 5) Assert.Equal(["classic", "classic"], groups.Select(group => group.GroupType));
        if (version >= 4) Assert.Equal("live", Assert.Single((await client.AskAsync(new ListGroupsRequest { StatesFilter = ["STABLE"] }, version)).Groups).GroupId.Value);
        if (version >= 5) Assert.Empty((await client.AskAsync(new ListGroupsRequest { TypesFilter = ["share"] }, version)).Groups);
    }

    [Theory, MemberData(nameof(Of), ApiKey.DescribeGroups)]
    public async Task DescribeGroups_in_each_version(short version)
    {
        var client = await ConnectAsync();
        var joined = await client.JoinAloneAsync("g", instance: version >= 4 ? "i" : null);
        var groups = (await client.AskAsync(new DescribeGroupsRequest { Groups = [new("g"), new("unknown")], IncludeAuthorizedOperations = version >= 3 }, version)).Groups;
        Assert.Equal((ErrorCode.None, "Stable", "consumer", "range"), (groups[0].ErrorCode, groups[0].GroupState, groups[0].ProtocolType, groups[0].ProtocolData));
        var member = Assert.Single(groups[0].Members);
        Assert.Equal((joined.MemberId, version >= 4 ? "i" : null, "test", "/127.0.0.1"), (member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost));
        Assert.Equal([1, 2, 3], member.MemberMetadata.ToArray());
        Assert.Equal([7], member.MemberAssignment.ToArray());
        Assert.Equal((version >= 6 ? ErrorCode.GroupIdNotFound : ErrorCode.None, "Dead"), (groups[1].ErrorCode, groups[1].GroupState));
    }

    [Theory, MemberData(nameof(Of), ApiKey.DeleteGroups)]
    public async Task DeleteGroups_in_each_version(short version)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.JoinAloneAsync("live");
        await client.CommitAsync("alone", "t", 1);
        var results = (await client.AskAsync(new DeleteGroupsRequest { GroupsNames = [new("live"), new("alone"), new("unknown")] }, version)).Results;
        Assert.Equal([("live", ErrorCode.NonEmptyGroup, null), ("alone", ErrorCode.None, null), ("unknown", ErrorCode.GroupIdNotFound, (string?)null)],
            results.Select(result => (result.GroupId.Value, result.ErrorCode, result.ErrorMessage)));
        Assert.Equal(-1, await client.FetchCommittedAsync("alone", "t"));
    }

    [Fact]
    public async Task OffsetDelete_forgets_what_nobody_reads()
    {
        await Broker.CreateTopicAsync("t", partitions: 2);
        var client = await ConnectAsync();
        await client.CommitAsync("g", "t", 1);
        var response = await client.AskAsync(new OffsetDeleteRequest { GroupId = new("g"), Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 9 }] }] }, 0);
        Assert.Equal([(9, ErrorCode.UnknownTopicOrPartition), (0, ErrorCode.None)], response.Topics[0].Partitions.Select(row => (row.PartitionIndex, row.ErrorCode)));
        Assert.Equal(-1, await client.FetchCommittedAsync("g", "t"));
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.AskAsync(new OffsetDeleteRequest { GroupId = new("unknown"), Topics = [] }, 0)).ErrorCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Groups_and_offsets_outlive_their_broker(bool inOrder)
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        var joined = await client.JoinAloneAsync("g");
        Assert.Equal(ErrorCode.None, await client.CommitAsync("g", "t", 42, joined));
        if (inOrder) await Broker.RestartAsync();
        else await Broker.KillAndRestartAsync();
        client = await ConnectAsync();
        Assert.Equal(42, await client.FetchCommittedAsync("g", "t"));
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new HeartbeatRequest { GroupId = new("g"), GenerationId = 1, MemberId = joined.MemberId }, 4)).ErrorCode);
    }

    [Fact]
    public async Task A_topic_that_is_made_anew_has_no_offsets()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.CommitAsync("g", "t", 42);
        await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"], TimeoutMs = 10_000 }, 5);
        Assert.Equal(-1, await client.FetchCommittedAsync("g", "t"));
        await Broker.CreateTopicAsync("t");
        Assert.Equal(-1, await client.FetchCommittedAsync("g", "t"));
        // And the group, which had nothing else, goes by itself.
        await AwaitAsync(() => client.AskAsync(new ListGroupsRequest(), 4).GetAwaiter().GetResult().Groups.Count == 0);
    }

    [Fact]
    public async Task Who_waits_for_others_keeps_nobody_else_waiting_and_is_answered_when_they_come()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        var first = await one.JoinAloneAsync("g", version: 3);
        await two.SendAsync(GroupRequests.Join("g"), ApiKey.JoinGroup, 3);
        // The others of that connection's group are served, and the one that waits hears of it by its heartbeat.
        await AwaitAsync(() => one.AskAsync(new HeartbeatRequest { GroupId = new("g"), GenerationId = 1, MemberId = first.MemberId }, 4).GetAwaiter().GetResult().ErrorCode == ErrorCode.RebalanceInProgress);
        var again = await one.AskAsync(GroupRequests.Join("g", first.MemberId), 3);
        var (_, second) = await two.ReceiveAsync<JoinGroupResponse>(ApiKey.JoinGroup, 3);
        Assert.Equal((2, 2, 2), (again.GenerationId, second.GenerationId, again.Members.Count + second.Members.Count));
    }

    [Fact]
    public async Task A_broker_that_stops_waits_for_no_member()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        await one.JoinAloneAsync("g", version: 3);
        await two.SendAsync(GroupRequests.Join("g"), ApiKey.JoinGroup, 3);
        await AwaitAsync(() => one.AskAsync(new DescribeGroupsRequest { Groups = [new("g")] }, 5).GetAwaiter().GetResult().Groups[0].GroupState == "PreparingRebalance");
        var time = Stopwatch.StartNew();
        await Broker.Broker.StopAsync(TimeSpan.FromSeconds(60));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(30), $"it took {time.Elapsed}");
        Assert.Equal(ErrorCode.NotCoordinator, (await two.ReceiveAsync<JoinGroupResponse>(ApiKey.JoinGroup, 3)).Response.ErrorCode);
    }

    [Fact]
    public async Task A_member_whose_connection_is_gone_is_noticed_by_its_session()
    {
        await Broker.RestartAsync(options => options with { Groups = options.Groups with { MinSessionTimeout = TimeSpan.FromMilliseconds(50) } });
        var (one, two) = (await ConnectAsync(), await ConnectAsync());
        await two.AskAsync(GroupRequests.Join("g", sessionMs: 100), 3);
        await two.DisposeAsync();
        var joined = await one.AskAsync(GroupRequests.Join("g"), 3);
        Assert.Equal((ErrorCode.None, joined.MemberId), (joined.ErrorCode, Assert.Single(joined.Members).MemberId));
    }

    [Fact]
    public async Task An_empty_group_id_is_refused_where_members_are_meant_and_a_long_one_is_one()
    {
        await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        Assert.Equal(ErrorCode.InvalidGroupId, (await client.AskAsync(GroupRequests.Join(""), 9)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await client.AskAsync(GroupRequests.Sync("", new() { MemberId = "m" }), 5)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await client.AskAsync(new HeartbeatRequest { MemberId = "m" }, 4)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await client.AskAsync(new LeaveGroupRequest { Members = [new() { MemberId = "m" }] }, 5)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await client.AskAsync(new OffsetDeleteRequest(), 0)).ErrorCode);
        // Who assigns partitions himself may have no name for it, as with the oldest clients.
        Assert.Equal(ErrorCode.None, await client.CommitAsync("", "t", 3));
        Assert.Equal(3, await client.FetchCommittedAsync("", "t"));
        var name = new string('g', 10_000);
        var joined = await client.JoinAloneAsync(name);
        Assert.Equal(ErrorCode.None, await client.CommitAsync(name, "t", 4, joined));
        await Broker.KillAndRestartAsync();
        Assert.Equal(4, await (await ConnectAsync()).FetchCommittedAsync(name, "t"));
    }

    [Fact]
    public async Task Committed_offsets_are_records_that_anybody_may_read_and_nobody_may_write()
    {
        var id = await Broker.CreateTopicAsync("t");
        var client = await ConnectAsync();
        await client.CommitAsync("g", "t", 42);
        var partition = Semel.Machines.Catalog.InternalTopic.PartitionOf("g", 4);
        var row = await client.FetchAsync("__consumer_offsets", partition, 0, IsolationLevel.ReadCommitted);
        Assert.Equal((ErrorCode.None, 1L), (row.ErrorCode, row.HighWatermark));
        var record = FirstOf(row.Records!.Value.Span);
        Assert.Equal((4, "g", 42L, id), (record.ValueVersion, ((OffsetCommitKey)record.Key!).Group.Value, ((OffsetCommitValue)record.Value!).Offset, ((OffsetCommitValue)record.Value).TopicId));
        Assert.NotEqual(ErrorCode.None, (await client.ProduceAsync("__consumer_offsets", partition, TestBatch.Plain("x"))).ErrorCode);
    }

    static Semel.Protocol.Wire.StateRecord FirstOf(ReadOnlySpan<byte> batch)
    {
        using var records = new Semel.Protocol.Records.RecordBatchReader(batch);
        Assert.True(records.MoveNext());
        return StateLogs.ConsumerOffsets.Read(records.Key.ToArray(), records.Value.ToArray());
    }

    [Fact]
    public async Task Fifty_members_that_join_at_once_are_one_generation()
    {
        await Broker.RestartAsync(options => options with { Groups = options.Groups with { InitialRebalanceDelay = TimeSpan.FromMilliseconds(300) } });
        var clients = new List<FrameClient>();
        for (var member = 0; member < 50; member++) clients.Add(await ConnectAsync());
        var joined = await Task.WhenAll(clients.Select(client => client.AskAsync(GroupRequests.Join("g"), 3)));
        Assert.All(joined, one => Assert.Equal((ErrorCode.None, 1), (one.ErrorCode, one.GenerationId)));
        var leader = Assert.Single(joined, one => one.Members.Count > 0);
        var synced = await Task.WhenAll(joined.Select((one, index) => clients[index].AskAsync(one == leader
            ? GroupRequests.Sync("g", one, [.. one.Members.Select((member, number) => (member.MemberId, new[] { (byte)number }))])
            : GroupRequests.Sync("g", one), 5)));
        Assert.Equal(Enumerable.Range(0, 50), synced.Select(one => (int)one.Assignment.Span[0]).Order());
    }
}
