using Semel.Machines.Groups.Admin;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>OffsetDelete and DeleteGroups, row by row.</summary>
public class OffsetDeleteTests
{
    readonly TestGroups _groups = new();

    public OffsetDeleteTests()
    {
        _groups.Topics.Create("t", partitions: 4);
        _groups.Topics.Create("u", partitions: 4);
    }

    OffsetErrors Delete(string group, string topic, params int[] partitions) =>
        _groups.Ask<OffsetErrors>(new DeleteOffsets { GroupId = new(group), Topics = [new(topic, TopicId.None, partitions)] });

    ErrorCode DeleteGroup(string group) => _groups.Ask(new DeleteGroup(new(group))).Error;

    [Fact]
    public void An_offset_is_deleted_committed_and_pending()
    {
        _groups.Commit("g", 1);
        _groups.Pending("g", 5, producer: 1);
        Assert.Equal([ErrorCode.None], Delete("g", "t", 0).Topics[0]);
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g", stable: true));
        _groups.End(1, 0, commit: true);
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
    }

    [Fact]
    public void An_offset_that_is_not_there_is_no_error_and_no_record()
    {
        _groups.Commit("g", 1);
        var records = _groups.Log.Count;
        Assert.Equal([ErrorCode.None], Delete("g", "t", 3).Topics[0]);
        Assert.Equal(records, _groups.Log.Count);
    }

    [Fact]
    public void What_is_refused_is_told()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, Delete("g", "t", 0).Error);
        Assert.Equal(ErrorCode.InvalidGroupId, Delete("", "t", 0).Error);
        _groups.Commit("g", 1);
        Assert.Equal([ErrorCode.UnknownTopicOrPartition], Delete("g", "never", 0).Topics[0]);
        Assert.Equal([ErrorCode.UnknownTopicOrPartition, ErrorCode.None], Delete("g", "t", 4, 0).Topics[0]);
    }

    [Fact]
    public void Topics_that_a_member_reads_are_kept()
    {
        var member = _groups.Stable("g", 1, "t")[0];
        _groups.Commit("g", 1, "t", by: member);
        _groups.Commit("g", 1, "u", by: member);
        Assert.Equal([ErrorCode.GroupSubscribedToTopic], Delete("g", "t", 0).Topics[0]);
        Assert.Equal([ErrorCode.None], Delete("g", "u", 0).Topics[0]);
        Assert.Equal((1L, -1L), (_groups.Fetch("g", "t").Offset, _groups.Fetch("g", "u").Offset));
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 1, 0, 0, 0, 1, 0, 2, 0xc3, 0x28, 0xff, 0xff, 0xff, 0xff })]
    public void A_subscription_that_cannot_be_read_reads_every_topic(byte[] metadata)
    {
        var member = _groups.Join("g", metadata: metadata).Joined;
        Assert.Equal(ErrorCode.None, member.Error);
        Assert.Equal(ErrorCode.None, _groups.Sync("g", member, (member.MemberId, "x")).Error);
        _groups.Commit("g", 1, "u", by: member);
        Assert.Equal([ErrorCode.GroupSubscribedToTopic], Delete("g", "u", 0).Topics[0]);
        _groups.RestartFromSnapshot();
        Assert.Equal([ErrorCode.GroupSubscribedToTopic], Delete("g", "u", 0).Topics[0]);
        Assert.Equal(1, _groups.Fetch("g", "u").Offset);
    }

    [Fact]
    public void Of_a_live_group_of_another_type_nothing_is_deleted()
    {
        var joined = _groups.Ask(_groups.JoinOf("g") with { ProtocolType = "connect" }).Joined;
        _groups.Sync("g", joined, (joined.MemberId, "x"));
        Assert.Equal(ErrorCode.NonEmptyGroup, Delete("g", "t", 0).Error);
        _groups.Leave("g", joined.MemberId);
        Assert.Equal(ErrorCode.None, Delete("g", "t", 0).Error);
    }

    [Fact]
    public void A_group_is_deleted_when_nobody_is_in_it()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, DeleteGroup("g"));
        var member = _groups.Stable("g", 1)[0];
        _groups.Commit("g", 1, by: member);
        Assert.Equal(ErrorCode.NonEmptyGroup, DeleteGroup("g"));
        _groups.Leave("g", member.MemberId);
        Assert.Equal(ErrorCode.None, DeleteGroup("g"));
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
        Assert.Equal(ErrorCode.GroupIdNotFound, _groups.Describe("g").Error);
        Assert.Equal(ErrorCode.GroupIdNotFound, DeleteGroup("g"));
        _groups.Restart();
        Assert.Equal(ErrorCode.GroupIdNotFound, _groups.Describe("g").Error);
    }

    [Fact]
    public void G25_R_DG_a_group_is_not_deleted_while_a_transaction_brings_it_offsets()
    {
        _groups.Commit("g", 1);
        _groups.Pending("g", 9, producer: 1);
        Assert.Equal(ErrorCode.NonEmptyGroup, DeleteGroup("g"));
        _groups.End(1, 0, commit: true);
        Assert.Equal(9, _groups.Fetch("g").Offset);
        Assert.Equal(ErrorCode.None, DeleteGroup("g"));
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
        // A second marker of the same transaction, late, brings nothing back.
        _groups.End(1, 0, commit: true);
        Assert.Equal(FetchedOffset.None(0), _groups.Fetch("g"));
    }
}
