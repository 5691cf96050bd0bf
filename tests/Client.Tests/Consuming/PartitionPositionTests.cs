using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Consuming;
using Semel.Client.Metadata;
using Semel.Protocol;

namespace Semel.Client.Tests.Consuming;

public class PartitionPositionTests
{
    static readonly TopicPartition Name = new("t", 0);
    static readonly FetchPauses Pauses = new(new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)), TimeSpan.FromMinutes(5));
    static readonly NodeId Leader = new(1), Follower = new(2);

    TimeSpan _now = TimeSpan.FromSeconds(1);
    readonly PartitionPosition _position = new(Name);

    public PartitionPositionTests() => Learn(Leader, 5);

    PartitionFault? Learn(NodeId leader, int epoch, Guid? id = null) =>
        _position.Learn(new TopicMetadata("t", new TopicId(id ?? Guid.Empty), ErrorCode.None, []), new PartitionMetadata(0, leader, epoch, ErrorCode.None, [], []));

    FetchOutcome Answer(FetchAnswer answer) => _position.Answer(answer, IsolationLevel.ReadCommitted, _now, Pauses);

    static FetchAnswer Data(params byte[][] batches) => Data(0, batches);

    static FetchAnswer Data(long from, params byte[][] batches)
    {
        var records = batches.SelectMany(batch => batch).ToArray();
        return new FetchAnswer(Leader, ErrorCode.None, FetchedRange.Read(records, from), records) { HighWatermark = 100, LastStableOffset = 90, LeaderEpoch = 5, PreferredReplica = NodeId.None };
    }

    static FetchAnswer Refused(ErrorCode error) => new(Leader, error, new FetchedRange(0, 0, -1, false, false), default) { PreferredReplica = NodeId.None };

    [Fact]
    public void A_new_partition_is_resolved_before_it_is_fetched()
    {
        _position.SeekBy(OffsetQuery.Earliest);
        Assert.False(_position.CanFetch(_now));
        Assert.True(_position.Resolve(_position.FetchEpoch, 42, 3));
        Assert.True(_position.CanFetch(_now));
        Assert.Equal((42, 42, 42), (_position.FetchedOffset, _position.DeliveredOffset, _position.ProcessedOffset));
    }

    [Fact]
    public void An_answer_to_a_question_from_before_a_seek_is_not_taken()
    {
        _position.SeekBy(OffsetQuery.Earliest);
        var epoch = _position.FetchEpoch;
        _position.SeekTo(7);
        Assert.False(_position.Resolve(epoch, 42, 3));
        Assert.Equal(7, _position.FetchedOffset);
    }

    [Fact]
    public void Data_moves_what_is_fetched_and_nothing_else()
    {
        _position.SeekTo(0);
        Assert.True(Answer(Data(Batches.Plain(0, "a", "b"))).Has(FetchActions.Data));
        Assert.Equal((2, 0, 0), (_position.FetchedOffset, _position.DeliveredOffset, _position.ProcessedOffset));
        Assert.Equal(90, _position.EndOffset(IsolationLevel.ReadCommitted));
        Assert.Equal(100, _position.EndOffset(IsolationLevel.ReadUncommitted));
    }

    [Fact]
    public void What_was_finished_stays_finished_over_markers_and_holes()
    {
        _position.SeekTo(0);
        _position.Deliver(5, leaderEpoch: 0);
        _position.MoveOver(7);
        Assert.Equal((7, 0), (_position.DeliveredOffset, _position.ProcessedOffset));
        _position.ProcessDelivered();
        _position.MoveOver(9);
        Assert.Equal((9, 9), (_position.DeliveredOffset, _position.ProcessedOffset));
        _position.MoveOver(3);
        Assert.Equal(9, _position.DeliveredOffset);
    }

    [Fact]
    public void A_seek_makes_the_partition_fetchable_while_its_old_request_is_out()
    {
        _position.SeekTo(0);
        var ticket = _position.NextTicket;
        _position.FetchSent();
        Assert.False(_position.CanFetch(_now));
        _position.SeekTo(50);
        Assert.True(_position.CanFetch(_now));
        Assert.False(_position.IsWanted(ticket));
        _position.FetchSent();
        _position.FetchEnded(ticket);
        Assert.False(_position.CanFetch(_now));
        Assert.Equal(1, _position.RequestsInFlight);
    }

    [Fact]
    public void The_answer_of_a_leader_that_was_replaced_is_not_waited_for()
    {
        _position.SeekTo(0);
        var ticket = _position.NextTicket;
        _position.FetchSent();
        Learn(new NodeId(9), 6);
        Assert.True(_position.CanFetch(_now));
        Assert.False(_position.IsWanted(ticket));
    }

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower, true)]
    [InlineData(ErrorCode.FencedLeaderEpoch, true)]
    [InlineData(ErrorCode.UnknownTopicOrPartition, true)]
    [InlineData(ErrorCode.UnknownTopicId, true)]
    [InlineData(ErrorCode.KafkaStorageError, true, 1)]
    [InlineData(ErrorCode.UnknownLeaderEpoch, false)]
    [InlineData(ErrorCode.OffsetNotAvailable, false)]
    public void A_refusal_that_passes_is_tried_again_after_a_pause_told_as_an_event_when_it_lasts_and_thrown_when_it_does_not_pass(ErrorCode error, bool refreshes, int quietRefusals = 5)
    {
        _position.SeekTo(3);
        for (var attempt = 1; attempt < 10; attempt++)
        {
            var outcome = Answer(Refused(error));
            Assert.Equal(refreshes, outcome.Has(FetchActions.Refresh));
            if (attempt == quietRefusals) Assert.True(outcome.Fault is { Throws: false, Stops: false } told && told.Code == error);
            else Assert.Null(outcome.Fault);
            Assert.False(_position.CanFetch(_now));
            _now = _position.RetryAt;
            Assert.True(_position.CanFetch(_now));
        }
        Assert.True(Answer(Refused(error)).Fault is { Throws: true, Stops: false });
        Assert.Null(Answer(Refused(error)).Fault);
        Answer(Data(3));
        for (var attempt = 1; attempt < 10; attempt++) Assert.Equal(attempt == quietRefusals, Answer(Refused(error)).Fault is { Throws: false });
        Assert.True(Answer(Refused(error)).Fault is { Throws: true });
    }

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed, ConsumeFault.NotAuthorized)]
    [InlineData(ErrorCode.UnknownServerError, ConsumeFault.Broker)]
    [InlineData((ErrorCode)9999, ConsumeFault.Broker)]
    public void A_refusal_that_may_stay_is_told_once_and_tried_again(ErrorCode error, ConsumeFault kind)
    {
        _position.SeekTo(3);
        Assert.Equal(kind, Answer(Refused(error)).Fault?.Kind);
        Assert.Null(Answer(Refused(error)).Fault);
        Assert.True(_position.RetryAt > _now);
        Assert.Equal(PositionState.Fetching, _position.State);
    }

    [Fact]
    public void Out_of_range_waits_behind_what_was_fetched_and_then_follows_the_policy()
    {
        _position.SeekTo(3);
        Assert.Equal(EndingKind.OutOfRange, Answer(Refused(ErrorCode.OffsetOutOfRange)).Ending.Kind);
        Assert.False(_position.CanFetch(_now + TimeSpan.FromHours(1)));
        Assert.Null(_position.OutOfRange(OffsetQuery.Earliest));
        Assert.Equal((PositionState.Resolving, 3L), (_position.State, _position.ResetFrom));
        _position.Resolve(_position.FetchEpoch, 10, 0);
        Assert.Equal((10L, -1L), (_position.DeliveredOffset, _position.ResetFrom));
    }

    [Fact]
    public void Out_of_range_without_a_policy_stops_the_partition_until_a_seek()
    {
        _position.SeekTo(3);
        Answer(Refused(ErrorCode.OffsetOutOfRange));
        var fault = _position.OutOfRange(null);
        Assert.True(fault is { Kind: ConsumeFault.OffsetOutOfRange, Stops: true, Throws: true, From: 3 });
        Assert.False(_position.CanFetch(_now));
        _position.SeekTo(4);
        Learn(Leader, 5);
        Assert.True(_position.CanFetch(_now));
    }

    [Fact]
    public void A_preferred_replica_is_used_until_it_errs_or_its_time_is_up()
    {
        _position.SeekTo(0);
        Answer(Data() with { PreferredReplica = Follower });
        Assert.Equal(Follower, _position.FetchFrom(_now));
        Assert.Equal(Leader, _position.FetchFrom(_now + TimeSpan.FromMinutes(5)));
        // What a follower calls out of range is asked of the leader.
        Assert.False(Answer(Refused(ErrorCode.OffsetOutOfRange)).Has(FetchActions.Ending));
        Assert.Equal(Leader, _position.FetchFrom(_now));
    }

    [Fact]
    public void A_damaged_batch_is_fetched_three_times_before_it_is_believed()
    {
        _position.SeekTo(3);
        for (var attempt = 1; attempt < 3; attempt++)
        {
            var epoch = _position.FetchEpoch;
            Assert.Null(_position.Damaged(3, "damaged", _now, Pauses));
            Assert.NotEqual(epoch, _position.FetchEpoch);
            Assert.Equal(3, _position.FetchedOffset);
            _now = _position.RetryAt;
        }
        Assert.True(_position.Damaged(3, "damaged", _now, Pauses) is { Kind: ConsumeFault.CorruptRecord, Stops: true, Throws: true, From: 3 });
    }

    [Fact]
    public void Damage_at_another_offset_is_counted_anew()
    {
        _position.SeekTo(3);
        Assert.Null(_position.Damaged(3, "damaged", _now, Pauses));
        Assert.Null(_position.Damaged(3, "damaged", _now, Pauses));
        Assert.Null(_position.Damaged(4, "damaged", _now, Pauses));
        Assert.Null(_position.Damaged(4, "damaged", _now, Pauses));
    }

    [Fact]
    public void Data_without_one_whole_batch_is_a_stuck_position()
    {
        _position.SeekTo(3);
        var outcome = Answer(Data(3, Batches.Plain(3, "abc")[..20]));
        Assert.Equal(ConsumeFault.StuckPosition, outcome.Ending.Fault?.Kind);
        Assert.False(_position.CanFetch(_now));
    }

    [Fact]
    public void Data_that_does_not_move_the_position_five_times_is_a_stuck_position()
    {
        _position.SeekTo(30);
        for (var answer = 1; answer < 5; answer++)
        {
            Assert.Equal(FetchOutcome.Nothing, Answer(Data(30, Batches.Plain(3, "old"))));
            Assert.True(_position.RetryAt > _now);
        }
        Assert.Equal(ConsumeFault.StuckPosition, Answer(Data(30, Batches.Plain(3, "old"))).Ending.Fault?.Kind);
    }

    [Fact]
    public void Behind_damage_nothing_is_fetched_until_it_was_looked_at()
    {
        _position.SeekTo(0);
        var outcome = Answer(Data(Batches.Plain(0, "a"), Batches.Plain(0, "again")));
        Assert.True(outcome.Has(FetchActions.Data));
        Assert.Equal(1, _position.FetchedOffset);
        Assert.False(_position.CanFetch(_now));
    }

    [Fact]
    public void Metadata_with_an_older_leader_epoch_is_from_yesterday()
    {
        _position.SeekTo(0);
        Learn(new NodeId(9), 4);
        Assert.Equal((Leader, 5), (_position.Leader, _position.LeaderEpoch));
        Learn(new NodeId(9), 6);
        Assert.Equal((new NodeId(9), 6), (_position.Leader, _position.LeaderEpoch));
    }

    [Fact]
    public void A_new_leader_is_asked_to_confirm_our_last_batch_and_only_once()
    {
        _position.SeekTo(0);
        Assert.Equal(-1, _position.LeaderEpochToConfirm);
        Answer(Data(Batches.Of(0, ["a"], leaderEpoch: 5)));
        Assert.Equal(-1, _position.LeaderEpochToConfirm);
        Learn(new NodeId(9), 6);
        Assert.Equal(5, _position.LeaderEpochToConfirm);
        Answer(Data(1) with { LeaderEpoch = 6 });
        Assert.Equal(-1, _position.LeaderEpochToConfirm);
    }

    [Fact]
    public void When_the_new_leader_lacks_only_what_nobody_has_seen_it_is_fetched_again_in_silence()
    {
        _position.SeekTo(0);
        Answer(Data(Batches.Of(0, ["a", "b", "c"], leaderEpoch: 5)));
        _position.Deliver(1, leaderEpoch: 0);
        Learn(new NodeId(9), 6);
        Assert.True(Answer(Data(3) with { Diverging = (5, 2) }).Has(FetchActions.Diverges));
        Assert.Null(_position.Diverge(5, 2, OffsetQuery.Latest));
        Assert.Equal((1, 1), (_position.FetchedOffset, _position.DeliveredOffset));
    }

    [Fact]
    public void When_delivered_records_are_lost_it_is_told_and_without_a_policy_the_partition_stops()
    {
        _position.SeekTo(0);
        Answer(Data(Batches.Of(0, ["a", "b", "c"], leaderEpoch: 5)));
        _position.Deliver(3, leaderEpoch: 0);
        var fault = _position.Diverge(5, 2, OffsetQuery.Latest);
        Assert.True(fault is { Kind: ConsumeFault.LogTruncated, From: 3, To: 2, Throws: false, Stops: false });
        Assert.Equal(2, _position.DeliveredOffset);
        _position.SeekTo(3);
        Assert.True(_position.Diverge(5, 2, null) is { Stops: true, Throws: true });
        Assert.Equal(PositionState.Stopped, _position.State);
    }

    [Fact]
    public void A_topic_with_another_id_is_another_topic()
    {
        var first = Guid.NewGuid();
        _position.SeekTo(3);
        Assert.Null(Learn(Leader, 5, first));
        Assert.Null(Learn(Leader, 6, first));
        Assert.True(Learn(Leader, 0, Guid.NewGuid()) is { Kind: ConsumeFault.TopicRecreated, Stops: true, Throws: true });
        Assert.Null(Learn(Leader, 0, Guid.NewGuid()));
        _position.SeekTo(0);
        Assert.Null(Learn(Leader, 0, Guid.NewGuid()));
        Assert.True(_position.CanFetch(_now));
    }

    [Fact]
    public void An_empty_answer_at_the_end_says_so()
    {
        _position.SeekTo(90);
        Assert.True(Answer(Data(90)).Has(FetchActions.AtEnd));
        Assert.False(_position.IsHot);
        _position.SeekTo(80);
        Assert.False(Answer(Data(80)).Has(FetchActions.AtEnd));
    }
}
