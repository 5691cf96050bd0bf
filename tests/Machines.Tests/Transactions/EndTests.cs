using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>EndTxn of the first protocol, row by row.</summary>
public class EndTests
{
    readonly TestCoordinator _coordinator = new();
    readonly (long Pid, int Epoch) _held;

    public EndTests() => _held = _coordinator.Init().Held;

    void Open() => Assert.Equal(ErrorCode.None, _coordinator.Add(_held, [TestCoordinator.Part(0), TestCoordinator.Part(1)]).Error);

    [Theory]
    [InlineData(true, TransactionState.PrepareCommit, TransactionState.CompleteCommit)]
    [InlineData(false, TransactionState.PrepareAbort, TransactionState.CompleteAbort)]
    public void An_open_transaction_is_prepared_told_to_all_and_complete(bool commit, TransactionState prepared, TransactionState complete)
    {
        Open();
        var asked = _coordinator.End(_held, commit);
        Assert.Equal(prepared, _coordinator.State());
        var told = _coordinator.TakeTold();
        Assert.Equal([TestCoordinator.Part(0), TestCoordinator.Part(1)], told.Participants);
        var marker = told.Marker;
        Assert.Equal((_held.Pid, (short)_held.Epoch, commit, 0, _coordinator.CoordinatorEpoch),
            (marker.ProducerId.Value, marker.Epoch.Value, marker.Commit, (int)marker.TransactionVersion, marker.CoordinatorEpoch));
        _coordinator.Answer(told, ErrorCode.None, TestCoordinator.Part(1));
        Assert.Equal(prepared, _coordinator.State());
        Assert.True(asked.IsParked);
        _coordinator.Answer(told, ErrorCode.None, TestCoordinator.Part(0));
        Assert.Equal(complete, _coordinator.State());
        Assert.Equal(ErrorCode.None, asked.Error);
        Assert.Equal(_held, _coordinator.Holder());
        Assert.Empty(_coordinator.Describe()!.Participants);
        Assert.NotEqual(-1, _coordinator.Describe()!.StartMs);
    }

    [Theory]
    [InlineData(TransactionState.Empty, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.Empty, false, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.PrepareCommit, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareCommit, false, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareAbort, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareAbort, false, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.CompleteCommit, true, ErrorCode.None)]
    [InlineData(TransactionState.CompleteCommit, false, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.CompleteAbort, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.CompleteAbort, false, ErrorCode.None)]
    public void What_is_not_open_is_answered_as_it_is(TransactionState state, bool commit, ErrorCode error)
    {
        if (state != TransactionState.Empty)
        {
            Open();
            _coordinator.End(_held, state is TransactionState.PrepareCommit or TransactionState.CompleteCommit);
            if (!state.IsPrepared()) _coordinator.EndAll();
        }
        Assert.Equal(state, _coordinator.State());
        var recorded = _coordinator.Log.Count;
        Assert.Equal(error, _coordinator.End(_held, commit).Error);
        Assert.Equal(recorded, _coordinator.Log.Count);
    }

    [Theory]
    [InlineData("nobody", 0, 0, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(TestCoordinator.Id, 1, 0, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(TestCoordinator.Id, 0, 1, ErrorCode.ProducerFenced)]
    [InlineData(TestCoordinator.Id, 0, -1, ErrorCode.ProducerFenced)]
    public void Nobody_else_ends_it(string id, int otherPid, int otherEpoch, ErrorCode error)
    {
        Open();
        foreach (var commit in new[] { true, false })
            Assert.Equal(error, _coordinator.End((_held.Pid + otherPid, _held.Epoch + otherEpoch), commit, id: id).Error);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        Assert.Empty(_coordinator.Told);
    }

    [Fact]
    public void T27_Two_ends_at_once_are_one()
    {
        Open();
        var both = _coordinator.Turn(End(), End());
        Assert.True(both[0].IsParked);
        Assert.Equal(ErrorCode.ConcurrentTransactions, both[1].Error);
        _coordinator.Answer(_coordinator.TakeTold(), ErrorCode.None);
        Assert.Equal(ErrorCode.None, both[0].Error);
        Assert.Equal(ErrorCode.None, _coordinator.End(_held, true).Error);
        Assert.Empty(_coordinator.Told);

        TransactionCommand.EndTransaction End() => new(new(TestCoordinator.Id), new(_held.Pid), new((short)_held.Epoch), true, TestCoordinator.Old);
    }

    [Fact]
    public void What_KIP_890_has_begun_may_be_ended_by_the_first_protocol_and_the_other_way_round()
    {
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(0), version: TestCoordinator.New));
        _coordinator.End(_held, true);
        Assert.Equal(0, _coordinator.TakeTold().Marker.TransactionVersion);
        _coordinator.Crash();
        _coordinator.EndAll();
        Assert.Equal(_held, _coordinator.Holder());
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(0)));
        var ended = _coordinator.End(_held, true, TestCoordinator.New);
        Assert.Equal((TestCoordinator.New, 1), (_coordinator.Told[0].Marker.TransactionVersion, _coordinator.Told[0].Marker.Epoch.Value));
        _coordinator.EndAll();
        Assert.Equal((_held.Pid, 1), ended.Held);
    }
}
