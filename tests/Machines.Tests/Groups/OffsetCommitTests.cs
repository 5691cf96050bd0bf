using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>Who may commit offsets, row by row: accepted and refused.</summary>
public class OffsetCommitTests
{
    readonly TestGroups _groups = new();

    public OffsetCommitTests() => _groups.Topics.Create("t", partitions: 4);

    [Fact]
    public void A_group_that_nobody_knows_is_made_by_whoever_names_no_generation()
    {
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 10));
        Assert.Equal(new FetchedOffset(0, 10, 3, "m", ErrorCode.None), _groups.Fetch("g"));
        // Neither member nor instance is looked at.
        Assert.Equal(ErrorCode.None, _groups.First(_groups.CommitOf("h", 10) with { MemberId = "x", InstanceId = "i" }));
    }

    [Theory]
    [InlineData(8, ErrorCode.IllegalGeneration)]
    [InlineData(9, ErrorCode.GroupIdNotFound)]
    public void A_group_that_nobody_knows_has_no_generation(short version, ErrorCode error)
    {
        Assert.Equal(error, _groups.First(_groups.CommitOf("g", 10, version: version) with { GenerationOrEpoch = 0, MemberId = "m" }));
        Assert.Equal(-1, _groups.Fetch("g").Offset);
        Assert.Empty(_groups.Log);
    }

    [Fact]
    public void An_empty_group_takes_an_administrators_offsets_and_no_members()
    {
        var member = _groups.Stable("g", 1)[0];
        Assert.Equal(ErrorCode.None, _groups.Leave("g", member.MemberId));
        Assert.Equal("Empty", _groups.Describe("g").State);
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Commit("g", 1, by: member));
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 2));
        Assert.Equal(2, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void G3_a_live_group_is_not_overwritten_by_somebody_who_assigns_himself()
    {
        var member = _groups.Stable("g", 1)[0];
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Commit("g", 5));
        Assert.Equal(-1, _groups.Fetch("g").Offset);
        _groups.Leave("g", member.MemberId);
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 5));
    }

    [Fact]
    public void A_member_commits_in_its_generation_and_no_other()
    {
        var member = _groups.Stable("g", 1)[0];
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 5, by: member));
        Assert.Equal(ErrorCode.IllegalGeneration, _groups.Commit("g", 6, by: member with { Generation = member.Generation + 1 }));
        Assert.Equal(ErrorCode.IllegalGeneration, _groups.Commit("g", 6, by: member with { Generation = member.Generation - 1 }));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Commit("g", 6, by: member with { MemberId = "other" }));
        Assert.Equal(5, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void A_static_member_commits_under_its_instance_and_a_fenced_one_does_not()
    {
        var member = _groups.Join("g", instance: "i").Joined;
        _groups.Sync("g", member, (member.MemberId, "all"));
        Assert.Equal(ErrorCode.None, _groups.First(_groups.CommitOf("g", 1, by: member) with { InstanceId = "i" }));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.First(_groups.CommitOf("g", 2, by: member) with { InstanceId = "j" }));
        Assert.Equal(ErrorCode.FencedInstanceId, _groups.First(_groups.CommitOf("g", 2, by: member with { MemberId = "before" }) with { InstanceId = "i" }));
        Assert.Equal(1, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void G1_members_commit_while_others_are_waited_for_and_not_while_the_leader_assigns()
    {
        var members = _groups.Stable("g", 2);
        var first = _groups.Join("g", members[0].MemberId);
        Assert.False(first.IsAnswered);
        Assert.Equal("PreparingRebalance", _groups.Describe("g").State);
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 7, by: members[1]));
        var second = _groups.Join("g", members[1].MemberId).Joined;
        Assert.Equal("CompletingRebalance", _groups.Describe("g").State);
        Assert.Equal(ErrorCode.RebalanceInProgress, _groups.Commit("g", 8, by: second));
        // Within a transaction that is no reason.
        Assert.Equal(ErrorCode.None, _groups.Pending("g", 9, producer: 1, by: second));
        Assert.Equal(7, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void G2_a_member_that_was_silent_for_its_session_commits_nothing()
    {
        var members = _groups.Stable("g", 2);
        Assert.Equal(ErrorCode.None, _groups.Commit("g", 1, by: members[0]));
        _groups.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(ErrorCode.None, _groups.Beat("g", members[1]));
        _groups.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(ErrorCode.UnknownMemberId, _groups.Commit("g", 2, by: members[0]));
        Assert.Equal(1, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void A_commit_shows_that_its_member_lives()
    {
        var member = _groups.Stable("g", 1)[0];
        for (var i = 0; i < 5; i++)
        {
            _groups.Pass(TimeSpan.FromSeconds(9));
            Assert.Equal(ErrorCode.None, _groups.Commit("g", i, by: member));
        }
    }

    [Fact]
    public void What_is_wrong_with_one_partition_is_told_there_and_the_others_are_committed()
    {
        var reply = _groups.Ask<OffsetErrors>(_groups.CommitOf("g", 1) with
        {
            Topics =
            [
                new("t", TopicId.None, [new(0, 5), new(4, 5), new(-1, 5), new(1, 5, -1, new string('x', 4097)), new(2, 5, -1, new string('x', 4096))]),
                new("gone", TopicId.None, [new(0, 5)]),
                new(null, TestCatalogId(77), [new(0, 5)]),
                new(null, TestCatalogId(1), [new(3, 6)]),
            ],
        });
        Assert.Equal(
            [[ErrorCode.None, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition, ErrorCode.OffsetMetadataTooLarge, ErrorCode.None],
             [ErrorCode.UnknownTopicOrPartition], [ErrorCode.UnknownTopicId], [ErrorCode.None]],
            reply.Topics.Select(topic => topic.ToArray()));
        Assert.Equal([5, -1, 5, 6], Enumerable.Range(0, 4).Select(partition => _groups.Fetch("g", partition: partition).Offset));
    }

    static TopicId TestCatalogId(int number) => Catalog.TestCatalog.Id(number);

    [Fact]
    public void One_partition_twice_keeps_the_last()
    {
        _groups.Ask(_groups.CommitOf("g", 1) with { Topics = [new("t", TopicId.None, [new(0, 5), new(0, 6)])] });
        Assert.Equal(6, _groups.Fetch("g").Offset);
    }

    [Fact]
    public void A_commit_without_topics_records_nothing()
    {
        Assert.Empty(_groups.Ask<OffsetErrors>(_groups.CommitOf("g", 1) with { Topics = [] }).Topics);
        Assert.Empty(_groups.Log);
    }

    [Fact]
    public void Commits_of_one_turn_see_each_other()
    {
        var asked = _groups.Turn(_groups.CommitOf("g", 1), _groups.CommitOf("g", 2), new FetchOffsets { GroupId = new("g"), Topics = [new("t", TopicId.None, [0])] });
        Assert.Equal(2, ((FetchedOffsets)asked[2].Reply).Topics[0].Partitions[0].Offset);
    }
}
