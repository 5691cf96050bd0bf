using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Support;
using Semel.Log.Memory;
using Semel.Machines.Turn;

namespace Semel.Broker.Tests.Sequencing;

/// <summary>What a machine asks its shell for, and when the shell hears of it.</summary>
public class EffectsTests
{
    sealed class Replies(Action answered) : IReplySink<string>
    {
        public void Answer(int index, in string reply) => answered();
    }

    readonly List<string> _events = [];
    Sequencer<DoorCommand, string, DoorView>? _sequencer;

    void CarryOut(IReadOnlyList<Effect> effects)
    {
        foreach (var ring in effects.Cast<Ring>()) _events.Add($"ring {ring.Written} at {_sequencer?.View?.HighWatermark}");
    }

    Replies Told => new(() => _events.Add("answered"));

    [Fact]
    public async Task Effects_come_when_the_turn_is_durable_and_shown_and_before_its_replies()
    {
        var store = new SlowLogStore();
        _sequencer = DoorMachine.Sequencer(store, effects: CarryOut);
        _sequencer.Open();
        await _sequencer.EnqueueAsync(DoorCommandKind.Ring, Told);
        Assert.Empty(_events);
        store.Release();
        Assert.Equal(["ring 1 at 1", "answered"], _events);
    }

    [Fact]
    public async Task Effects_of_a_turn_that_failed_do_not_come_but_what_follows_from_the_log_that_is_there()
    {
        var store = new MemoryLogStore();
        _sequencer = DoorMachine.Sequencer(store, effects: CarryOut);
        _sequencer.Open();
        await _sequencer.EnqueueAsync(DoorCommandKind.Write, Told);
        store.AppendFaults = _ => AppendFault.NothingWritten;
        await _sequencer.EnqueueAsync(DoorCommandKind.Ring, Told);
        await _sequencer.StopAsync(withSnapshot: false);
        Assert.Equal(["answered", "answered", "ring 1 at 1"], _events);
    }

    [Fact]
    public async Task After_each_opening_what_is_outstanding_is_asked_for_again()
    {
        var store = new MemoryLogStore();
        _sequencer = DoorMachine.Sequencer(store, effects: CarryOut);
        _sequencer.Open();
        Assert.Empty(_events);
        await _sequencer.EnqueueAsync(DoorCommandKind.Ring, null);
        await _sequencer.StopAsync(withSnapshot: false);
        _sequencer = DoorMachine.Sequencer(store, effects: CarryOut);
        _sequencer.Open();
        Assert.Equal(["ring 1 at 1", "ring 1 at 1"], _events);
    }

    [Fact]
    public async Task Effects_that_cannot_be_handed_on_keep_no_reply_back()
    {
        _sequencer = DoorMachine.Sequencer(new MemoryLogStore(), effects: _ => throw new InvalidOperationException("as the test wants"));
        _sequencer.Open();
        Assert.Equal("done 0", await _sequencer.AskAsync(DoorCommandKind.Ring));
        Assert.Equal("done 0", await _sequencer.AskAsync(DoorCommandKind.Look));
    }

    [Fact]
    public async Task A_log_can_be_read_whatever_machine_it_has_and_its_bounds_are_told_to_who_waits()
    {
        IReadableLog log = _sequencer = DoorMachine.Sequencer(new MemoryLogStore());
        Assert.Null(log.View);
        Assert.True(await log.OpenAsync());
        var waiter = new Waiter();
        log.WaitForView(waiter);
        await _sequencer.AskAsync(DoorCommandKind.Write);
        Assert.Equal((0L, 1L, 1L, 1), (log.View!.LogStartOffset, log.View.LastStableOffset, log.View.HighWatermark, waiter.Count));
        Assert.Equal(("door", 1L), (log.LogName, log.Log!.Bounds.EndOffset));
        Assert.True(log.AppendedBytes > 0);
    }

    sealed class Waiter : IViewWaiter
    {
        public int Count { get; private set; }
        public void ViewChanged() => Count++;
    }
}
