using Semel.Machines.Transactions;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Transactions;

/// <summary>Between the last participant's answer and the record of it: everybody is answered as if it were there, and a restart finds it out.</summary>
public class CompletionTests
{
    const short New = TestCoordinator.New;

    readonly TestCoordinator _coordinator = new(new TransactionOptions());
    readonly (long Pid, int Epoch) _held, _next;
    readonly int _recorded;

    public CompletionTests()
    {
        _held = _coordinator.Init().Held;
        _coordinator.Add(_held, TestCoordinator.Part(0), version: New);
        var asked = _coordinator.End(_held, true, New);
        _recorded = _coordinator.Log.Count;
        _coordinator.EndAll();
        _next = asked.Held;
        Assert.Equal((_held.Pid, 1), _next);
        Assert.Equal((_recorded, TransactionState.PrepareCommit), (_coordinator.Log.Count, _coordinator.Facts().State));
    }

    [Fact]
    public void It_is_told_as_complete()
    {
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
        Assert.Empty(_coordinator.Describe()!.Participants);
        var listed = _coordinator.Ask(new TransactionCommand.List(new() { States = new HashSet<TransactionState> { TransactionState.CompleteCommit } })).Reply.Transactions!;
        Assert.Equal(TransactionState.CompleteCommit, Assert.Single(listed)!.State);
        Assert.Empty(_coordinator.Ask(new TransactionCommand.List(new() { States = new HashSet<TransactionState> { TransactionState.PrepareCommit } })).Reply.Transactions!);
        Assert.Equal([ErrorCode.TransactionAbortable], _coordinator.Verify(_next, TestCoordinator.Part(0)).Reply.Participants);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _coordinator.Ask(new TransactionCommand.EndOwner(new(_held.Pid), new(0))).Error);
        Assert.Equal(_recorded, _coordinator.Log.Count);
    }

    [Fact]
    public void It_is_recorded_a_moment_later()
    {
        _coordinator.Advance(TimeSpan.FromMilliseconds(9));
        Assert.Equal(_recorded, _coordinator.Log.Count);
        _coordinator.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((_recorded + 1, TransactionState.CompleteCommit), (_coordinator.Log.Count, _coordinator.Facts().State));
        Assert.Equal(0, _coordinator.Machine.View.Open);
    }

    [Fact]
    public void It_is_recorded_together_with_what_comes_next()
    {
        Assert.Equal(ErrorCode.None, _coordinator.Add(_next, TestCoordinator.Part(1), version: New));
        Assert.Equal(_recorded + 1, _coordinator.Log.Count);
        Assert.True(RecordBatchHeader.TryRead(_coordinator.Log[^1], out var header));
        Assert.Equal(2, header.RecordCount);
        Assert.Equal((TransactionState.Ongoing, 1), (_coordinator.Facts().State, _coordinator.Facts().Participants.Count));
        _coordinator.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        var end = _coordinator.End(_next, true, New);
        _coordinator.EndAll();
        Assert.Equal((_held.Pid, 2), end.Held);
    }

    [Fact]
    public void A_repeated_end_and_a_new_incarnation_are_answered_at_once()
    {
        Assert.Equal(_next, _coordinator.End(_held, true, New).Held);
        Assert.Equal(ErrorCode.InvalidTxnState, _coordinator.End(_held, false, New).Error);
        Assert.Equal((_held.Pid, 2), _coordinator.Init().Held);
    }

    [Fact]
    public void A_restart_tells_all_again_and_finds_it_complete()
    {
        _coordinator.Crash();
        Assert.Equal(TransactionState.PrepareCommit, _coordinator.State());
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Add(_next, TestCoordinator.Part(1), version: New));
        _coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
        Assert.Equal(_next, _coordinator.End(_held, true, New).Held);
        Assert.Equal(ErrorCode.None, _coordinator.Add(_next, TestCoordinator.Part(1), version: New));
    }

    [Fact]
    public void A_producer_id_that_was_held_ready_counts_at_once()
    {
        _coordinator.Begin(_coordinator.At(500, 32766), "last");
        _coordinator.EndAll();
        _coordinator.Add((500, 32766), TestCoordinator.Part(0), "last", New);
        var asked = _coordinator.End((500, 32766), true, New, "last");
        _coordinator.EndAll();
        Assert.Equal(0, asked.Held.Item2);
        Assert.Equal(ErrorCode.None, _coordinator.Add(asked.Held, TestCoordinator.Part(0), "last", New));
        Assert.Equal(asked.Held, _coordinator.Holder("last"));
    }
}
