using Semel.Client.Errors;
using Semel.Client.Grouping;
using Semel.Client.Grouping.Offsets;
using Semel.Protocol;

namespace Semel.Client.Tests.Grouping;

/// <summary>What one commit and one question for offsets make of their answers, row by row (C-44).</summary>
public sealed class CommitWorkTests
{
    static readonly TopicPartition P0 = new("t", 0), P1 = new("t", 1);

    static CommitWork Work() => new([new OffsetToCommit(P0, 5), new OffsetToCommit(P1, 6)]);

    static Dictionary<TopicPartition, ErrorCode> Both(ErrorCode first, ErrorCode second = ErrorCode.None) => new() { [P0] = first, [P1] = second };

    [Theory]
    [InlineData(ErrorCode.CoordinatorNotAvailable, CommitReaction.FindCoordinator)]
    [InlineData(ErrorCode.NotCoordinator, CommitReaction.FindCoordinator)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, CommitReaction.Retry)]
    [InlineData(ErrorCode.NetworkException, CommitReaction.FindCoordinator)]
    [InlineData(ErrorCode.UnknownTopicOrPartition, CommitReaction.Retry)]
    [InlineData(ErrorCode.RequestTimedOut, CommitReaction.Retry)]
    [InlineData(ErrorCode.RebalanceInProgress, CommitReaction.AwaitRebalance)]
    [InlineData(ErrorCode.IllegalGeneration, CommitReaction.Fail)]
    [InlineData(ErrorCode.UnknownMemberId, CommitReaction.Fail)]
    [InlineData(ErrorCode.FencedMemberEpoch, CommitReaction.Fail)]
    [InlineData(ErrorCode.GroupIdNotFound, CommitReaction.Fail)]
    [InlineData(ErrorCode.StaleMemberEpoch, CommitReaction.AwaitEpoch)]
    [InlineData(ErrorCode.UnknownTopicId, CommitReaction.LookUpTopic)]
    public void What_may_be_committed_later_stays_and_what_is_committed_does_not(ErrorCode error, object reaction)
    {
        var work = Work();
        Assert.Equal(reaction, work.Take(Both(error)));
        Assert.Equal([P0], work.Partitions);
        Assert.Equal(error, work.LastError);
        Assert.Equal(CommitReaction.Succeed, work.Take(Both(ErrorCode.None)));
        work.ThrowIfRefused("g");
    }

    [Theory]
    [InlineData(ErrorCode.FencedInstanceId, ErrorClass.Fenced, "group.instance.id")]
    [InlineData(ErrorCode.OffsetMetadataTooLarge, ErrorClass.Application, "offset.metadata.max.bytes")]
    [InlineData(ErrorCode.InvalidCommitOffsetSize, ErrorClass.Application, "fewer at once")]
    [InlineData(ErrorCode.TopicAuthorizationFailed, ErrorClass.Config, "right")]
    [InlineData(ErrorCode.GroupAuthorizationFailed, ErrorClass.Config, "right")]
    public void What_repeating_does_not_help_is_told_by_name_when_the_rest_has_ended(ErrorCode error, ErrorClass errorClass, string says)
    {
        var work = Work();
        Assert.Equal(CommitReaction.Succeed, work.Take(Both(error)));
        var failure = Assert.Throws<KafkaException>(() => work.ThrowIfRefused("g"));
        Assert.Equal((error, errorClass), (failure.Error.Code, failure.Class));
        Assert.Contains("t-0", failure.Message);
        Assert.DoesNotContain("t-1", failure.Message);
        Assert.Contains(says, failure.Message);
    }

    [Fact]
    public void Of_several_answers_the_one_that_matters_most_decides()
    {
        Assert.Equal(CommitReaction.Fail, Work().Take(Both(ErrorCode.UnknownMemberId, ErrorCode.NotCoordinator)));
        Assert.Equal(CommitReaction.AwaitEpoch, Work().Take(Both(ErrorCode.UnknownTopicId, ErrorCode.StaleMemberEpoch)));
    }

    [Fact]
    public void A_partition_that_the_coordinator_leaves_out_is_not_committed() =>
        Assert.Equal(CommitReaction.FindCoordinator, Work().Take(new Dictionary<TopicPartition, ErrorCode> { [P0] = ErrorCode.None }));

    [Fact]
    public void What_went_to_another_member_is_given_up_and_told()
    {
        var work = Work();
        work.Take(Both(ErrorCode.RebalanceInProgress, ErrorCode.RebalanceInProgress));
        work.Drop([P1]);
        Assert.Equal(([P0], [P1]), (work.Partitions.ToArray(), work.Dropped.ToArray()), Same);
        work.Take(Both(ErrorCode.None));
        work.ThrowIfRefused("g");
    }

    static readonly IEqualityComparer<(TopicPartition[], TopicPartition[])> Same =
        EqualityComparer<(TopicPartition[], TopicPartition[])>.Create(static (left, right) => left.Item1.SequenceEqual(right.Item1) && left.Item2.SequenceEqual(right.Item2));

    // Fetching

    static Dictionary<TopicPartition, OffsetsExchange.Told> Told(ErrorCode error, long? offset = null) =>
        new() { [P0] = new(error, offset is { } at ? new StoredOffset(at, 3, "m") : null), [P1] = new(ErrorCode.None, null) };

    [Fact]
    public void Only_the_coordinators_own_word_counts_as_no_offset()
    {
        var work = new FetchWork([P0, P1]);
        work.Take(Told(ErrorCode.UnstableOffsetCommit), null);
        Assert.Equal([P0], work.Left);
        Assert.Empty(work.Found);
        work.Take(Told(ErrorCode.None, 7), null);
        Assert.Empty(work.Left);
        Assert.Equal(new StoredOffset(7, 3, "m"), Assert.Single(work.Found).Value);
    }

    [Theory]
    [InlineData(ErrorCode.UnstableOffsetCommit)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.NetworkException)]
    [InlineData(ErrorCode.StaleMemberEpoch)]
    [InlineData(ErrorCode.UnknownMemberId)]
    [InlineData(ErrorCode.UnknownTopicId)]
    public void What_passes_is_asked_again(ErrorCode error)
    {
        var work = new FetchWork([P0, P1]);
        work.Take(Told(error), null);
        work.ThrowIfRefused("g");
        Assert.Equal(([P0], error), (work.Left.ToArray(), work.LastError), EqualityComparer<(TopicPartition[], ErrorCode)>.Create(static (a, b) => a.Item1.SequenceEqual(b.Item1) && a.Item2 == b.Item2));
    }

    [Fact]
    public void What_the_coordinator_leaves_out_is_asked_again()
    {
        var work = new FetchWork([P0]);
        work.Take(new Dictionary<TopicPartition, OffsetsExchange.Told>(), null);
        Assert.Equal([P0], work.Left);
    }

    [Fact]
    public void What_does_not_pass_is_told()
    {
        var work = new FetchWork([P0]);
        work.Take(Told(ErrorCode.GroupAuthorizationFailed), null);
        Assert.Contains("t-0", Assert.Throws<KafkaException>(() => work.ThrowIfRefused("g")).Message);
    }

    /// <summary>Each code of the protocol has a reaction of members and of commits that somebody has thought of, or follows from whether it passes.</summary>
    [Fact]
    public void A_code_that_nobody_knows_is_never_success()
    {
        var unknown = ErrorTable.Of((ErrorCode)9999);
        Assert.Equal((MemberReaction.Surface, CommitReaction.Surface), (unknown.Member, unknown.Commit));
        Assert.Equal([ErrorCode.None], Enum.GetValues<ErrorCode>().Where(static code => ErrorTable.Of(code) is { Member: MemberReaction.Confirmed } or { Commit: CommitReaction.Succeed }));
    }
}
