using System.Collections.Concurrent;
using Semel.Client.Connections;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Membership;
using Semel.Client.Grouping.Offsets;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Client.Tests.Grouping;

/// <summary>Commits and fetches over the wire, with a coordinator that says what the test tells it to.</summary>
public sealed class GroupOffsetsTests : IAsyncDisposable
{
    static readonly TopicPartition P0 = new("t", 0), P1 = new("t", 1);
    static readonly TopicId Id = new(new Guid("11111111-1111-1111-1111-111111111111"));

    readonly ScriptedBroker _broker = new();
    readonly ConcurrentQueue<OffsetCommitRequest> _commits = new();
    readonly List<IAsyncDisposable> _open = [];

    public GroupOffsetsTests()
    {
        _broker.Topics["t"] = (Id, 2);
        _broker.On<FindCoordinatorRequest, FindCoordinatorResponse>((request, _) => new FindCoordinatorResponse
        {
            Coordinators = [new() { Key = request.CoordinatorKeys[0], NodeId = new NodeId(1), Host = _broker.Address.Host, Port = _broker.Address.Port }],
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _open) await one.DisposeAsync();
        await _broker.DisposeAsync();
    }

    ClusterConnections Connections()
    {
        var connections = new ClusterConnections(_broker.Options with { RetryBackoff = TimeSpan.FromMilliseconds(1), RetryBackoffMax = TimeSpan.FromMilliseconds(5), ReconnectBackoff = TimeSpan.FromMilliseconds(1) });
        _open.Add(connections);
        return connections;
    }

    GroupOffsets Simple(TimeSpan? timeout = null, PlantedFault fault = PlantedFault.None) =>
        new(TestMember.Classic() with { ApiTimeout = timeout ?? TimeSpan.FromSeconds(20) }, Connections(), fault: fault);

    void OnCommit(Func<OffsetCommitRequest, ErrorCode> answer) => _broker.On<OffsetCommitRequest, OffsetCommitResponse>((request, _) =>
    {
        _commits.Enqueue(request);
        return Answer(request, answer(request));
    });

    static OffsetCommitResponse Answer(OffsetCommitRequest request, ErrorCode error) => new()
    {
        Topics = [.. request.Topics.Select(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
        {
            Name = topic.Name, TopicId = topic.TopicId, Partitions = [.. topic.Partitions.Select(one => new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = one.PartitionIndex, ErrorCode = error })],
        })],
    };

