using Semel.Client.Errors;
using Semel.Protocol;

namespace Semel.Client.Tests.Errors;

/// <summary>One row for every code, and what differs between producers, consumers and questions differs on purpose.</summary>
public class ErrorTableTests
{
    static IEnumerable<ErrorCode> All => Enum.GetValues<ErrorCode>();

    [Fact]
    public void Every_code_of_the_protocol_has_a_row() => Assert.DoesNotContain(All, static code => !ErrorTable.Knows(code));

    [Theory]
    [InlineData(999)]
    [InlineData(-2)]
    [InlineData(short.MaxValue)]
    public void A_code_of_a_newer_broker_is_no_success_does_not_pass_and_says_nothing_about_what_was_appended(short number)
    {
        var row = ErrorTable.Of((ErrorCode)number);
        Assert.False(ErrorTable.Knows((ErrorCode)number));
        Assert.Equal((false, false, ErrorClass.Application, ProduceReaction.Fail, true, FetchReaction.Report),
            (row.Passes, row.IsMetadataOld, row.Class, row.Produce, row.MayBeAppended, row.Fetch));
    }

    [Fact]
    public void Only_two_codes_mean_that_a_batch_is_in_the_log_and_one_that_a_fetch_has_data()
    {
        Assert.Equal([ErrorCode.None, ErrorCode.DuplicateSequenceNumber], All.Where(static code => ErrorTable.Of(code).Produce == ProduceReaction.Succeed));
        Assert.Equal([ErrorCode.None], All.Where(static code => ErrorTable.Of(code).Fetch == FetchReaction.Data));
    }

    /// <summary>A reason that passes is met with another attempt by everybody, and one that does not by nobody, except for these.</summary>
    [Fact]
    public void A_reason_that_passes_passes_for_everybody()
    {
        foreach (var code in All)
        {
            var row = ErrorTable.Of(code);
            Assert.True(row.Passes == (row.Class == ErrorClass.Retriable) || row.Produce is ProduceReaction.OutOfOrder or ProduceReaction.StaleEpoch or ProduceReaction.Succeed, $"{code}: {row}");
            Assert.True(row.Passes == row.Produce is ProduceReaction.Retry or ProduceReaction.RetryUnknownTopic, $"{code}: {row}");
            Assert.True(row.Passes == row.Fetch is FetchReaction.Retry or FetchReaction.RefreshMetadata || code == ErrorCode.None, $"{code}: {row}");
            Assert.True(row.IsMetadataOld == (row.Fetch == FetchReaction.RefreshMetadata) || code == ErrorCode.UnknownLeaderEpoch, $"{code}: {row}");
        }
        // Records are worth a few attempts although nobody knows what is wrong; a question is not.
        Assert.Equal([ErrorCode.UnknownServerError], All.Where(static code => ErrorTable.Of(code).Produce == ProduceReaction.RetryFewTimes));
    }

    /// <summary>What Java's clients (4.4.0) call retriable.</summary>
    static readonly short[] Java = [2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100, 103, 106, 122, 123, 133];

    [Fact]
    public void What_passes_is_what_Javas_clients_try_again_but_for_these()
    {
        var ours = All.Where(static code => ErrorTable.Of(code).Passes).Select(static code => (short)code).ToHashSet();
        Assert.Equal([(short)ErrorCode.BrokerNotAvailable], ours.Except(Java));
        Assert.Equal(
        [
            (short)ErrorCode.CorruptMessage, (short)ErrorCode.ConcurrentTransactions, (short)ErrorCode.ElectionNotNeeded, (short)ErrorCode.ShareSessionNotFound,
            (short)ErrorCode.InvalidShareSessionEpoch, (short)ErrorCode.ShareSessionLimitReached,
        ], Java.Except(ours));
    }

    /// <summary>Whoever says "certainly not in the log" of a batch that may be there makes the application write it twice.</summary>
    [Fact]
    public void These_and_no_others_say_that_a_batch_was_not_appended() => Assert.Equal(
    [
        ErrorCode.None, ErrorCode.CorruptMessage, ErrorCode.UnknownTopicOrPartition, ErrorCode.LeaderNotAvailable, ErrorCode.MessageTooLarge, ErrorCode.InvalidTopicException, ErrorCode.RecordListTooLarge,
        ErrorCode.NotEnoughReplicas, ErrorCode.InvalidRequiredAcks, ErrorCode.TopicAuthorizationFailed, ErrorCode.ClusterAuthorizationFailed, ErrorCode.InvalidTimestamp, ErrorCode.UnsupportedVersion,
        ErrorCode.UnsupportedForMessageFormat, ErrorCode.PolicyViolation, ErrorCode.OutOfOrderSequenceNumber, ErrorCode.DuplicateSequenceNumber, ErrorCode.InvalidProducerEpoch, ErrorCode.InvalidTxnState,
        ErrorCode.InvalidProducerIdMapping, ErrorCode.ConcurrentTransactions, ErrorCode.TransactionalIdAuthorizationFailed, ErrorCode.UnknownProducerId, ErrorCode.FencedLeaderEpoch,
        ErrorCode.UnknownLeaderEpoch, ErrorCode.UnsupportedCompressionType, ErrorCode.InvalidRecord, ErrorCode.ThrottlingQuotaExceeded, ErrorCode.ProducerFenced, ErrorCode.UnknownTopicId,
        ErrorCode.InconsistentTopicId, ErrorCode.TransactionAbortable,
    ], All.Where(static code => !ErrorTable.Of(code).MayBeAppended).Order());

    [Theory]
    [InlineData(ErrorCode.PolicyViolation, ErrorClass.Config, ErrorClass.Record)]
    [InlineData(ErrorCode.CorruptMessage, ErrorClass.Application, ErrorClass.Record)]
    [InlineData(ErrorCode.TopicAuthorizationFailed, ErrorClass.Config, ErrorClass.Config)]
    [InlineData(ErrorCode.ProducerFenced, ErrorClass.Fenced, ErrorClass.Fenced)]
    [InlineData(ErrorCode.TransactionAbortable, ErrorClass.Abortable, ErrorClass.Abortable)]
    [InlineData(ErrorCode.NotController, ErrorClass.Retriable, ErrorClass.Retriable)]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber, ErrorClass.Retriable, ErrorClass.Retriable)]
    public void What_can_be_done_about_a_code_is_said_once_and_of_a_refused_record_that_it_is_the_record(ErrorCode code, ErrorClass said, ErrorClass ofRecord)
    {
        Assert.Equal((said, ofRecord), (ErrorTable.Of(code).Class, ErrorTable.Of(code).ClassOfRecord));
    }

    [Fact]
    public void What_was_not_answered_may_have_been_done_and_what_was_not_written_was_not()
    {
        Assert.True(ErrorTable.Unanswered is { MayBeAppended: true, Produce: ProduceReaction.Retry, IsMetadataOld: true });
        Assert.True(ErrorTable.Unsent is { MayBeAppended: false, Produce: ProduceReaction.Retry, IsMetadataOld: true });
    }
}
