using Semel.Machines.Transactions;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Tests.Transactions;

/// <summary>A transaction that is open for longer than its producer asked for.</summary>
public class TimeoutTests
{
    const int Last = 32766;

    readonly TestCoordinator _coordinator = new();

    static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    (long, int) Open(int timeoutMs = 5000)
    {
        var held = _coordinator.Init(timeoutMs: timeoutMs).Held;
        Assert.Equal(ErrorCode.None, _coordinator.Add(held, TestCoordinator.Part(0)));
        return held;
    }

    void Jump(TimeSpan wall) => _coordinator.Now = new(_coordinator.Now.Wall + wall, _coordinator.Now.Steady);

    [Fact]
    public void It_is_aborted_when_its_time_is_over_and_the_epoch_goes_up()
    {
        var held = Open();
        _coordinator.Advance(Seconds(4.999));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        _coordinator.Advance(Seconds(0.001));
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
        var told = _coordinator.TakeTold();
        Assert.Equal((held.Item1, 1, false, TestCoordinator.New), (told.Marker.ProducerId.Value, (int)told.Marker.Epoch.Value, told.Marker.Commit, told.Marker.TransactionVersion));
        _coordinator.Answer(told, ErrorCode.None);
        Assert.Equal((TransactionState.CompleteAbort, EndReason.Timeout), (_coordinator.State(), _coordinator.Facts().EndReason));
        Assert.Equal(TransactionEvent.TimedOut, Assert.Single(_coordinator.Notices).Event);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.End(held, true).Error);
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Add(held, TestCoordinator.Part(0)));
        Assert.Equal(ErrorCode.ProducerFenced, _coordinator.Verify(held, TestCoordinator.Part(0)).Error);
    }

    [Fact]
    public void T32_Its_producer_comes_back_with_the_raised_epoch()
    {
        var held = Open();
        _coordinator.Advance(Seconds(5));
        _coordinator.EndAll();
        Assert.Equal((held.Item1, 1), _coordinator.Init(TestCoordinator.Id, held.Item1, held.Item2).Held);
        Assert.Equal(ErrorCode.None, _coordinator.Add((held.Item1, 1), TestCoordinator.Part(0)));
    }

    [Fact]
    public void What_is_added_later_gives_no_more_time()
    {
        var held = Open();
        _coordinator.Advance(Seconds(4));
        _coordinator.Add(held, TestCoordinator.Part(1));
        _coordinator.Advance(Seconds(1));
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
    }

    [Fact]
    public void The_next_transaction_of_the_same_epoch_has_its_own_time()
    {
        var held = Open();
        _coordinator.Advance(Seconds(4));
        _coordinator.End(held, true);
        _coordinator.EndAll();
        _coordinator.Add(held, TestCoordinator.Part(0));
        _coordinator.Advance(Seconds(4.9));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        _coordinator.Advance(Seconds(0.1));
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void T14_A_decided_end_is_not_timed_out(bool commit)
    {
        var held = Open();
        var asked = _coordinator.Turn(
            new TransactionCommand.EndTransaction(new(TestCoordinator.Id), new(held.Item1), new(0), commit, TestCoordinator.Old), TransactionCommand.Tick.Instance)[0];
        _coordinator.Advance(Seconds(60));
        Assert.Equal(commit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort, _coordinator.State());
        Assert.Equal(ErrorCode.None, asked.Error);
        Assert.Equal(commit, _coordinator.Told[0].Marker.Commit);
        Assert.Empty(_coordinator.Notices);
    }

    [Fact]
    public void T14_An_end_that_comes_in_the_turn_of_the_time_out_has_lost()
    {
        var held = Open();
        _coordinator.Now = new(_coordinator.Now.Wall + Seconds(5), _coordinator.Now.Steady + Seconds(5));
        var asked = _coordinator.Turn(TransactionCommand.Tick.Instance,
            new TransactionCommand.EndTransaction(new(TestCoordinator.Id), new(held.Item1), new(0), true, TestCoordinator.Old))[1];
        Assert.Equal(ErrorCode.ProducerFenced, asked.Error);
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(+30)]
    public void A_jump_of_the_clock_on_the_wall_changes_nothing(int days)
    {
        Open();
        Jump(TimeSpan.FromDays(days));
        _coordinator.Advance(Seconds(4.999));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        _coordinator.Advance(Seconds(0.001));
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
    }

    [Fact]
    public void T30_One_that_is_over_when_it_is_loaded_is_aborted_at_once()
    {
        Open();
        _coordinator.Now = new(_coordinator.Now.Wall + Seconds(5), TimeSpan.FromSeconds(3));
        _coordinator.Crash();
        _coordinator.Advance(default);
        Assert.Equal(TransactionState.PrepareAbort, _coordinator.State());
    }

    [Theory]
    [InlineData(5_000, 4, 10, "grace for what would be over in a second")]
    [InlineData(60_000, 4, 56, "the time that passed while nobody served counts")]
    [InlineData(60_000, -3600, 60, "no clock gives it more than its whole time")]
    [InlineData(5_000, -3600, 10, "nor more than the grace")]
    public void Time_goes_on_over_a_restart(int timeoutMs, int passedSeconds, int leftSeconds, string why)
    {
        Open(timeoutMs);
        _coordinator.Now = new(_coordinator.Now.Wall + Seconds(passedSeconds), TimeSpan.FromSeconds(3));
        _coordinator.Crash();
        _coordinator.Advance(Seconds(leftSeconds - 0.001));
        Assert.Equal((TransactionState.Ongoing, why), (_coordinator.State(), why));
        _coordinator.Advance(Seconds(0.001));
        Assert.Equal((TransactionState.PrepareAbort, why), (_coordinator.State(), why));
    }

    [Fact]
    public void One_with_the_last_epoch_waits_for_a_fresh_producer_id()
    {
        _coordinator.Begin(_coordinator.At(500, Last));
        _coordinator.Begin(_coordinator.At(600, Last), "other");
        _coordinator.HasProducerIds = false;
        _coordinator.Add((500, Last), TestCoordinator.Part(0));
        _coordinator.Add((600, Last), TestCoordinator.Part(0), "other");
        _coordinator.Advance(Seconds(61));
        Assert.Equal(TransactionState.Ongoing, _coordinator.State());
        _coordinator.Turn(new TransactionCommand.ProducerIdTaken(ProducerId.None));
        _coordinator.HasProducerIds = true;
        _coordinator.Advance(Seconds(1));
        Assert.Equal(2, _coordinator.TakenInAdvance);
        Assert.Equal([(32767, 500L), (32767, 600L)], _coordinator.Told.Select(told => ((int)told.Marker.Epoch.Value, told.Marker.ProducerId.Value)).Order());
        _coordinator.EndAll();
        Assert.Equal(0, _coordinator.Holder().Item2);
        Assert.NotEqual(_coordinator.Holder().Item1, _coordinator.Holder("other").Item1);
    }

    [Fact]
    public void Ten_thousand_are_aborted_each_in_its_time_and_none_is_looked_at_twice()
    {
        const int Count = 10_000;
        for (var number = 0; number < Count; number++)
        {
            var held = _coordinator.Init($"id-{number}", timeoutMs: 1000 + number % 100).Held;
            _coordinator.Add(held, TestCoordinator.Part(number), $"id-{number}");
        }
        Assert.Equal(Count, _coordinator.Machine.View.Open);
        _coordinator.Advance(Seconds(1.049));
        Assert.Equal(Count / 2, _coordinator.Told.Count);
        _coordinator.Advance(Seconds(1));
        Assert.Equal(Count, _coordinator.Told.Count);
        Assert.Equal(Count, _coordinator.Told.Select(told => told.TransactionalId).Distinct().Count());
        foreach (var told in _coordinator.Told.ToArray()) _coordinator.Answer(told, ErrorCode.None);
        Assert.Equal((0, Count), (_coordinator.Machine.View.Open, _coordinator.Machine.View.TransactionalIds));
    }
}
