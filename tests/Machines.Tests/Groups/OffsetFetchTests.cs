using Semel.Machines.Groups.Offsets;
using Semel.Machines.Tests.Catalog;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>What is told of committed offsets, row by row, and that a topic that was made anew never inherits any.</summary>
public class OffsetFetchTests
{
    readonly TestGroups _groups = new();

    public OffsetFetchTests() => _groups.Topics.Create("t", partitions: 4);

    FetchedOffsets All(string group, bool stable = false) => _groups.Ask<FetchedOffsets>(new FetchOffsets { GroupId = new(group), RequireStable = stable });

    [Fact]
    public void An_unknown_group_and_an_unknown_partition_have_no_offset_and_no_error()
    {
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
        _groups.Commit("g", 1);
        Assert.Equal(FetchedOffset.None(1), _groups.Fetch("g", partition: 1));
        Assert.Equal(FetchedOffset.None(9), _groups.Fetch("g", partition: 9));
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g", topic: "never"));
        Assert.Empty(All("unknown").Topics);
    }

    [Fact]
    public void By_an_id_that_no_topic_has_it_is_an_error()
    {
        var reply = _groups.Ask<FetchedOffsets>(new FetchOffsets { GroupId = new("g"), Topics = [new(null, TestCatalog.Id(9), [0, 1])] });
        Assert.All(reply.Topics[0].Partitions, row => Assert.Equal((-1, ErrorCode.UnknownTopicId), (row.Offset, row.Error)));
    }

    [Fact]
    public void Without_topics_all_that_have_an_offset_are_told_in_order()
    {
        _groups.Topics.Create("a", partitions: 2);
        foreach (var (topic, partition) in new[] { ("t", 3), ("t", 0), ("a", 1) }) _groups.Commit("g", partition, topic, partition);
        Assert.Equal([("a", "1"), ("t", "0 3")], All("g").Topics.Select(topic => (topic.Name!, string.Join(' ', topic.Partitions.Select(row => row.Partition)))));
        Assert.All(All("g").Topics, topic => Assert.False(topic.TopicId.IsNone));
    }

    [Fact]
    public void G12_a_pending_offset_is_unstable_and_after_an_abort_the_former_one_counts()
    {
        _groups.Commit("g", 5);
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 9, producer: 1));
        Assert.Equal(FetchedOffset.None(0, ErrorCode.UnstableOffsetCommit), _groups.Fetch("g", stable: true));
        Assert.Equal(5, _groups.Fetch("g").Offset);
        Assert.Equal(FetchedOffset.None(0, ErrorCode.UnstableOffsetCommit), All("g", stable: true).Topics[0].Partitions[0]);
        Assert.Equal(ErrorCode.None, _groups.End(1, 0, commit: false));
        Assert.Equal(5, _groups.Fetch("g", stable: true).Offset);
    }

    [Fact]
    public void A_partition_that_has_only_a_pending_offset_is_not_listed()
    {
        _groups.Pending("g", 9, producer: 1);
        Assert.Empty(All("g", stable: true).Topics);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _groups.Fetch("g", stable: true).Error);
    }

    [Fact]
    public void A_classic_group_is_asked_for_no_member()
    {
        _groups.Stable("g", 1);
        var reply = _groups.Ask<FetchedOffsets>(new FetchOffsets { GroupId = new("g"), MemberId = "whoever", MemberEpoch = 77, Topics = [new("t", TopicId.None, [0])] });
        Assert.Equal(ErrorCode.None, reply.Error);
    }

    [Fact]
    public void G26_a_topic_that_is_made_anew_inherits_no_offsets()
    {
        var former = _groups.Topics.View.Topics.Single(topic => topic.Name == "t").TopicId;
        _groups.Commit("g", 50);
        _groups.Topics.Turn(Machines.Catalog.CatalogCommand.DeleteTopic("t"));
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
        _groups.Topics.Create("t", partitions: 4);
        // Before anything was tidied up, and after a restart as well.
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
        Assert.Empty(All("g").Topics);
        _groups.Restart();
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
        Assert.Equal(ErrorCode.UnknownTopicId, _groups.First(_groups.CommitOf("g", 1) with { Topics = [new(null, former, [new(0, 60)])] }));
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 1));
        _groups.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void Offsets_of_a_topic_that_was_deleted_are_removed_by_themselves()
    {
        _groups.Topics.Create("u", partitions: 2);
        foreach (var group in new[] { "g", "h" }) _groups.Commit(group, 1);
        _groups.Commit("g", 1, "u");
        _groups.Pending("i", 9, producer: 1);
        _groups.Topics.Turn(Machines.Catalog.CatalogCommand.DeleteTopic("t"));
        _groups.Ask(new Machines.Groups.DropDeletedTopics());
        _groups.Pass(TimeSpan.Zero);
        // The group that had nothing else is gone, and the commit brings nothing back.
        Assert.Equal(["g"], _groups.Ask<Machines.Groups.Admin.ListedGroups>(new Machines.Groups.Admin.ListGroups([], [])).Groups.Select(group => group.GroupId));
        _groups.End(1, 0, commit: true);
        _groups.Topics.Create("t");
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("i"));
        Assert.Equal(1, _groups.Fetch("g", "u").Offset);
    }

    [Fact]
    public void A_commit_that_was_made_before_the_topic_was_deleted_brings_nothing_back()
    {
        var before = _groups.Topics.View;
        _groups.Topics.Turn(Machines.Catalog.CatalogCommand.DeleteTopic("t"));
        _groups.Topics.Create("t");
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 7));
        var former = before.Topics.Single().TopicId;
        var reply = _groups.TurnAsOf(before, _groups.CommitOf("g", 99) with { Topics = [new(null, former, [new(0, 99)])] })[0].Reply;
        Assert.Equal([ErrorCode.UnknownTopicId], ((OffsetErrors)reply).Topics[0]);
        // By name it means the topic that is there now.
        Assert.Equal(ErrorCode.None, ((OffsetErrors)_groups.TurnAsOf(before, _groups.CommitOf("g", 8))[0].Reply).Topics[0][0]);
        Assert.Equal(8, _groups.Fetch("g").Offset);
    }
}
