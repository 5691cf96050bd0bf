using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>EndTxn of KIP-890, row by row: each end raises the epoch, and one that is repeated comes with the epoch before.</summary>
public class RaisingEndTests
{
    const short New = TestCoordinator.New;
    const int Last = 32766;

    readonly TestCoordinator _coordinator = new();

    Asked End((long, int) held, bool commit) => _coordinator.End(held, commit, New);

    /// <summary>500 has epoch 7, or had it: then the present one is 8.</summary>
    void Bring(TransactionState state)
    {
        _coordinator.Begin(_coordinator.At(500, 7) with { LastEpoch = new(6) });
        if (state == TransactionState.Empty) return;
        Assert.Equal(ErrorCode.None, _coordinator.Add((500, 7), TestCoordinator.Part(0), version: New));
        if (state == TransactionState.Ongoing) return;
        End((500, 7), state is TransactionState.PrepareCommit or TransactionState.CompleteCommit);
        if (!state.IsPrepared()) _coordinator.EndAll();
        Assert.Equal(state, _coordinator.State());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_open_transaction_ends_and_the_epoch_goes_up(bool commit)
    {
        Bring(TransactionState.Ongoing);
        var asked = End((500, 7), commit);
        var facts = _coordinator.Facts();
        Assert.Equal((8, 7), (facts.Epoch.Value, facts.LastEpoch.Value));
        var marker = _coordinator.Told[0].Marker;
        Assert.Equal((500L, 8, commit, New), (marker.ProducerId.Value, (int)marker.Epoch.Value, marker.Commit, marker.TransactionVersion));
        _coordinator.EndAll();
        Assert.Equal((500L, 8), asked.Held);
        Assert.Equal(commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort, _coordinator.State());
    }

    /// <summary>The table of states. Epochs are given as they lie from the one that was held at the beginning, 7.</summary>
    [Theory]
    [InlineData(TransactionState.Ongoing, 6, false, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.Ongoing, 6, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.Ongoing, 8, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.Empty, 6, false, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.Empty, 6, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.Empty, 8, false, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.Empty, 7, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.PrepareCommit, 7, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareCommit, 7, false, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareCommit, 3, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareAbort, 7, true, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.PrepareAbort, 7, false, ErrorCode.ConcurrentTransactions)]
    [InlineData(TransactionState.CompleteCommit, 7, false, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.CompleteCommit, 7, true, ErrorCode.None)]
    [InlineData(TransactionState.CompleteCommit, 8, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.CompleteCommit, 6, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.CompleteCommit, 9, true, ErrorCode.ProducerFenced)]
    [InlineData(TransactionState.CompleteAbort, 7, false, ErrorCode.None)]
    [InlineData(TransactionState.CompleteAbort, 7, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.CompleteAbort, 8, true, ErrorCode.InvalidTxnState)]
    [InlineData(TransactionState.CompleteAbort, 6, false, ErrorCode.ProducerFenced)]
    public void What_is_not_open_is_answered_as_it_is(TransactionState state, int epoch, bool commit, ErrorCode error)
    {
        Bring(state);
        var recorded = _coordinator.Log.Count;
        var asked = End((500, epoch), commit);
        Assert.Equal(error, asked.Error);
        Assert.Equal(error == ErrorCode.None ? (500L, 8) : (-1L, -1), asked.Held);
        Assert.Equal(recorded, _coordinator.Log.Count);
        Assert.Equal(state, _coordinator.State());
    }

    [Theory]
    [InlineData(TransactionState.Empty, 7)]
    [InlineData(TransactionState.CompleteCommit, 8)]
    [InlineData(TransactionState.CompleteAbort, 8)]
    public void T28_An_abort_of_nothing_raises_the_epoch_and_tells_nobody(TransactionState state, int epoch)
    {
        Bring(state);
        _coordinator.Advance(TimeSpan.FromSeconds(1));
        var asked = End((500, epoch), false);
        Assert.Equal((500L, epoch + 1), asked.Held);
        Assert.Empty(_coordinator.Told);
        Assert.Equal(TransactionState.CompleteAbort, _coordinator.State());
        Assert.Equal(_coordinator.Now.Wall.UnixMilliseconds, _coordinator.Describe()!.StartMs);
        Assert.Equal(asked.Held, End((500, epoch), false).Held);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Add((500, epoch), TestCoordinator.Part(0), version: New));
    }

