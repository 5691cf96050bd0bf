using System.Buffers;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Producers;
using Semel.Machines.Turn;

namespace Semel.Testing.Simulation;

/// <summary>
/// The broker's own turns over one log, in virtual time: commands that come while an append is under way wait for the next turn, and a crash takes away
/// everything but the log.
/// </summary>
internal sealed class SimulatedSequencer<TCommand, TReply, TView> : ITurnOwner<TCommand, TReply, TView>, IViewWaiter where TView : class
{
    readonly SimulatedWorld _world;
    readonly PlantedFault _planted;
    readonly SequencerSettings<TCommand, TReply, TView> _settings;
    Turn<TCommand, TReply, TView> _filling = new();
    TurnCycle<TCommand, TReply, TView>? _cycle;
    SimulatedLog? _log;
    byte[]? _stateBeforeCrash;
    TimeSpan? _due;
    Action? _stopped;
    bool _isBusy;

    /// <param name="settings">As in the broker; but the log is made where there is none.</param>
    public SimulatedSequencer(SimulatedWorld world, SequencerSettings<TCommand, TReply, TView> settings, PlantedFault planted = PlantedFault.None)
    {
        (_world, _planted) = (world, planted);
        _settings = settings with { OpenLog = store => _log = new SimulatedLog(world, settings.OpenLog(store)) };
    }

    /// <summary>The view is to be shown to readers: everything in it is durable.</summary>
    public Action<TView, ILog>? Published { get; init; }

    /// <summary>Says what two states, as snapshots, differ in; null when they are the same.</summary>
    public required Func<byte[], byte[], string?> Difference { get; init; }

    public string Name => _settings.LogName;
    public TView? View => _cycle?.Published.View;
    public ILog? Log => _cycle?.Published.Log;
    public Moment Now => _world.Clock.Moment;

    /// <summary>A process begins: nothing is known but what the log has.</summary>
    public void Open()
    {
        _cycle = new(_settings, _world.Store, this, _world.Logger, _planted);
        _cycle.Published.Waiters.Add(this);
        IsAwaited = true;
        Run();
    }

    public void Enqueue(TCommand command, Action<TReply> answer)
    {
        if (_stopped is not null)
        {
            answer(_settings.Stopped);
            return;
        }
        _filling.Mailbox.Add(command, new Receiver(answer), 0);
        Run();
    }

    /// <summary>Never completes when the process dies first.</summary>
    public Task<TReply> AskAsync(TCommand command)
    {
        var reply = new TaskCompletionSource<TReply>();
        Enqueue(command, reply.SetResult);
        return reply.Task;
    }

    sealed class Receiver(Action<TReply> answer) : IReplySink<TReply>
    {
        public void Answer(int index, in TReply reply) => answer(reply);
    }

    void Run()
    {
        if (_isBusy || _cycle is not { } cycle) return;
        _isBusy = true;
        while (true)
        {
            switch (cycle.Step(mayOpen: true))
            {
                case TurnStep.Appending:
                    cycle.WhenAppended(() =>
                    {
                        cycle.FinishAppend();
                        _isBusy = false;
                        Run();
                    });
                    return;
                case TurnStep.Idle when !IsAwaited && !cycle.Health.IsToBeReopened:
                    _isBusy = false;
                    if (_stopped is not null) EndStop(cycle);
                    return;
            }
        }
    }

    public bool IsAwaited { get => field || _filling.Mailbox.Count > 0; private set; }

    public Turn<TCommand, TReply, TView>? TakeCommands()
    {
        if (_filling.Mailbox.Count == 0) return null;
        var taken = _filling;
        _filling = _cycle!.NewTurn();
        return taken;
    }

    public void OpeningEnded(bool isOpen) => IsAwaited = false;

    public void ViewChanged()
    {
        _cycle!.Published.Waiters.Add(this);
        if (_cycle.Published.View is not { } view) return;
        if (_stateBeforeCrash is { } before && Difference(before, Save()) is { } difference)
            _world.Fail($"{_settings.LogName}: the state folded from the log is not the one that was live: {difference}");
        _stateBeforeCrash = null;
        Published?.Invoke(view, _cycle.Published.Log!);
    }

    public void DeadlineIs(TimeSpan? due)
    {
        if (due == _due) return;
        _due = due;
        if (due is not { } moment) return;
        var (cycle, soonest) = (_cycle, _world.Clock.Now + TimeSpan.FromMilliseconds(1));
        _world.Clock.At(moment > soonest ? moment : soonest, () =>
        {
            if (cycle != _cycle || _due != due) return;
            _due = null;
            if (!cycle!.IsOpen) IsAwaited = true;
            else if (_settings.Tick is { } tick) _filling.Mailbox.Add(tick(), null, 0);
            Run();
        });
    }

    /// <summary>Takes no more commands, answers those that it has, and closes its log; then tells so. The process may die first.</summary>
    public void Stop(Action stopped)
    {
        _stopped = stopped;
        if (_isBusy) return;
        if (_cycle is null) stopped();
        else Run();
    }

    void EndStop(TurnCycle<TCommand, TReply, TView> cycle)
    {
        cycle.Stop(withSnapshot: false);
        Drop();
        _stopped!();
    }

    /// <summary>The broker's process dies; what a turn has written by now survives or not. The store is told separately.</summary>
    public void Crash()
    {
        var isWhole = _log?.Crash() ?? false;
        if (isWhole && _cycle?.Machine is not null && !IsStartToMove) _stateBeforeCrash = Save();
        Drop();
    }

    /// <summary>The turn whose append is under way moves the log's start afterwards.</summary>
    bool IsStartToMove => _cycle!.Machine?.View is IReadView view && view.LogStartOffset != _log!.Bounds.StartOffset;

    /// <summary>An orderly stop, if no append is under way.</summary>
    /// <returns>False when one is.</returns>
    public bool TryStop()
    {
        if (_isBusy) return false;
        if (_cycle is null) return true;
        if (_cycle.IsOpen) _stateBeforeCrash = Save();
        _cycle.Stop(withSnapshot: true);
        Drop();
        return true;
    }

    void Drop()
    {
        _cycle = null;
        _log = null;
        _filling = new();
        _due = null;
        _isBusy = IsAwaited = false;
    }

    byte[] Save() => StateOf(_cycle!.Machine!);

    byte[] StateOf(IMachine<TCommand, TReply, TView> machine)
    {
        var bytes = new ArrayBufferWriter<byte>();
        machine.Save(bytes, Now);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Between turns: the log alone, without any snapshot, has to tell what the machine is that lives.</summary>
    public void CheckReplay()
    {
        var folded = MachineLoader.Load(new LogWithoutSnapshots(_log!), _settings.NewMachine, Now).Machine;
        if (Difference(Save(), StateOf(folded)) is { } difference)
            _world.Fail($"{Name}: the state folded from the log alone is not the one that is live: {difference}");
    }
}
