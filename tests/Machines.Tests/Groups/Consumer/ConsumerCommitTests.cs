using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer;

/// <summary>groups.md 6: offsets in a KIP-848 group.</summary>
public class ConsumerCommitTests
{
    readonly ConsumerWorld _world = new();

    ErrorCode Commit(string member, int epoch, int partition = 0, short version = 9, string? instance = null) =>
        _world.Groups.First(_world.Groups.CommitOf("g", 5, partition: partition, version: version) with { MemberId = member, GenerationOrEpoch = epoch, InstanceId = instance });

    [Fact]
    public void Whoever_is_no_member_does_not_commit_into_a_group_with_members()
    {
        _world.Member("m").Join();
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("", -1));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("stranger", 1));
    }

    [Fact]
    public void Into_an_empty_group_anybody_commits_without_an_epoch()
    {
        var member = _world.Member("m");
        member.Join();
        member.Leave();
        Assert.Equal(ErrorCode.None, Commit("", -1));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("m", 1));
    }

    [Fact]
    public void A_member_commits_at_its_epoch()
    {
        var member = _world.Member("m");
        member.Join();
        Assert.Equal(ErrorCode.None, Commit("m", member.Epoch));
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("m", member.Epoch + 1));
        Assert.Equal(5, _world.Groups.Fetch("g").Offset);
    }

    [Fact(DisplayName = "A client that does not know the epoch of KIP-848 is told so (4.3.1)")]
    public void OldVersion()
    {
        var member = _world.Member("m");
        member.Join();
        Assert.Equal(ErrorCode.UnsupportedVersion, Commit("m", member.Epoch, version: 8));
    }

    [Fact(DisplayName = "G20, KIP-1251: at an earlier epoch a partition is committed that was held all the time since then, and no other")]
    public void EarlierEpoch()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        _world.Settle(first, second);
        var (kept, early) = (first.Owned, first.Epoch);
        second.Leave();
        first.BeatOwning();
        Assert.True(first.Epoch > early);
        Assert.Equal(4, first.Owned.Count);
        foreach (var partition in first.Owned)
        {
            Assert.Equal(kept.Contains(partition) ? ErrorCode.None : ErrorCode.StaleMemberEpoch, Commit("a", early, partition.Partition));
            Assert.Equal(ErrorCode.None, Commit("a", first.Epoch, partition.Partition));
        }
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("a", first.Epoch + 1));
    }

    [Fact(DisplayName = "KIP-1251: what has to be given up is committed until it is")]
    public void UntilGivenUp()
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        var told = first.Beat();
        var leaving = _world.Set(0, 1, 2, 3).Except(told.Assignment!)[0].Partition;
        Assert.Equal(ErrorCode.None, Commit("a", first.Epoch, leaving));
        var early = first.Epoch;
        first.BeatOwning();
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("a", early, leaving));
        Assert.Equal(ErrorCode.None, Commit("a", early, told.Assignment![0].Partition));
    }

    [Theory(DisplayName = "In a transaction likewise; an old version is told ILLEGAL_GENERATION")]
    [InlineData(5, ErrorCode.IllegalGeneration)]
    [InlineData(6, ErrorCode.StaleMemberEpoch)]
    public void Transactional(short version, ErrorCode stale)
    {
        var (first, second) = (_world.Member("a"), _world.Member("b"));
        first.Join();
        second.Join();
        _world.Settle(first, second);
        var (kept, early) = (first.Owned, first.Epoch);
        second.Leave();
        first.BeatOwning();
        ErrorCode Pending(int epoch, int partition)
        {
            var verified = _world.Groups.Verify(7, 0);
            return _world.Groups.First(_world.Groups.PendingOf("g", 9, 7, 0, verified.Guard, partition: partition, version: version) with { MemberId = "a", GenerationOrEpoch = epoch });
        }
        foreach (var partition in first.Owned) Assert.Equal(kept.Contains(partition) ? ErrorCode.None : stale, Pending(early, partition.Partition));
        Assert.Equal(stale, Pending(first.Epoch + 1, 0));
        Assert.Equal(ErrorCode.None, Pending(first.Epoch, 0));
        var unnamed = _world.Groups.Verify(7, 0);
        Assert.Equal(ErrorCode.None, _world.Groups.First(_world.Groups.PendingOf("g", 9, 7, 0, unnamed.Guard, version: version)));
    }

    [Fact(DisplayName = "A static member that lost its place is told FENCED_INSTANCE_ID when it commits")]
    public void Fenced()
    {
        var (former, member) = (_world.Member("a", "one"), _world.Member("b", "one"));
        former.Join();
        var epoch = former.Epoch;
        former.Leave(-2);
        member.Join();
        Assert.Equal(ErrorCode.FencedInstanceId, Commit("a", epoch, instance: "one"));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("a", epoch));
        Assert.Equal(ErrorCode.None, Commit("b", member.Epoch, instance: "one"));
    }

    [Theory(DisplayName = "OffsetFetch as a member: unknown 25, another epoch 113; who names no member is not asked")]
    [InlineData("m", 0, ErrorCode.None)]
    [InlineData("m", 1, ErrorCode.StaleMemberEpoch)]
    [InlineData("m", -1, ErrorCode.StaleMemberEpoch)]
    [InlineData("", -1, ErrorCode.UnknownMemberId)]
    [InlineData("x", 0, ErrorCode.UnknownMemberId)]
    [InlineData(null, -1, ErrorCode.None)]
    public void Fetch(string? member, int epochAhead, ErrorCode expected)
    {
        var joined = _world.Member("m");
        joined.Join();
        Assert.Equal(expected, _world.Groups.Ask(new FetchOffsets { GroupId = new("g"), MemberId = member, MemberEpoch = joined.Epoch + epochAhead, Topics = [] }).Error);
    }

    [Fact]
    public void Offsets_of_a_topic_that_is_read_are_not_deleted()
    {
        var member = _world.Member("m");
        (member.Topics, member.Pattern) = ([], "t");
        member.Join();
        ErrorCode Delete(string topic) => _world.Groups.First(new DeleteOffsets { GroupId = new("g"), Topics = [new(topic, TopicId.None, [0])] });
        Assert.Equal(ErrorCode.GroupSubscribedToTopic, Delete("t"));
        Assert.Equal(ErrorCode.None, Delete("u"));
        member.Leave();
        Assert.Equal(ErrorCode.None, Delete("t"));
    }
}
