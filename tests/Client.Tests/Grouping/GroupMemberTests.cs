using Semel.Broker.Hosting;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Client.Grouping.Offsets;
using Semel.Protocol;
using Semel.Testing;

namespace Semel.Client.Tests.Grouping;

/// <summary>Members of both protocols at a real broker in this process.</summary>
public sealed class GroupMemberTests : IAsyncLifetime
{
    const int Partitions = 6;

    readonly OwnershipBoard _board = new();
    readonly List<TestMember> _members = [];
    InProcessBroker _broker = null!;

    public async Task InitializeAsync()
    {
        _broker = await InProcessBroker.StartAsync(new BrokerOptions
        {
            Groups = Machines.Groups.GroupOptions.Default with
            {
                InitialRebalanceDelay = TimeSpan.Zero, MinSessionTimeout = TimeSpan.FromMilliseconds(500), ConsumerAssignmentInterval = TimeSpan.Zero,
                ConsumerHeartbeatInterval = TimeSpan.FromMilliseconds(200), ConsumerSessionTimeout = TimeSpan.FromSeconds(3),
            },
            ConsumerGroupBounds = new() { MinHeartbeatInterval = TimeSpan.FromMilliseconds(50), MinSessionTimeout = TimeSpan.FromMilliseconds(500) },
        });
        await _broker.CreateTopicAsync("t", Partitions);
    }

    public async Task DisposeAsync()
    {
        foreach (var member in _members) await member.DisposeAsync();
        await _broker.DisposeAsync();
    }

    TestMember Join(string name, GroupOptions options, params string[] topics)
    {
        var member = new TestMember(_broker.BootstrapServers, name, _board, options);
        _members.Add(member);
        return member.Subscribe(topics.Length > 0 ? topics : ["t"]);
    }

    static GroupOptions Options(string kind) => kind switch
    {
        "consumer" => TestMember.Consumer(),
        "auto" => TestMember.Consumer() with { Protocol = GroupProtocol.Auto },
        _ => TestMember.Classic(AssignmentStrategies.Find(kind)!.Value),
    };

    void NothingWentWrong()
    {
        Assert.Empty(_board.Conflicts);
        Assert.All(_members, static member => Assert.Null(member.Owner.Failure));
        Assert.All(_members, static member => Assert.False(member.Owner.CalledTwiceAtOnce));
    }

