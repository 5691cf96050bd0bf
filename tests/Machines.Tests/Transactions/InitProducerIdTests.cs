using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>InitProducerId of a transactional id, row by row.</summary>
public class InitProducerIdTests
{
    const string Id = TestCoordinator.Id;
    const int Last = 32766, LeftForMarkers = 32767;

    readonly TestCoordinator _coordinator = new();

    [Theory]
    [InlineData("", 60_000, -1, -1, ErrorCode.InvalidRequest)]
    [InlineData(Id, 60_000, 7, -1, ErrorCode.InvalidRequest)]
    [InlineData(Id, 60_000, -1, 0, ErrorCode.InvalidRequest)]
    [InlineData(Id, 0, -1, -1, ErrorCode.InvalidTransactionTimeout)]
    [InlineData(Id, -1, -1, -1, ErrorCode.InvalidTransactionTimeout)]
    [InlineData(Id, 900_001, -1, -1, ErrorCode.InvalidTransactionTimeout)]
    [InlineData(Id, int.MaxValue, -1, -1, ErrorCode.InvalidTransactionTimeout)]
    [InlineData(Id, 900_000, -1, -1, ErrorCode.None)]
    [InlineData(Id, 1, -1, -1, ErrorCode.None)]
    public void What_cannot_be_is_refused_before_anything_is_looked_up(string id, int timeout, long pid, int epoch, ErrorCode error)
    {
        Assert.Equal(error, _coordinator.Init(id, pid, epoch, timeout).Error);
        Assert.Equal(error == ErrorCode.None ? 1 : 0, _coordinator.Log.Count);
    }

    [Theory]
    [InlineData(10_000, ErrorCode.None)]
    [InlineData(32_767, ErrorCode.None)]
    [InlineData(32_768, ErrorCode.InvalidRequest)]
    public void A_long_id_is_one_as_long_as_a_record_can_name_it(int length, ErrorCode error) =>
        Assert.Equal(error, _coordinator.Init(new string('x', length)).Error);

    [Fact]
    public void A_new_id_begins_with_a_fresh_producer_id_at_epoch_0()
    {
        Assert.Equal((1001L, 0), _coordinator.Init().Held);
        Assert.Equal((1002L, 0), _coordinator.Init("another").Held);
        var facts = _coordinator.Facts();
        Assert.Equal((TransactionState.Empty, ProducerEpoch.None, -1L, 60_000), (facts.State, facts.LastEpoch, facts.StartMs, facts.TimeoutMs));
    }

    [Fact]
    public void Nothing_is_done_before_there_is_a_producer_id()
    {
        var reply = _coordinator.Turn(new TransactionCommand.InitProducerId(new(Id), 60_000, ProducerId.None, ProducerEpoch.None))[0].Reply;
        Assert.True(reply.NeedsProducerId);
        Assert.Empty(_coordinator.Log);
        Assert.Null(_coordinator.Describe());
    }

    [Fact]
    public void A_new_id_may_be_asked_for_by_somebody_who_believes_to_have_it() => Assert.Equal((1001L, 0), _coordinator.Init(Id, 77, 5).Held);

    /// <summary>Row 9: given epoch and id, present epoch, last epoch; what comes out, and who may ask again afterwards. 500 is the present id, 400 the one before.</summary>
    [Theory]
    [InlineData(-1, -1, 7, -1, 500, 8, -1, "a new incarnation")]
    [InlineData(-1, -1, Last - 1, 5, 500, Last, -1, "a new incarnation gets the last epoch")]
    [InlineData(-1, -1, Last, -1, 1001, 0, -1, "a new incarnation after the last epoch")]
    [InlineData(-1, -1, LeftForMarkers, -1, 1001, 0, -1, "a new incarnation after one that was fenced in the last epoch")]
    [InlineData(500, 7, 7, -1, 500, 8, 7, "the holder")]
    [InlineData(500, 7, 7, 6, 500, 8, 7, "the holder, once more")]
    [InlineData(500, Last, Last, -1, 1001, 0, Last, "the holder of the last epoch")]
    [InlineData(500, 6, 7, 6, 500, 7, 6, "the same question again")]
    [InlineData(500, Last - 1, Last, Last - 1, 500, Last, Last - 1, "the same question again, answered by the last epoch")]
    [InlineData(400, Last, 0, Last, 500, 0, Last, "the same question again, answered by a new id")]
    [InlineData(500, Last, LeftForMarkers, Last, 1001, 0, Last, "the same question again, where the answer is left for markers")]
    [InlineData(500, 3, -1, -1, 500, 0, -1, "nobody had an epoch yet")]
    [InlineData(77, 3, -1, -1, 500, 0, -1, "nobody had an epoch yet, whoever asks")]
    public void At_rest_the_epoch_goes_up(long pid, int given, int epoch, int last, long newPid, int newEpoch, int newLast, string why)
    {
        _coordinator.Begin(_coordinator.At(500, epoch) with { LastEpoch = new((short)last), PreviousProducerId = new(400), StartMs = 5 });
        var (heldId, heldEpoch) = _coordinator.Init(Id, pid, given, 30_000).Held;
        Assert.Equal((newPid, newEpoch, why), (heldId, heldEpoch, why));
        var facts = _coordinator.Facts();
        Assert.Equal((TransactionState.Empty, (short)newLast, -1L, 30_000), (facts.State, facts.LastEpoch.Value, facts.StartMs, facts.TimeoutMs));
        Assert.Equal(newPid == 1001 ? 500 : newPid == 500 && newEpoch == epoch ? 400 : -1, facts.PreviousProducerId.Value);
    }