    void OnFetch(Func<int, (ErrorCode Error, long Offset)> answer)
    {
        var count = 0;
        _broker.On<OffsetFetchRequest, OffsetFetchResponse>((request, _) => new OffsetFetchResponse
        {
            Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.OffsetFetchResponseGroup
            {
                GroupId = group.GroupId,
                Topics = [.. group.Topics!.Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopics
                {
                    Name = topic.Name, TopicId = topic.TopicId,
                    Partitions = [.. topic.PartitionIndexes.Select(partition => answer(count++) is var said
                        ? new OffsetFetchResponse.OffsetFetchResponsePartitions { PartitionIndex = partition, ErrorCode = said.Error, CommittedOffset = said.Offset } : null!)],
                })],
            })],
        });
    }

    [Fact]
    public async Task Who_is_no_member_commits_without_a_name()
    {
        OnCommit(static _ => ErrorCode.None);
        await Simple().CommitAsync([new OffsetToCommit(P0, 5, 2, "note"), new OffsetToCommit(P1, 6)]);
        var commit = Assert.Single(_commits);
        Assert.Equal(("g", -1, ""), (commit.GroupId.Value, commit.GenerationIdOrMemberEpoch, commit.MemberId));
        Assert.Equal([(0, 5L, 2, "note"), (1, 6L, -1, "")], commit.Topics.SelectMany(static topic => topic.Partitions).Select(static one => (one.PartitionIndex, one.CommittedOffset, one.CommittedLeaderEpoch, one.CommittedMetadata!)));
    }

    [Fact]
    public async Task A_coordinator_that_moves_or_loads_is_asked_again_until_it_takes_it()
    {
        var errors = new Queue<ErrorCode>([ErrorCode.NotCoordinator, ErrorCode.CoordinatorLoadInProgress, ErrorCode.UnknownTopicOrPartition, ErrorCode.RequestTimedOut, ErrorCode.RebalanceInProgress, ErrorCode.None]);
        OnCommit(_ => errors.Dequeue());
        await Simple().CommitAsync([new OffsetToCommit(P0, 5)]);
        Assert.Equal(6, _commits.Count);
        Assert.Equal(2, _broker.Received.Count(static one => one.Key == ApiKey.FindCoordinator));
    }

    [Fact]
    public async Task It_ends_within_default_api_timeout_ms_and_says_what_kept_it()
    {
        OnCommit(static _ => ErrorCode.CoordinatorLoadInProgress);
        var failure = await Assert.ThrowsAsync<KafkaException>(async () => await Simple(TimeSpan.FromMilliseconds(200)).CommitAsync([new OffsetToCommit(P0, 5)]));
        Assert.Equal((ErrorCode.CoordinatorLoadInProgress, ErrorClass.Retriable), (failure.Error.Code, failure.Class));
        Assert.Contains("default.api.timeout.ms=200", failure.Message);
    }

    [Fact]
    public async Task The_next_commit_goes_out_when_the_one_before_was_answered_even_when_nobody_waits_for_that_any_more()
    {
        var first = new TaskCompletionSource();
        _broker.OnAsync<OffsetCommitRequest, OffsetCommitResponse>(async (request, _) =>
        {
            _commits.Enqueue(request);
            if (request.Topics[0].Partitions[0].CommittedOffset == 1) await first.Task;
            return Answer(request, ErrorCode.None);
        });
        var offsets = Simple();
        using var impatient = new CancellationTokenSource();
        var one = offsets.CommitAsync([new OffsetToCommit(P0, 1)], impatient.Token).AsTask();
        await Eventually.Is(() => _commits.Count == 1);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        var two = offsets.CommitAsync([new OffsetToCommit(P0, 2)]).AsTask();
        // As long as the first is not answered there is only one connection, and one request on it.
        Assert.Single(_commits);
        first.SetResult();
        await two;
        Assert.Equal([1L, 2L], _commits.Select(static commit => commit.Topics[0].Partitions[0].CommittedOffset));
    }

    [Fact]
    public async Task A_commit_that_fails_does_not_keep_the_next_from_going_out()
    {
        var errors = new Queue<ErrorCode>([ErrorCode.OffsetMetadataTooLarge, ErrorCode.None]);
        OnCommit(_ => errors.Dequeue());
        var offsets = Simple();
        await Assert.ThrowsAsync<KafkaException>(async () => await offsets.CommitAsync([new OffsetToCommit(P0, 1)]));
        await offsets.CommitAsync([new OffsetToCommit(P0, 2)]);
    }

    [Fact]
    public async Task Topics_go_by_id_when_it_is_known_and_by_name_when_it_is_not()
    {
        OnCommit(static _ => ErrorCode.None);
        var connections = Connections();
        var offsets = new GroupOffsets(TestMember.Classic(), connections);
        await offsets.CommitAsync([new OffsetToCommit(P0, 1)]);
        await connections.Metadata.GetAsync("t", allowAutoCreate: false);
        await offsets.CommitAsync([new OffsetToCommit(P0, 2)]);
        Assert.Equal([9, 10], _broker.Received.Where(static one => one.Key == ApiKey.OffsetCommit).Select(static one => (int)one.Version));
        Assert.Equal(("t", Id), (_commits.First().Topics[0].Name, _commits.Last().Topics[0].TopicId));
    }

    [Fact]
    public async Task An_offset_of_a_topic_that_was_made_anew_is_not_committed_for_its_successor()
    {
        OnCommit(request => request.Topics[0].TopicId == _broker.Topics["t"].Id ? ErrorCode.None : ErrorCode.UnknownTopicId);
        var connections = Connections();
        await connections.Metadata.GetAsync("t", allowAutoCreate: false);
        var offsets = new GroupOffsets(TestMember.Classic(), connections);
        await offsets.CommitAsync([new OffsetToCommit(P0, 1)]);
        _broker.Topics["t"] = (new TopicId(Guid.NewGuid()), 2);
        var failure = await Assert.ThrowsAsync<KafkaException>(async () => await offsets.CommitAsync([new OffsetToCommit(P0, 2)]));
        Assert.Equal(ErrorCode.UnknownTopicId, failure.Error.Code);
        Assert.Contains("created again", failure.Message);
        // What is committed from now on is about the topic as it is.
        await offsets.CommitAsync([new OffsetToCommit(P0, 0)]);
    }

    [Fact]
    public async Task A_group_with_members_takes_nothing_from_who_is_none()
    {
        OnCommit(static _ => ErrorCode.UnknownMemberId);
        Assert.Contains("has members", (await Assert.ThrowsAsync<KafkaException>(async () => await Simple().CommitAsync([new OffsetToCommit(P0, 1)]))).Message);
    }

    // Fetching

    [Fact]
    public async Task An_offset_that_a_transaction_is_about_to_change_is_waited_for()
    {
        OnFetch(static asked => asked < 3 ? (ErrorCode.UnstableOffsetCommit, -1) : (ErrorCode.None, 7));
        var found = await Simple().FetchAsync([P0]);
        Assert.Equal(7, found[P0].Offset);
        Assert.All(_broker.Received.Where(static one => one.Key == ApiKey.OffsetFetch), static one => Assert.True(((OffsetFetchRequest)one.Request).RequireStable));
    }

    [Fact]
    public async Task No_offset_is_what_the_coordinator_says_and_nothing_else()
    {
        OnFetch(static asked => asked == 0 ? (ErrorCode.CoordinatorLoadInProgress, -1) : (ErrorCode.None, -1));
        Assert.Empty(await Simple().FetchAsync([P0]));
        Assert.Equal(2, _broker.Received.Count(static one => one.Key == ApiKey.OffsetFetch));
    }

    [Fact]
    public async Task It_is_asked_until_it_is_cancelled_or_its_time_is_over()
    {
        OnFetch(static _ => (ErrorCode.UnstableOffsetCommit, -1));
        using var lost = new CancellationTokenSource();
        var asking = Simple().FetchAsync([P0], lost.Token);
        await Eventually.Is(() => _broker.Received.Count(static one => one.Key == ApiKey.OffsetFetch) > 5);
        Assert.False(asking.IsCompleted);
        await lost.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        var failure = await Assert.ThrowsAsync<KafkaException>(() => Simple().FetchAsync([P0], within: TimeSpan.FromSeconds(1)));
        Assert.Equal((ErrorCode.UnstableOffsetCommit, ErrorClass.Retriable), (failure.Error.Code, failure.Class));
    }

    [Fact]
    public async Task The_planted_fault_takes_a_failure_for_no_offset()
    {
        OnFetch(static _ => (ErrorCode.UnstableOffsetCommit, -1));
        Assert.Empty(await Simple(fault: PlantedFault.TakesFailedFetchForNoOffset).FetchAsync([P0]));
    }

    // As a member

    async Task<TestMember> MemberAsync(params int[] partitions)
    {
        _broker.On<JoinGroupRequest, JoinGroupResponse>((_, _) => new JoinGroupResponse { GenerationId = 3, MemberId = "m", Leader = "other", ProtocolType = "consumer", ProtocolName = "range" });
        _broker.On<SyncGroupRequest, SyncGroupResponse>((_, _) => new SyncGroupResponse { Assignment = MemberScript.Assignment(partitions) });
        _broker.On<HeartbeatRequest, HeartbeatResponse>((_, _) => new HeartbeatResponse());
        _broker.On<LeaveGroupRequest, LeaveGroupResponse>((_, _) => new LeaveGroupResponse());
        var member = new TestMember($"{_broker.Address}", "m").Subscribe("t");
        _open.Add(member);
        await member.HasAsync(partitions.Length);
        return member;
    }

    [Fact]
    public async Task A_member_commits_under_its_generation_and_only_what_is_its_own()
    {
        OnCommit(static _ => ErrorCode.None);
        var member = await MemberAsync(0);
        await member.Offsets.CommitAsync([new OffsetToCommit(P0, 5)]);
        Assert.Equal((3, "m"), (_commits.Single().GenerationIdOrMemberEpoch, _commits.Single().MemberId));
        var failure = await Assert.ThrowsAsync<CommitFailedException>(async () => await member.Offsets.CommitAsync([new OffsetToCommit(P0, 6), new OffsetToCommit(P1, 5)]));
        Assert.Equal([P1], failure.Partitions);
        Assert.Single(_commits);
    }

    [Theory]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.UnknownMemberId)]
    public async Task A_member_that_is_none_any_more_is_told_and_joins_again(ErrorCode error)
    {
        OnCommit(_ => error);
        var member = await MemberAsync(0);
        var failure = await Assert.ThrowsAsync<CommitFailedException>(async () => await member.Offsets.CommitAsync([new OffsetToCommit(P0, 5)]));
        Assert.Equal((error, ErrorClass.Application), (failure.Error.Code, failure.Class));
        await Eventually.Is(() => member.Owner.Calls.Contains("lost t-0"));
        await Eventually.Is(() => _broker.Received.Count(static one => one.Key == ApiKey.JoinGroup) > 1);
    }

    [Fact]
    public async Task Rebalance_in_progress_waits_commits_what_is_still_ours_and_tells_what_is_not()
    {
        var answers = new Queue<ErrorCode>([ErrorCode.RebalanceInProgress]);
        OnCommit(_ => answers.TryDequeue(out var error) ? error : ErrorCode.None);
        var member = await MemberAsync(0, 1);
        var asked = new TaskCompletionSource();
        // The rebalance that the commit met takes one of them away, while the commit waits.
        _broker.OnAsync<OffsetCommitRequest, OffsetCommitResponse>(async (request, _) =>
        {
            _commits.Enqueue(request);
            if (_commits.Count > 1) return Answer(request, ErrorCode.None);
            _broker.On<SyncGroupRequest, SyncGroupResponse>((_, _) => new SyncGroupResponse { Assignment = MemberScript.Assignment(0) });
            _broker.On<HeartbeatRequest, HeartbeatResponse>((_, _) => new HeartbeatResponse { ErrorCode = ErrorCode.RebalanceInProgress });
            await asked.Task;
            return Answer(request, ErrorCode.RebalanceInProgress);
        });
        var committing = member.Offsets.CommitAsync([new OffsetToCommit(P0, 5), new OffsetToCommit(P1, 5)]).AsTask();
        await Eventually.Is(() => member.Owner.Calls.Contains("assigned t-0"));
        asked.SetResult();
        Assert.Equal([P1], await committing);
        Assert.Equal(0, Assert.Single(_commits.Last().Topics[0].Partitions).PartitionIndex);
    }

    [Fact]
    public async Task A_fenced_instance_is_fatal()
    {
        OnCommit(static _ => ErrorCode.FencedInstanceId);
        var member = await MemberAsync(0);
        Assert.Equal(ErrorClass.Fenced, (await Assert.ThrowsAsync<KafkaException>(async () => await member.Offsets.CommitAsync([new OffsetToCommit(P0, 5)]))).Class);
    }

    // KIP-848

    [Fact]
    public async Task A_stale_epoch_waits_for_the_next_heartbeat_and_is_repeated_with_the_new_one()
    {
        var epoch = 4;
        _broker.On<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>((request, _) => new ConsumerGroupHeartbeatResponse
        {
            MemberId = request.MemberId, MemberEpoch = request.MemberEpoch < 0 ? request.MemberEpoch : epoch, HeartbeatIntervalMs = 60_000,
            Assignment = request.SubscribedTopicNames is null ? null : new() { TopicPartitions = [new() { TopicId = Id, Partitions = [0] }] },
        });
        OnCommit(request => request.GenerationIdOrMemberEpoch == 5 ? ErrorCode.None : ErrorCode.StaleMemberEpoch);
        var member = new TestMember($"{_broker.Address}", "m", options: TestMember.Consumer()).Subscribe("t");
        _open.Add(member);
        await member.HasAsync(1);
        // That it has what it was given it has said by now, and the next heartbeat is a minute away.
        await Eventually.Is(() => _broker.Received.Count(static one => one.Key == ApiKey.ConsumerGroupHeartbeat) == 2);
        epoch = 5;
        await member.Offsets.CommitAsync([new OffsetToCommit(P0, 5)]);
        Assert.Equal([4, 5], _commits.Select(static commit => commit.GenerationIdOrMemberEpoch));
        Assert.NotNull(await member.Member.Metadata.Standing!.ConfirmAsync(member.Member.Metadata, [P0], CancellationToken.None));
        Assert.Null(await member.Member.Metadata.Standing!.ConfirmAsync(member.Member.Metadata, [P1], CancellationToken.None));
    }

    [Fact]
    public async Task A_fetch_of_a_member_says_who_asks()
    {
        _broker.On<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>((request, _) => new ConsumerGroupHeartbeatResponse
        {
            MemberId = request.MemberId, MemberEpoch = request.MemberEpoch < 0 ? request.MemberEpoch : 4, HeartbeatIntervalMs = 60_000,
            Assignment = request.SubscribedTopicNames is null ? null : new() { TopicPartitions = [new() { TopicId = Id, Partitions = [0] }] },
        });
        OnFetch(static asked => asked == 0 ? (ErrorCode.StaleMemberEpoch, -1) : (ErrorCode.None, 9));
        var member = new TestMember($"{_broker.Address}", "m", options: TestMember.Consumer()).Subscribe("t");
        _open.Add(member);
        await member.HasAsync(1);
        Assert.Equal(9, (await member.Offsets.FetchAsync([P0]))[P0].Offset);
        var asked = (OffsetFetchRequest)_broker.Received.Last(static one => one.Key == ApiKey.OffsetFetch).Request;
        Assert.Equal((4, member.Member.Metadata.MemberId, Id), (asked.Groups[0].MemberEpoch, asked.Groups[0].MemberId, asked.Groups[0].Topics![0].TopicId));
    }
}
