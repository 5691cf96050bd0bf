using Semel.Client.Errors;
using Semel.Client.Transacting;
using Semel.Protocol;
using static Semel.Client.Transacting.TransactionReaction;

namespace Semel.Client.Tests.Transacting;

/// <summary>What each code means in each answer, cell by cell, for both protocols.</summary>
public class TransactionErrorTests
{
    static readonly CoordinatorRequestKind[] Columns =
    [
        CoordinatorRequestKind.InitProducerId, CoordinatorRequestKind.AddPartitions, CoordinatorRequestKind.AddOffsets, CoordinatorRequestKind.TxnOffsetCommit,
        CoordinatorRequestKind.EndTxn,
    ];

    // A cell that no broker is known to give means what any unknown code means there.
    static readonly TransactionReaction[] Unknown = [RetryFewTimesThenFail, RetryFewTimesThenAbort, RetryFewTimesThenAbort, RetryFewTimesThenAbort, Retry];

    static readonly (ErrorCode Code, TransactionReaction?[] Cells)[] Rows =
    [
        (ErrorCode.None, [Succeed, Succeed, Succeed, Succeed, Succeed]),
        (ErrorCode.CoordinatorNotAvailable, [RetryElsewhere, RetryElsewhere, RetryElsewhere, RetryElsewhere, RetryElsewhere]),
        (ErrorCode.NotCoordinator, [RetryElsewhere, RetryElsewhere, RetryElsewhere, RetryElsewhere, RetryElsewhere]),
        (ErrorCode.CoordinatorLoadInProgress, [Retry, Retry, Retry, RetryElsewhere, Retry]),
        (ErrorCode.RequestTimedOut, [Retry, Retry, Retry, RetryElsewhere, Retry]),
        (ErrorCode.NetworkException, [Retry, Retry, Retry, RetryElsewhere, Retry]),
        (ErrorCode.ConcurrentTransactions, [RetrySoon, RetrySoon, RetrySoon, RetrySoon, RetrySoon]),
        (ErrorCode.UnknownTopicOrPartition, [RetryElsewhere, RetryUnknownTopic, RetryElsewhere, RetryUnknownTopic, RetryElsewhere]),
        (ErrorCode.OperationNotAttempted, [null, Retry, null, null, null]),
        (ErrorCode.TopicAuthorizationFailed, [null, Abort, Abort, Abort, null]),
        (ErrorCode.GroupAuthorizationFailed, [null, Abort, Abort, Abort, null]),
        (ErrorCode.TransactionalIdAuthorizationFailed, [Configure, Fail, Fail, Fail, Fail]),
        (ErrorCode.ClusterAuthorizationFailed, [Configure, Fail, Fail, Fail, Fail]),
        (ErrorCode.InvalidTransactionTimeout, [Configure, null, null, null, null]),
        (ErrorCode.InvalidProducerEpoch, [Fence, Fence, Fence, Fence, Fence]),
        (ErrorCode.ProducerFenced, [Fence, Fence, Fence, Fence, Fence]),
        (ErrorCode.InvalidTxnState, [Fail, Fail, Fail, Fail, Fail]),
        (ErrorCode.IllegalGeneration, [null, null, null, TransactionReaction.ConfirmMembership, null]),
        (ErrorCode.StaleMemberEpoch, [null, null, null, TransactionReaction.ConfirmMembership, null]),
        (ErrorCode.UnknownMemberId, [null, null, null, Abort, null]),
        (ErrorCode.FencedInstanceId, [null, null, null, Abort, null]),
        (ErrorCode.RebalanceInProgress, [null, null, null, Abort, null]),
        (ErrorCode.GroupIdNotFound, [null, null, null, Abort, null]),
        (ErrorCode.OffsetMetadataTooLarge, [null, null, null, Abort, null]),
        (ErrorCode.InvalidCommitOffsetSize, [null, null, null, Abort, null]),
        (ErrorCode.UnsupportedForMessageFormat, [Fail, Fail, Fail, Fail, Fail]),
        (ErrorCode.UnsupportedVersion, [Fail, Fail, Fail, Fail, Fail]),
        (ErrorCode.TransactionAbortable, [Abort, Abort, Abort, Abort, Abort]),
        (ErrorCode.UnknownServerError, [null, null, null, null, null]),
        ((ErrorCode)9999, [null, null, null, null, null]),
    ];

