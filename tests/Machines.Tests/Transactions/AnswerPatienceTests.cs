using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>EndTxn is answered when everybody can read what it acknowledges (R-V), and on the decision alone when that takes too long.</summary>
public class AnswerPatienceTests
{
    readonly TestCoordinator _coordinator = new();
    readonly (long Pid, int Epoch) _held;

    public AnswerPatienceTests()
    {
        _held = _coordinator.Init().Held;
        _coordinator.Add(_held, [.. Enumerable.Range(0, 100).Select(partition => TestCoordinator.Part(partition))]);
    }

    [Fact]
    public void T37_The_answer_comes_with_the_last_of_a_hundred_participants()
    {
        var asked = _coordinator.End(_held, true);
        var told = _coordinator.TakeTold();
        Assert.Equal(100, told.Participants.Count);
        foreach (var participant in told.Participants.SkipLast(1)) _coordinator.Answer(told, ErrorCode.None, participant);
        Assert.True(asked.IsParked);
        _coordinator.Answer(told, ErrorCode.None, told.Participants[^1]);
        Assert.Equal(ErrorCode.None, asked.Error);
        Assert.Equal(ErrorCode.None, _coordinator.Add(_held, TestCoordinator.Part(0)));
    }

    [Fact]
    public void The_answer_waits_a_second_and_no_longer()
    {
        var asked = _coordinator.End(_held, true);
        _coordinator.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(asked.IsParked);
        _coordinator.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ErrorCode.None, asked.Error);
        Assert.Equal(TransactionState.PrepareCommit, _coordinator.State());
        Assert.Equal(ErrorCode.ConcurrentTransactions, _coordinator.Add(_held, TestCoordinator.Part(0)));
        _coordinator.EndAll();
        Assert.Equal(TransactionState.CompleteCommit, _coordinator.State());
        Assert.Null(_coordinator.Machine.NextDeadline is { } due && due < _coordinator.Now.Steady + TimeSpan.FromMinutes(1) ? due : null);
    }

    [Fact]
    public void The_answer_on_the_decision_alone_has_the_id_and_epoch_of_the_complete_end()
    {
        _coordinator.Begin(_coordinator.At(500, 32766));
        _coordinator.Add((500, 32766), TestCoordinator.Part(0), version: TestCoordinator.New);
        var asked = _coordinator.End((500, 32766), true, TestCoordinator.New);
        _coordinator.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1002L, 0), asked.Held);
        _coordinator.EndAll();
        Assert.Equal((1002L, 0), _coordinator.Holder());
    }
}