    [Theory]
    [InlineData(500, 5, 7, 6, "two epochs back")]
    [InlineData(500, 6, 7, -1, "the one before, which was replaced")]
    [InlineData(500, 8, 7, 6, "an epoch ahead")]
    [InlineData(77, 7, 7, 6, "another id")]
    [InlineData(400, 7, 7, 6, "the id before, with an epoch that is not its last")]
    [InlineData(400, Last, 1, 0, "the id before, after the present one went on")]
    [InlineData(400, Last, Last, Last - 1, "the id before, when the present one has come to its last epoch itself")]
    [InlineData(400, Last, 0, -1, "the id before, which was replaced")]
    [InlineData(500, Last, 0, Last, "the present id with the last epoch of the one before")]
    [InlineData(500, LeftForMarkers, LeftForMarkers, -1, "the epoch that is left for markers")]
    [InlineData(500, 3, Last, -1, "an old epoch at the last one")]
    public void At_rest_everybody_else_is_fenced(long pid, int given, int epoch, int last, string why)
    {
        _coordinator.Begin(_coordinator.At(500, epoch) with { LastEpoch = new((short)last), PreviousProducerId = new(400) });
        var before = _coordinator.Log.Count;
        Assert.Equal((ErrorCode.ProducerFenced, why), (_coordinator.Init(Id, pid, given).Error, why));
        Assert.Equal(before, _coordinator.Log.Count);
    }

    [Theory]
    [InlineData(TransactionState.CompleteCommit)]
    [InlineData(TransactionState.CompleteAbort)]
    public void A_completed_transaction_is_at_rest(TransactionState state)
    {
        _coordinator.Begin(_coordinator.At(500, 7, state));
        Assert.Equal((500L, 8), _coordinator.Init().Held);
        Assert.Equal(TransactionState.Empty, _coordinator.State());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void While_an_end_is_under_way_everybody_asks_again(bool commit)
    {
        var held = _coordinator.Init().Held;
        _coordinator.Add(held, TestCoordinator.Part(0));
        _coordinator.End(held, commit);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Init().Error);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Init(Id, held.Item1, held.Item2).Error);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Init(Id, 77, 3).Error);
        _coordinator.EndAll();
        Assert.Equal((held.Item1, 1), _coordinator.Init().Held);
    }

    [Fact]
    public void T10_The_last_epoch_is_followed_by_a_new_id_and_the_old_one_is_out()
    {
        _coordinator.Begin(_coordinator.At(500, Last));
        Assert.Equal((1001L, 0), _coordinator.Init().Held);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Add((500, Last), TestCoordinator.Part(0)));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.End((500, Last), true).Error);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.End((500, Last), true, TestCoordinator.New).Error);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Init(Id, 500, Last).Error);
    }

    [Fact]
    public void T12_A_lost_answer_is_given_again_also_after_a_restart()
    {
        var held = _coordinator.Init().Held;
        var raised = _coordinator.Init(Id, held.Item1, held.Item2).Held;
        Assert.Equal((held.Item1, 1), raised);
        Assert.Equal(raised, _coordinator.Init(Id, held.Item1, held.Item2).Held);
        _coordinator.Crash();
        Assert.Equal(raised, _coordinator.Init(Id, held.Item1, held.Item2).Held);
    }

    [Fact]
    public void Without_its_epoch_a_lost_answer_costs_an_epoch()
    {
        _coordinator.Init();
        _coordinator.Crash();
        Assert.Equal((1001L, 1), _coordinator.Init().Held);
    }
}