    [Fact]
    public void An_abort_of_nothing_with_the_last_epoch_goes_on_with_a_new_id()
    {
        _coordinator.Begin(_coordinator.At(500, Last));
        Assert.Equal((1001L, 0), End((500, Last), false).Held);
        Assert.Equal((1001L, 0), End((500, Last), false).Held);
        Assert.Equal((1001L, 0), _coordinator.Holder());
    }

    [Fact]
    public void Strangers_and_unknown_ids_are_told_so()
    {
        Bring(TransactionState.Ongoing);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, End((77, 7), true).Error);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.End((500, 7), true, New, "nobody").Error);
        // Before an end is through nobody can tell a stranger from the next holder.
        End((500, 7), true);
        Assert.Equal(ErrorCode.ConcurrentTransactions, End((77, 7), true).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void T9_The_last_epoch_is_followed_by_a_new_id_and_a_repeated_end_is_answered_by_it_also_after_a_restart(bool commit)
    {
        _coordinator.Begin(_coordinator.At(500, Last));
        Assert.Equal(ErrorCode.None, _coordinator.Add((500, Last), TestCoordinator.Part(0), version: New));
        var asked = End((500, Last), commit);
        Assert.Equal(32767, _coordinator.Told[0].Marker.Epoch.Value);
        Assert.Equal(500, _coordinator.Told[0].Marker.ProducerId.Value);
        _coordinator.EndAll();
        Assert.Equal((1001L, 0), asked.Held);
        Assert.Equal(asked.Held, End((500, Last), commit).Held);
        _coordinator.Crash();
        Assert.Equal(asked.Held, End((500, Last), commit).Held);
        Assert.Equal(ErrorCode.InvalidTxnState, End((500, Last), !commit).Error);
        // From the next transaction on it is an old one.
        _coordinator.Add((1001, 0), TestCoordinator.Part(0), version: New);
        Assert.Equal(ErrorCode.ProducerFenced, End((500, Last), commit).Error);
    }

    [Fact]
    public void T9_The_new_id_is_the_same_when_the_restart_is_between_the_decision_and_its_end()
    {
        _coordinator.Begin(_coordinator.At(500, Last));
        _coordinator.Add((500, Last), TestCoordinator.Part(0), version: New);
        End((500, Last), true);
        _coordinator.Crash();
        Assert.Equal(ErrorCode.ConcurrentTransactions, End((500, Last), true).Error);
        _coordinator.EndAll();
        Assert.Equal((1001L, 0), End((500, Last), true).Held);
    }

    [Fact]
    public void A_replaced_producer_is_not_given_the_epoch_of_its_successor()
    {
        _coordinator.Begin(_coordinator.At(500, 7) with { LastEpoch = new(6) });
        var successor = _coordinator.Init().Held;
        Assert.Equal((500L, 8), successor);
        _coordinator.Add(successor, TestCoordinator.Part(0));
        _coordinator.End(successor, true);
        _coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
        Assert.Equal(ErrorCode.ProducerFenced, End((500, 7), true).Error);
    }

    [Fact]
    public void T33_A_commit_of_a_transaction_that_was_timed_out_lets_its_producer_abort_and_go_on()
    {
        var held = _coordinator.Init(timeoutMs: 1000).Held;
        _coordinator.Add(held, TestCoordinator.Part(0), version: New);
        _coordinator.Advance(TimeSpan.FromSeconds(1));
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.TransactionAbortable, End(held, true).Error);
        _coordinator.Crash();
        Assert.Equal(ErrorCode.TransactionAbortable, End(held, true).Error);
        var next = End(held, false).Held;
        Assert.Equal((held.Item1, 1), next);
        Assert.Equal(ErrorCode.None, _coordinator.Add(next, TestCoordinator.Part(0), version: New));
        var committed = End(next, true);
        _coordinator.EndAll();
        Assert.Equal((held.Item1, 2), committed.Held);
    }

    [Fact]
    public void T38_All_epochs_of_an_id_are_used_and_it_goes_on_with_another()
    {
        var held = _coordinator.Init().Held;
        var first = held;
        for (var transaction = 0; transaction < 65_535; transaction++)
        {
            Assert.Equal(ErrorCode.None, _coordinator.Add(held, TestCoordinator.Part(0), version: New));
            var asked = End(held, true);
            _coordinator.EndAll();
            held = asked.Held;
            _coordinator.Log.Clear();
        }
        Assert.Equal((first.Item1 + 2, 65_535 % 32_767), held);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Add(first, TestCoordinator.Part(0), version: New));
    }
}
