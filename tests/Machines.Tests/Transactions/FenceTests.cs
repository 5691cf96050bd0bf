using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>An open transaction whose producer is initialised again.</summary>
public class FenceTests
{
    const string Id = TestCoordinator.Id;
    const int Last = 32766;

    readonly TestCoordinator _coordinator = new();

    (long, int) Opened(TestCoordinator coordinator, int epoch)
    {
        coordinator.Begin(coordinator.At(500, epoch));
        Assert.Equal(ErrorCode.None, coordinator.Add((500, epoch), TestCoordinator.Part(0)));
        return (500, epoch);
    }

    static TestCoordinator WithVersion(short version) => new(new TransactionOptions { TransactionVersion = version });

    [Theory]
    [InlineData(0, 7, 8, -1)]
    [InlineData(1, 7, 8, -1)]
    [InlineData(2, 7, 8, 7)]
    [InlineData(0, Last, 32767, -1)]
    [InlineData(2, Last, 32767, Last)]
    public void The_abort_raises_the_epoch(int version, int epoch, int raised, int last)
    {
        var coordinator = WithVersion((short)version);
        Opened(coordinator, epoch);
        coordinator.Init();
        var facts = coordinator.Facts();
        Assert.Equal((TransactionState.PrepareAbort, (short)raised, (short)last, EndReason.Replaced), (facts.State, facts.Epoch.Value, facts.LastEpoch.Value, facts.EndReason));
        Assert.Equal(version == 2 && epoch == Last, !facts.NextProducerId.IsNone);
        var marker = coordinator.TakeTold().Marker;
        Assert.Equal((500L, (short)raised, false, (short)version), (marker.ProducerId.Value, marker.Epoch.Value, marker.Commit, marker.TransactionVersion));
    }

    [Theory]
    [InlineData(0, 7, 500, 9)]
    [InlineData(2, 7, 500, 9)]
    [InlineData(0, Last - 1, 1001, 0)]
    [InlineData(2, Last - 1, 1001, 0)]
    [InlineData(0, Last, 1001, 0)]
    [InlineData(2, Last, 1001, 1)]
    public void T13_A_new_incarnation_waits_for_the_abort_and_goes_on_from_there(int version, int epoch, long newPid, int newEpoch)
    {
        var coordinator = WithVersion((short)version);
        var old = Opened(coordinator, epoch);
        var asked = coordinator.Init();
        Assert.True(asked.IsParked);
        Assert.Equal(ErrorCode.ConcurrentTransactions, coordinator.Init().Error);
        coordinator.EndAll();
        // A fresh id that is not at hand is asked for again, as the shell does.
        var reply = asked.Reply.NeedsProducerId ? coordinator.Init().Reply : asked.Reply;
        Assert.Equal((newPid, newEpoch), (reply.ProducerId.Value, (int)reply.Epoch.Value));
        Assert.NotEqual(ErrorCode.None, coordinator.End(old, true).Error);
        Assert.NotEqual(ErrorCode.None, coordinator.End(old, true, TestCoordinator.New).Error);
        Assert.NotEqual(ErrorCode.None, coordinator.Add(old, TestCoordinator.Part(0)));
    }

    [Fact]
    public void The_holder_itself_gets_the_raised_epoch_on_a_cluster_of_KIP_890()
    {
        var old = Opened(_coordinator, 7);
        var asked = _coordinator.Init(Id, 500, 7);
        _coordinator.EndAll();
        Assert.Equal((500L, 8), asked.Held);
        Assert.Equal((500L, 8), _coordinator.Init(Id, old.Item1, old.Item2).Held);
    }

    [Fact]
    public void The_holder_itself_is_out_on_a_cluster_of_the_first_protocol()
    {
        var coordinator = WithVersion(0);
        Opened(coordinator, 7);
        var asked = coordinator.Init(Id, 500, 7);
        coordinator.EndAll();
        Assert.Equal(ErrorCode.ProducerFenced, asked.Error);
    }

    [Theory]
    [InlineData(500, 6, "the one before")]
    [InlineData(500, 8, "one ahead")]
    [InlineData(77, 7, "another id")]
    [InlineData(400, Last, "the id before")]
    public void T11_Nobody_else_ends_a_transaction_by_asking_for_its_own_epoch(long pid, int epoch, string why)
    {
        _coordinator.Begin(_coordinator.At(500, 7) with { LastEpoch = new(6), PreviousProducerId = new(400) });
        Assert.Equal(ErrorCode.None, _coordinator.Add((500, 7), TestCoordinator.Part(0)));
        Assert.Equal((ErrorCode.ProducerFenced, why), (_coordinator.Init(Id, pid, epoch).Error, why));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        Assert.Empty(_coordinator.Told);
        Assert.Equal((500L, 7), _coordinator.Holder());
    }

    [Fact]
    public void T11_A_replaced_producer_is_fenced_and_its_successor_is_not()
    {
        var first = _coordinator.Init().Held;
        var second = _coordinator.Init().Held;
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Init(Id, first.Item1, first.Item2).Error);
        Assert.Equal(ErrorCode.None, _coordinator.Add(second, TestCoordinator.Part(0)));
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Init(Id, first.Item1, first.Item2).Error);
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
    }

    [Fact]
    public void Who_waits_for_the_abort_is_told_to_ask_again_after_a_second()
    {
        Opened(_coordinator, 7);
        var asked = _coordinator.Init();
        _coordinator.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(asked.IsParked);
        _coordinator.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ErrorCode.ConcurrentTransactions, asked.Error);
        _coordinator.EndAll();
        Assert.Equal((500L, 8), _coordinator.Holder());
        Assert.Equal((500L, 9), _coordinator.Init().Held);
    }

    [Fact]
    public void It_is_told_once_that_a_transaction_was_aborted()
    {
        Opened(_coordinator, 7);
        _coordinator.Now = new(_coordinator.Now.Wall + TimeSpan.FromSeconds(3), _coordinator.Now.Steady + TimeSpan.FromSeconds(3));
        _coordinator.Init();
        _coordinator.EndAll();
        var notice = Assert.Single(_coordinator.Notices);
        Assert.Equal((TransactionEvent.Replaced, Id, 7, 1, 3000L), (notice.Event, notice.TransactionalId.Value, (int)notice.Epoch.Value, notice.Participants, notice.OpenMs));
    }
}