    [Theory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    [InlineData("sticky")]
    [InlineData("cooperative-sticky")]
    [InlineData("consumer")]
    [InlineData("auto")]
    public async Task Members_come_and_go_and_no_partition_is_ever_with_two(string kind)
    {
        var first = Join("a", Options(kind));
        await first.HasAsync(6);
        var second = Join("b", Options(kind));
        await first.HasAsync(3);
        await second.HasAsync(3);
        var third = Join("c", Options(kind));
        foreach (var member in _members) await member.HasAsync(2);
        await second.Member.CloseAsync(TimeSpan.FromSeconds(10));
        await first.HasAsync(3);
        await third.HasAsync(3);
        Assert.Empty(second.Owner.Own);
        Assert.Equal(6, _board.Owners.Count);
        NothingWentWrong();
    }

    static readonly string[] Kinds = ["range", "cooperative-sticky", "consumer"];

    public static TheoryData<string> EachKind() => [.. Kinds];

    /// <summary>Scenario 9, as far as membership goes: what is kept is never stopped, and what moves is given back before it is given away.</summary>
    [Theory]
    [InlineData("cooperative-sticky")]
    [InlineData("consumer")]
    public async Task Partitions_that_stay_are_not_touched_when_members_come(string kind)
    {
        var first = Join("a", Options(kind));
        await first.HasAsync(6);
        await Join("b", Options(kind)).HasAsync(3);
        await Join("c", Options(kind)).HasAsync(2);
        foreach (var member in _members) await member.HasAsync(2);
        foreach (var call in _members.SelectMany(static member => member.Owner.Calls)) Assert.DoesNotContain("lost", call);
        // Four of its six went, each once, and the others were never spoken of again.
        var spoken = first.Owner.Calls.Where(static call => call.StartsWith("revoked")).SelectMany(static call => call["revoked ".Length..].Split(',')).ToList();
        Assert.Equal(4, spoken.Distinct().Count());
        Assert.Equal(spoken.Count, spoken.Distinct().Count());
        Assert.Empty(spoken.Intersect(first.Owner.Own.Select(static one => $"{one}")));
        NothingWentWrong();
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task A_revocation_takes_as_long_as_its_handler_and_offsets_are_committed_in_it(string kind)
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = Join("a", Options(kind));
        await first.HasAsync(6);
        first.Owner.OnRevoked = async (partitions, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            await first.Offsets.CommitAsync([.. partitions.Select(static partition => new OffsetToCommit(partition, 42))]);
        };
        var second = Join("b", Options(kind));
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(second.Owner.Own);
        release.SetResult();
        await second.HasAsync(3);
        var found = await second.Offsets.FetchAsync(second.Owner.Own);
        Assert.All(second.Owner.Own, partition => Assert.Equal(42, found[partition].Offset));
        NothingWentWrong();
    }

    [Theory]
    [InlineData("range")]
    [InlineData("consumer")]
    public async Task A_static_member_comes_back_to_what_it_had_and_the_others_notice_nothing(string kind)
    {
        var options = Options(kind) with { SessionTimeout = TimeSpan.FromSeconds(30) };
        var first = Join("a", options with { InstanceId = "i1" });
        var second = Join("b", options with { InstanceId = "i2" });
        await first.HasAsync(3);
        await second.HasAsync(3);
        var (own, calls) = (first.Owner.Own, second.Owner.Calls.Count);
        await first.Member.CloseAsync(TimeSpan.FromSeconds(10));
        var again = Join("a", options with { InstanceId = "i1" });
        await again.HasAsync(3);
        Assert.Equal(own, again.Owner.Own);
        Assert.Equal(calls, second.Owner.Calls.Count);
        NothingWentWrong();
    }

    [Theory]
    [InlineData("range", true)]
    [InlineData("consumer", false)]
    public async Task Two_processes_with_one_instance_id_do_not_both_go_on(string kind, bool laterWins)
    {
        var options = Options(kind) with { InstanceId = "i" };
        var first = Join("a", options);
        await first.HasAsync(6);
        var second = Join("b", options);
        var (winner, loser) = laterWins ? (second, first) : (first, second);
        await Eventually.Is(() => loser.Owner.Failure is not null);
        Assert.Equal(ErrorClass.Fenced, loser.Owner.Failure!.Class);
        await winner.HasAsync(6);
        Assert.Empty(loser.Owner.Own);
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task A_coordinator_that_starts_again_finds_its_members_and_they_keep_what_they_have(string kind)
    {
        var (first, second) = (Join("a", Options(kind)), Join("b", Options(kind)));
        await first.HasAsync(3);
        await second.HasAsync(3);
        await first.Offsets.CommitAsync([new OffsetToCommit(first.Owner.Own.First(), 7)]);
        await _broker.KillAndRestartAsync();
        var metadata = first.Member.Metadata;
        Assert.NotNull(await metadata.Standing!.ConfirmAsync(metadata, first.Owner.Own, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(7, (await first.Offsets.FetchAsync(first.Owner.Own))[first.Owner.Own.First()].Offset);
        Assert.All(_members, static member => Assert.Equal(3, member.Owner.Own.Count));
        NothingWentWrong();
    }

    /// <summary>Scenario 12: a process that stands still, whose clock jumps when it goes on.</summary>
    [Theory]
    [InlineData("range")]
    [InlineData("consumer")]
    public async Task A_member_that_stood_still_loses_everything_before_it_delivers_and_its_commits_are_refused(string kind)
    {
        var time = new ManualTime();
        var options = Options(kind) with { SessionTimeout = TimeSpan.FromSeconds(1), HeartbeatInterval = TimeSpan.FromMilliseconds(200) };
        var zombie = new TestMember(_broker.BootstrapServers, "zombie", _board, options, time);
        _members.Add(zombie);
        zombie.Subscribe("t");
        await WhileTimePassesAsync(time, zombie.HasAsync(6));
        var (before, entered, release) = (zombie.Member.Metadata, new TaskCompletionSource(), new TaskCompletionSource());
        zombie.Owner.OnLost = () => { entered.TrySetResult(); return release.Task; };
        // While it stands still, the coordinator gives what it has to another.
        var heir = new TestMember(_broker.BootstrapServers, "heir", options: options);
        _members.Add(heir);
        heir.Subscribe("t");
        await heir.HasAsync(6);
        Assert.True(zombie.Member.MayDeliver);
        time.Advance(TimeSpan.FromSeconds(90));
        Assert.False(zombie.Member.MayDeliver);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(zombie.Member.MayDeliver);
        await Assert.ThrowsAsync<CommitFailedException>(async () => await zombie.Offsets.CommitAsync([new OffsetToCommit(new TopicPartition("t", 0), 5)]));
        Assert.Null(await before.Standing!.ConfirmAsync(before, [new TopicPartition("t", 0)], CancellationToken.None));
        zombie.Owner.OnLost = null;
        release.SetResult();
        await Eventually.Is(() => zombie.Member.MayDeliver);
        await WhileTimePassesAsync(time, zombie.Member.CloseAsync(TimeSpan.FromSeconds(5)).AsTask());
    }

    static async Task WhileTimePassesAsync(ManualTime time, Task task)
    {
        await time.RunUntilAsync(() => task.IsCompleted);
        await task;
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task Closing_while_a_revocation_runs_lets_it_end_and_leaves(string kind)
    {
        var (entered, release, commits) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        var first = Join("a", Options(kind));
        await first.HasAsync(6);
        first.Owner.OnRevoked = async (partitions, _) =>
        {
            entered.TrySetResult();
            await release.Task;
            Interlocked.Add(ref commits, partitions.Count);
            await first.Offsets.CommitAsync([.. partitions.Select(static partition => new OffsetToCommit(partition, 42))]);
        };
        var second = Join("b", Options(kind));
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var closing = first.Member.CloseAsync(TimeSpan.FromSeconds(20)).AsTask();
        Assert.False(closing.IsCompleted);
        release.SetResult();
        await closing;
        await second.HasAsync(6);
        Assert.Equal(6, commits);
        Assert.Equal(6, (await second.Offsets.FetchAsync(second.Owner.Own)).Count);
        NothingWentWrong();
    }

    /// <summary>Scenario 10.</summary>
    [Fact]
    public async Task One_member_with_another_strategy_makes_the_group_eager_until_all_have_rolled()
    {
        var old = Join("a", TestMember.Classic(PartitionAssignmentStrategy.Range));
        await old.HasAsync(6);
        var both = Join("b", TestMember.Classic(PartitionAssignmentStrategy.Range, PartitionAssignmentStrategy.CooperativeSticky));
        await old.HasAsync(3);
        await both.HasAsync(3);
        Assert.Contains("revoked t-0,t-1,t-2,t-3,t-4,t-5", old.Owner.Calls);
        Assert.Single(both.Log.Lines, static line => line.Line.Contains("as long as range is listed"));
        await old.Member.CloseAsync(TimeSpan.FromSeconds(10));
        await both.HasAsync(6);
        var rolled = Join("c", TestMember.Classic(PartitionAssignmentStrategy.CooperativeSticky));
        await rolled.HasAsync(3);
        await both.Member.CloseAsync(TimeSpan.FromSeconds(10));
        await rolled.HasAsync(6);
        var last = Join("d", TestMember.Classic(PartitionAssignmentStrategy.CooperativeSticky));
        await last.HasAsync(3);
        await rolled.HasAsync(3);
        Assert.Equal(3, rolled.Owner.Calls.Last(static call => call.StartsWith("revoked"))["revoked ".Length..].Split(',').Length);
        NothingWentWrong();
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task Topics_that_a_pattern_matches_are_taken_in_as_they_come(string kind)
    {
        var member = Join("a", Options(kind), "^t[0-9]*");
        await member.HasAsync(6);
        await _broker.CreateTopicAsync("t7", 2);
        await _broker.CreateTopicAsync("tx", 2);
        await member.HasAsync(8);
        Assert.DoesNotContain(member.Owner.Own, static partition => partition.Topic == "tx");
        await Eventually.Is(() => member.Log.Lines.Any(static line => line.Line.Contains("matches the beginning of topic tx only")));
        NothingWentWrong();
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task A_topic_that_is_not_there_yet_is_taken_in_when_it_comes(string kind)
    {
        var member = Join("a", Options(kind), "t", "later");
        await member.HasAsync(6);
        await _broker.CreateTopicAsync("later", 2);
        await member.HasAsync(8);
        NothingWentWrong();
    }

    [Fact]
    public async Task A_member_of_the_newer_protocol_and_one_of_the_classic_share_a_group()
    {
        var classic = Join("a", Options("cooperative-sticky"));
        await classic.HasAsync(6);
        var newer = Join("b", Options("consumer"));
        await newer.HasAsync(3);
        await classic.HasAsync(3);
        await newer.Member.CloseAsync(TimeSpan.FromSeconds(10));
        await classic.HasAsync(6);
        NothingWentWrong();
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("range")]
    public async Task A_handler_that_throws_does_not_stop_the_protocol_and_is_logged(string kind)
    {
        var first = Join("a", Options(kind));
        first.Owner.OnAssigned = static _ => throw new InvalidOperationException("a handler's own fault");
        await first.HasAsync(6);
        await Eventually.Is(() => first.Log.Lines.Any(static line => line.Line.Contains("a handler's own fault")));
        await Join("b", Options(kind)).HasAsync(3);
        NothingWentWrong();
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task What_nobody_may_join_is_told_to_the_owner(string kind)
    {
        await _broker.RestartAsync(static options => options with { Groups = options.Groups with { MaxSize = 1, ConsumerMaxSize = 1 } });
        await Join("a", Options(kind)).HasAsync(6);
        var second = Join("b", Options(kind));
        await Eventually.Is(() => second.Owner.Failure is not null);
        Assert.Equal((ErrorCode.GroupMaxSizeReached, ErrorClass.Config), (second.Owner.Failure!.Error.Code, second.Owner.Failure.Class));
    }

    [Theory, MemberData(nameof(EachKind))]
    public async Task A_member_that_nobody_pulls_from_makes_room_and_comes_back_with_a_pull(string kind)
    {
        var idle = Join("a", Options(kind) with { MaxPollInterval = TimeSpan.FromSeconds(1) });
        await idle.HasAsync(6);
        idle.Member.EndPull();
        await Eventually.Is(() => idle.Owner.Calls.Any(static call => call.StartsWith("lost")));
        await Join("b", Options(kind)).HasAsync(6);
        Assert.Empty(idle.Owner.Own);
        idle.Member.BeginPull();
        await idle.HasAsync(3);
        NothingWentWrong();
    }
}
