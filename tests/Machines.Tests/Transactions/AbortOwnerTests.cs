using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>Somebody wants a producer's open transaction aborted: it is aborted everywhere, or not at all (R-AA).</summary>
public class AbortOwnerTests
{
    readonly TestCoordinator _coordinator = new();

    Asked Abort(long pid, int epoch) => _coordinator.Ask(new TransactionCommand.EndOwner(new(pid), new((short)epoch)));

    [Fact]
    public void T34_All_participants_are_told_and_the_producer_is_fenced()
    {
        var held = _coordinator.Init().Held;
        _coordinator.Init("other");
        _coordinator.Add(held, [TestCoordinator.Part(0), TestCoordinator.Part(1)], version: TestCoordinator.New);
        var asked = Abort(held.Item1, held.Item2);
        Assert.True(asked.IsParked);
        var told = _coordinator.TakeTold();
        Assert.Equal((2, 1, false), (told.Participants.Count, (int)told.Marker.Epoch.Value, told.Marker.Commit));
        _coordinator.Answer(told, ErrorCode.None);
        Assert.Equal(ErrorCode.None, asked.Error);
        Assert.Equal(TransactionEvent.Aborted, Assert.Single(_coordinator.Notices).Event);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Add(held, TestCoordinator.Part(0), version: TestCoordinator.New));
        // Its owner believes it open: it may abort and go on.
        Assert.Equal(ErrorCode.TransactionAbortable, _coordinator.End(held, true, TestCoordinator.New).Error);
        Assert.Equal((held.Item1, 1), _coordinator.End(held, false, TestCoordinator.New).Held);
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(50, 0)]
    public void Another_producer_has_none(int otherPid, int otherEpoch)
    {
        var held = _coordinator.Init().Held;
        _coordinator.Add(held, TestCoordinator.Part(0));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, Abort(held.Item1 + otherPid, held.Item2 + otherEpoch).Error);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
    }

    /// <summary>A marker by hand in one partition would tear it: its owner's end is acknowledged later, and that partition has another.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(5, false)]
    public void No_part_of_a_living_transaction_is_committed_or_ended_by_an_epoch_that_nobody_has(int raised, bool commit)
    {
        var held = _coordinator.Init().Held;
        _coordinator.Add(held, [TestCoordinator.Part(0), TestCoordinator.Part(1)]);
        Assert.Equal(ErrorCode.InvalidTxnState, _coordinator.Ask(new TransactionCommand.EndOwner(new(held.Item1), new((short)(held.Item2 + raised)), commit)).Error);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        Assert.True(_coordinator.End(held, true).IsParked);
    }

    [Fact]
    public void What_is_not_open_or_decided_already_is_not_aborted()
    {
        var held = _coordinator.Init().Held;
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, Abort(held.Item1, held.Item2).Error);
        _coordinator.Add(held, TestCoordinator.Part(0));
        _coordinator.End(held, true);
        Assert.Equal(ErrorCode.ConcurrentTransactions, Abort(held.Item1, held.Item2).Error);
        Assert.True(_coordinator.TakeTold().Marker.Commit);
    }

    [Fact]
    public void With_a_raised_epoch_its_end_is_still_the_coordinators()
    {
        var held = _coordinator.Init().Held;
        _coordinator.Add(held, TestCoordinator.Part(0), version: TestCoordinator.New);
        _coordinator.End(held, true, TestCoordinator.New);
        Assert.Equal(ErrorCode.ConcurrentTransactions, Abort(held.Item1, held.Item2).Error);
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, Abort(held.Item1, held.Item2).Error);
    }

    [Fact]
    public void With_the_last_epoch_it_goes_on_with_a_new_id()
    {
        _coordinator.Begin(_coordinator.At(500, 32766));
        _coordinator.Add((500, 32766), TestCoordinator.Part(0));
        var asked = Abort(500, 32766);
        _coordinator.EndAll();
        Assert.Equal(ErrorCode.None, asked.Error);
        Assert.Equal((1001L, 0), _coordinator.Holder());
    }
}