    public static TheoryData<ErrorCode> Codes() => [.. Rows.Select(static row => row.Code)];

    [Theory, MemberData(nameof(Codes))]
    public void A_code_means_in_each_answer_what_the_table_says(ErrorCode code)
    {
        var cells = Rows.Single(row => row.Code == code).Cells;
        for (var column = 0; column < Columns.Length; column++)
            foreach (short version in (short[])[1, 2])
                Assert.True((cells[column] ?? Unknown[column]) == TransactionErrors.Of(Columns[column], code, version), $"{code}, {Columns[column]}, transaction.version {version}: {TransactionErrors.Of(Columns[column], code, version)}");
    }

    /// <summary>With the first protocol an idle id that was forgotten is healed by an abort and a new initialisation; with the second nothing is.</summary>
    [Theory]
    [InlineData(ErrorCode.UnknownProducerId)]
    [InlineData(ErrorCode.InvalidProducerIdMapping)]
    public void An_id_that_the_coordinator_has_forgotten_is_healed_by_the_first_protocol_only(ErrorCode code)
    {
        Assert.Equal([Fail, AbortAndBump, AbortAndBump, AbortAndBump, AbortAndBump], Columns.Select(column => TransactionErrors.Of(column, code, 1)));
        Assert.Equal([Fail, Fail, Fail, Fail, Fail], Columns.Select(column => TransactionErrors.Of(column, code, 2)));
    }

    /// <summary>An input topic that is gone or is another one: repeated as it is, the same would be said for ever, or its offsets go to the other topic.</summary>
    [Fact]
    public void Offsets_of_a_topic_that_is_gone_are_not_repeated() =>
        Assert.Equal([Abort, Abort], ((ErrorCode[])[ErrorCode.UnknownTopicId, ErrorCode.InconsistentTopicId]).Select(static code => TransactionErrors.Of(CoordinatorRequestKind.TxnOffsetCommit, code, 2)));

    /// <summary>What passes everywhere passes here as well.</summary>
    [Fact]
    public void No_code_that_passes_ends_a_producer()
    {
        foreach (var code in Enum.GetValues<ErrorCode>().Where(static code => ErrorTable.Of(code).Passes))
            foreach (var column in Columns)
                Assert.True(TransactionErrors.Of(column, code, 2) is Retry or RetryElsewhere or RetryUnknownTopic or Abort, $"{code}, {column}");
    }

    [Theory]
    [InlineData(1, 0, 20)]
    [InlineData(2, 0.02, 40)]
    [InlineData(4, 0.2, 160)]
    [InlineData(1, 1.0, 200)]
    [InlineData(1, 2.5, 500)]
    [InlineData(1, 5.0, 1000)]
    [InlineData(50, 60.0, 1000)]
    public void A_transaction_that_is_still_being_ended_is_waited_for_ever_more_slowly(int answers, double seconds, double expected) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expected), ConcurrentPause.After(answers, TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(1, 0, 11)]
    [InlineData(2, 12, short.MaxValue)]
    public void Produce_keeps_to_the_protocol_of_the_transaction(short version, short lowest, short highest) => Assert.Equal((lowest, highest), VersionLimits.OfProduce(version));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Requests_of_the_first_protocol_have_its_versions(short version)
    {
        var identity = TransactionScript.Identity(7, 0);
        Assert.Equal(((short)0, (short)3), VersionLimits.Of(new AddPartitionsRequest(identity, version, [])));
        Assert.Equal(((short)0, (short)4), VersionLimits.Of(new AddOffsetsRequest(identity, version, "g")));
        Assert.Equal(((short)3, (short)4), VersionLimits.Of(new CommitOffsetsRequest(identity, version, TransactionScript.Group, [])));
        Assert.Equal(((short)0, (short)4), VersionLimits.Of(new EndTransactionRequest(identity, version, true)));
        Assert.Equal((short)3, VersionLimits.Of(new InitProducerRequest(identity, version)).Lowest);
    }

    [Fact]
    public void Requests_of_the_second_protocol_have_its_versions()
    {
        var identity = TransactionScript.Identity(7, 0);
        Assert.Equal(((short)5, short.MaxValue), VersionLimits.Of(new CommitOffsetsRequest(identity, 2, TransactionScript.Group, [])));
        Assert.Equal(((short)5, short.MaxValue), VersionLimits.Of(new EndTransactionRequest(identity, 2, true)));
    }
}
