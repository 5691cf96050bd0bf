using Semel.Machines.Catalog;
using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>groups.md 5.3: epochs, assignments, states and timers of a KIP-848 group.</summary>
public class ConsumerGroupTests
{
    readonly ConsumerWorld _world = new();

    [Fact(DisplayName = "G17: nobody gets a partition before the one that has it says that it gave it up")]
    public void GivenUpFirst()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        Assert.Empty(second.Join().Assignment!);
        Assert.Equal("Reconciling", _world.State);
        var told = first.Beat();
        Assert.Equal(2, told.Assignment!.Count);
        Assert.Null(second.Beat().Assignment);
        // It still lists one of them.
        var late = PartitionSet.Of([.. told.Assignment, .. _world.Set(0, 1, 2, 3).Except(told.Assignment).Take(1)]);
        Assert.Null(first.Beat(late).Assignment);
        Assert.Null(second.Beat().Assignment);
        var epoch = first.Epoch;
        Assert.True(first.Beat(told.Assignment).MemberEpoch > epoch);
        Assert.Equal(_world.Set(0, 1, 2, 3).Except(told.Assignment), second.Beat().Assignment);
        Assert.Equal("Stable", _world.State);
    }

    [Fact(DisplayName = "G18: who never gives up is put out when its time is over, and the others get what it had")]
    public void NeverGivesUp()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        first.Beat();
        for (var passed = 0; passed < 29; passed++)
        {
            _world.Groups.Pass(TimeSpan.FromSeconds(1));
            Assert.Equal(ErrorCode.None, first.Beat(_world.Set(0, 1, 2, 3)).Error);
            Assert.Null(second.Beat().Assignment);
        }
        _world.Groups.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.UnknownMemberId, first.Beat(_world.Set(0, 1, 2, 3)).Error);
        Assert.Equal(4, second.Beat().Assignment!.Count);
    }

    [Fact]
    public void Who_gives_up_in_time_stays()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        first.Beat();
        _world.Groups.Pass(TimeSpan.FromSeconds(29));
        first.BeatOwning();
        second.Beat();
        _world.Groups.Pass(TimeSpan.FromSeconds(29));
        Assert.Equal(ErrorCode.None, first.Beat().Error);
        Assert.Equal(2, _world.Describe().Members.Count);
    }

    [Fact]
    public void Who_says_nothing_for_its_session_is_gone()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        _world.Settle(first, second);
        var epoch = _world.Describe().Epoch;
        _world.Groups.Pass(TimeSpan.FromSeconds(40));
        second.Beat();
        _world.Groups.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(["b"], _world.Describe().Members.Select(member => member.MemberId));
        Assert.Equal(epoch + 1, _world.Describe().Epoch);
        Assert.Equal(4, second.Beat().Assignment!.Count);
    }

    [Fact]
    public void Sessions_begin_anew_with_the_coordinator()
    {
        var member = _world.Member("a");
        member.Join();
        _world.Groups.Pass(TimeSpan.FromSeconds(40));
        _world.Groups.Restart();
        _world.Groups.Pass(TimeSpan.FromSeconds(40));
        Assert.Equal(ErrorCode.None, member.Beat().Error);
        _world.Groups.Restart();
        _world.Groups.Pass(TimeSpan.FromSeconds(46));
        Assert.Equal(ErrorCode.UnknownMemberId, member.Beat().Error);
    }

    [Fact]
    public void A_member_that_had_to_give_up_has_its_time_again_after_a_restart()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        first.Beat();
        _world.Groups.RestartFromSnapshot();
        _world.Groups.Pass(TimeSpan.FromSeconds(29));
        Assert.Equal(ErrorCode.None, first.Beat(_world.Set(0, 1, 2, 3)).Error);
        second.Beat();
        _world.Groups.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.UnknownMemberId, first.Beat().Error);
    }

    [Fact]
    public void The_epoch_rises_with_members_and_subscriptions_and_with_nothing_else()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        var epochs = new List<int>();
        void Note() => epochs.Add(_world.Describe().Epoch);
        first.Join();
        Note();
        second.Join();
        Note();
        first.Beat();
        second.Join();
        Note();
        second.Subscribe("t", "u");
        Note();
        second.Subscribe("u", "t", "t");
        Note();
        second.Leave();
        Note();
        Assert.Equal([1, 2, 2, 3, 3, 4], epochs);
    }

    [Fact]
    public void A_group_whose_first_member_asks_for_nothing_has_an_epoch_all_the_same()
    {
        var member = _world.Member("a");
        member.Topics = [];
        Assert.Equal(1, member.Join().MemberEpoch);
        Assert.Equal(1, member.Beat().MemberEpoch);
        Assert.Equal("Stable", _world.State);
    }

    [Fact(DisplayName = "G23: a topic gains partitions: they are assigned, and no client did anything")]
    public void TopicGrows()
    {
        var member = _world.Member("a");
        member.Join();
        var epoch = _world.Describe().Epoch;
        Grow("t", 6);
        var reply = member.Beat();
        Assert.Equal(_world.Set(0, 1, 2, 3, 4, 5), reply.Assignment);
        Assert.Equal(epoch + 1, _world.Describe().Epoch);
        Grow("u", 9);
        Assert.Null(member.Beat().Assignment);
        Assert.Equal(epoch + 1, _world.Describe().Epoch);
    }

    void Grow(string name, int partitions)
    {
        var view = _world.Groups.Topics.View;
        Assert.True(view.TryFind(name, out var topic));
        using var batch = new CatalogBatch();
        batch.Add(new TopicRecord { Name = name, TopicId = topic.TopicId, PartitionCount = partitions, NextProducerId = topic.ProducersSince }, default);
        var bytes = batch.Close(view.EndOffset);
        Assert.True(RecordBatchHeader.TryRead(bytes, out var header));
        _world.Groups.Topics.Machine.Evolve(header, bytes, default);
    }

    [Fact]
    public void A_topic_that_is_not_there_is_read_once_it_is()
    {
        var member = _world.Member("a");
        member.Topics = ["later"];
        Assert.Empty(member.Join().Assignment!);
        _world.Groups.Topics.Create("later", 2);
        Assert.Equal(2, member.Beat().Assignment!.Count);
    }

    [Fact]
    public void A_topic_that_was_made_anew_is_another_one()
    {
        var member = _world.Member("a");
        member.Join();
        var former = member.Owned;
        _world.Groups.Topics.Turn(CatalogCommand.DeleteTopic("t"));
        var without = member.BeatOwning();
        Assert.Empty(without.Assignment!);
        _world.Groups.Topics.Create("t", 4);
        member.BeatOwning();
        var with = member.BeatOwning();
        Assert.Equal(4, member.Owned.Count);
        Assert.False(member.Owned.Overlaps(former));
    }

    [Fact]
    public void What_is_asked_for_no_longer_is_given_up_before_the_next_assignment()
    {
        var world = new ConsumerWorld(TestGroups.Quick with { ConsumerAssignmentInterval = TimeSpan.FromHours(1) });
        var member = world.Member("a");
        member.Topics = ["t", "u"];
        Assert.Equal(6, member.Join().Assignment!.Count);
        Assert.Equal(PartitionSet.Of(world.Partition(0, "u"), world.Partition(1, "u")), member.Subscribe("u").Assignment);
        Assert.Equal("Assigning", world.State);
    }

    [Fact(DisplayName = "Targets are made once in an interval; until then a newcomer has that epoch and nothing (4.3.1)")]
    public void Interval()
    {
        var world = new ConsumerWorld(TestGroups.Quick);
        var (first, second, third) = (world.Member("a"), world.Member("b"), world.Member("c"));
        Assert.Equal(4, first.Join().Assignment!.Count);
        var waiting = second.Join();
        Assert.Empty(waiting.Assignment!);
        Assert.Equal(first.Epoch, waiting.MemberEpoch);
        Assert.Equal("Assigning", world.State);
        third.Join();
        Assert.Null(first.Beat().Assignment);
        world.Groups.Pass(TimeSpan.FromSeconds(1));
        Assert.NotNull(first.Beat().Assignment);
        world.Settle(first, second, third);
        Assert.Equal([1, 1, 2], new[] { first, second, third }.Select(member => member.Owned.Count).Order());
    }

    [Fact(DisplayName = "Whoever joins a group that has become empty is assigned in the same answer (4.4.0)")]
    public void EmptyAgain()
    {
        var world = new ConsumerWorld(TestGroups.Quick);
        var first = world.Member("a");
        first.Join();
        first.Leave();
        Assert.Equal("Empty", world.State);
        Assert.Equal(4, world.Member("b").Join().Assignment!.Count);
    }

    [Fact]
    public void Most_members_choose_the_assignor_and_where_none_has_most_it_is_the_brokers_first()
    {
        TestMember Wanting(string id, string? assignor) => new(_world.Groups, "g", id) { Assignor = assignor };
        Wanting("a", "range").Join();
        Assert.Equal("range", _world.Describe().Assignor);
        Wanting("b", "uniform").Join();
        Assert.Equal("uniform", _world.Describe().Assignor);
        Wanting("c", null).Join();
        Wanting("d", "range").Join();
        Assert.Equal("range", _world.Describe().Assignor);
    }

    [Fact]
    public void Who_waits_for_what_is_about_to_come_is_asked_to_come_again_sooner()
    {
        var world = new ConsumerWorld(TestGroups.Quick);
        var (first, second) = (world.Member("a"), world.Member("b"));
        // Where one joins others do.
        Assert.Equal(500, first.Join().HeartbeatIntervalMs);
        Assert.Equal(5000, first.Beat().HeartbeatIntervalMs);
        // An assignment is due in a second.
        Assert.Equal(500, second.Join().HeartbeatIntervalMs);
        world.Groups.Pass(TimeSpan.FromSeconds(1));
        // It is made; the second waits for what the first has to give up, and the first for nobody.
        Assert.Equal(500, second.Beat().HeartbeatIntervalMs);
        Assert.Equal(5000, first.Beat().HeartbeatIntervalMs);
        Assert.Equal(5000, first.BeatOwning().HeartbeatIntervalMs);
        Assert.Equal(5000, second.Beat().HeartbeatIntervalMs);
    }

    // ---- Regular expressions

    [Fact]
    public void An_expression_stands_for_the_topics_that_it_matches_wholly_now_and_later()
    {
        var member = _world.Member("a");
        (member.Topics, member.Pattern) = (["u"], "t[0-9]?");
        Assert.Equal(6, member.Join().Assignment!.Count);
        _world.Groups.Topics.Create("t7", 3);
        _world.Groups.Topics.Create("tt", 3);
        Assert.Equal(9, member.Beat().Assignment!.Count);
        _world.Groups.Topics.Turn(CatalogCommand.DeleteTopic("t7"));
        Assert.Equal(6, member.BeatOwning().Assignment!.Count);
        _world.Groups.RestartFromSnapshot();
        _world.Groups.Topics.Create("t8", 1);
        Assert.Equal(7, member.BeatOwning().Assignment!.Count);
    }

    [Fact]
    public void An_expression_that_nobody_uses_is_forgotten()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Pattern = second.Pattern = "u.*";
        first.Join();
        second.Join();
        Assert.Equal(1, Patterns());
        first.Leave();
        Assert.Equal(1, Patterns());
        second.Send(second.Of(second.Epoch) with { Pattern = "", Owned = second.Owned });
        Assert.Equal(0, Patterns());
    }

    int Patterns() => _world.Records().Where(record => record.Record.Key is ConsumerGroupRegularExpressionKey).GroupBy(record => ((ConsumerGroupRegularExpressionKey)record.Record.Key!).RegularExpression)
        .Count(pattern => !pattern.Last().Record.IsTombstone);

    [Fact]
    public void A_bad_expression_of_a_member_changes_nothing()
    {
        var member = _world.Member("a");
        member.Join();
        var before = _world.Groups.Log.Count;
        Assert.Equal(ErrorCode.InvalidRegularExpression, member.Send(member.Of(member.Epoch) with { Pattern = "(?=a)" }).Error);
        Assert.Equal(before, _world.Groups.Log.Count);
        Assert.Null(member.Beat().Assignment);
    }

    // ---- Beside the other protocol

    [Fact]
    public void An_empty_group_changes_its_protocol_and_keeps_its_offsets()
    {
        var classic = _world.Groups.Join("g", metadata: TestGroups.Subscription("t")).Joined;
        _world.Groups.Sync("g", classic, (classic.MemberId, "x"));
        Assert.Equal(ErrorCode.None, _world.Groups.Commit("g", 7, by: classic));
        _world.Groups.Leave("g", classic.MemberId);
        var member = _world.Member("a");
        Assert.Equal(4, member.Join().Assignment!.Count);
        Assert.Equal(7, _world.Groups.Fetch("g").Offset);
        Assert.Equal("consumer", Row().Type);
        Assert.Equal(ErrorCode.GroupIdNotFound, _world.Groups.Describe("g").Error);
        member.Leave();
        Assert.Equal(ErrorCode.None, _world.Groups.Join("g", metadata: TestGroups.Subscription("t")).Error);
        Assert.Equal("classic", Row().Type);
        Assert.Equal(ErrorCode.GroupIdNotFound, _world.Describe().Error);
        _world.Groups.RestartFromSnapshot();
        Assert.Equal("classic", Row().Type);
    }

    ListedGroup Row() => _world.Groups.Ask<ListedGroups>(new ListGroups([], [])).Groups.Single();

    [Fact]
    public void A_group_with_members_is_not_deleted_and_one_without_goes_wholly()
    {
        var member = _world.Member("a");
        member.Pattern = "u";
        member.Join();
        Assert.Equal(ErrorCode.NonEmptyGroup, _world.Groups.Ask(new DeleteGroup(new("g"))).Error);
        member.Leave();
        Assert.Equal(ErrorCode.None, _world.Groups.Ask(new DeleteGroup(new("g"))).Error);
        Assert.Equal(ErrorCode.GroupIdNotFound, _world.Describe().Error);
        Assert.All(_world.Records().GroupBy(record => Convert.ToHexString(record.Bytes)), key => Assert.True(key.Last().Record.IsTombstone));
    }

    [Fact]
    public void A_group_is_described_with_its_members()
    {
        var member = _world.Member("a", "one");
        member.Pattern = "u";
        member.Send(member.JoinOf() with { RackId = "rack" });
        var group = _world.Describe();
        Assert.Equal((ErrorCode.None, "Stable", 1, 1, "uniform"), (group.Error, group.State, group.Epoch, group.AssignmentEpoch, group.Assignor));
        var row = Assert.Single(group.Members);
        Assert.Equal(("a", "one", "rack", 1, "u", false), (row.MemberId, row.InstanceId, row.RackId, row.Epoch, row.Pattern, row.IsClassic));
        Assert.Equal(["t"], row.Topics);
        Assert.Equal(6, row.Assigned.Count);
        Assert.Equal(row.Target, row.Assigned);
        Assert.Equal(ErrorCode.InvalidGroupId, _world.Groups.Ask(new DescribeConsumerGroup(new(""))).Error);
    }

    [Fact(DisplayName = "G14: offsets of topics that members read are kept, others expire; of an empty group all count from when it became empty")]
    public void Expiry()
    {
        var world = new ConsumerWorld(ConsumerWorld.AtOnce with { ConsumerSessionTimeout = TimeSpan.FromDays(30) });
        var member = world.Member("a");
        member.Join();
        foreach (var topic in new[] { "t", "u" })
            Assert.Equal(ErrorCode.None, world.Groups.First(world.Groups.CommitOf("g", 5, topic, version: 9) with { MemberId = member.Id, GenerationOrEpoch = member.Epoch }));
        world.Groups.Pass(TimeSpan.FromDays(8));
        Assert.Equal(5, world.Groups.Fetch("g", "t").Offset);
        Assert.Equal(-1, world.Groups.Fetch("g", "u").Offset);
        member.Leave();
        world.Groups.Pass(TimeSpan.FromDays(6.9));
        Assert.Equal(5, world.Groups.Fetch("g", "t").Offset);
        world.Groups.Pass(TimeSpan.FromDays(0.2));
        Assert.Equal(-1, world.Groups.Fetch("g", "t").Offset);
        Assert.Equal(ErrorCode.GroupIdNotFound, world.Describe().Error);
    }
}
