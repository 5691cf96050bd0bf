using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Semel.Log;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>What a <see cref="TurnCycle{TCommand,TReply,TView}"/> has to be given before it goes on.</summary>
internal enum TurnStep : byte
{
    /// <summary>Nothing: another step can be made.</summary>
    Again,
    /// <summary>Leave to open the log, which may read a gigabyte.</summary>
    Opening,
    /// <summary>The end of its append.</summary>
    Appending,
    /// <summary>Commands.</summary>
    Idle,
}

/// <summary>
/// The turns of one log, step by step: it takes the commands that wait, decides them, begins to append what was decided, and once that has ended publishes the view, hands
/// on the effects and gives the replies; it opens the log when it is needed and folds its machine anew when a turn has failed. It has no lock, no thread and no clock:
/// one caller at a time makes the steps.
///
/// A turn's replies go out when the append of the next one has begun, so that the disk need not wait for them, or when there is no next one. When anything fails, what is
/// durable is answered first, then the commands that are parked, then those of the turn.
/// </summary>
internal sealed class TurnCycle<TCommand, TReply, TView> where TView : class
{
    /// <summary>After this a tick that was refused is tried again, when nothing else says when.</summary>
    static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    readonly SequencerSettings<TCommand, TReply, TView> _settings;
    readonly ILogStore _store;
    readonly ITurnOwner<TCommand, TReply, TView> _owner;
    readonly ILogger _logger;
    readonly HoleReports _holes;
    readonly PlantedFault _planted;
    readonly Stack<Turn<TCommand, TReply, TView>> _spare = new(2);
    readonly ParkedCommands<TReply> _parked = new();
    Turn<TCommand, TReply, TView>? _running, _finished;
    // What makes room of a turn that was refused: comes before all that wait.
    Turn<TCommand, TReply, TView>? _makesRoom;
    ConfiguredValueTaskAwaitable<AppendOutcome>.ConfiguredValueTaskAwaiter _append;
    FoldedLog<TCommand, TReply, TView>? _folded;

    public TurnCycle(SequencerSettings<TCommand, TReply, TView> settings, ILogStore store, ITurnOwner<TCommand, TReply, TView> owner, ILogger logger,
        PlantedFault planted = PlantedFault.None)
    {
        (_settings, _store, _owner, _logger, _planted) = (settings, store, owner, logger, planted);
        Health = new(settings.LogName, settings.LastResort, logger);
        _holes = new(settings.LogName, logger);
    }

    public PublishedLog<TView> Published { get; } = new();
    public LogHealth Health { get; }
    public HoleReports Holes => _holes;

    /// <summary>The log is open.</summary>
    public bool IsOpen => _folded is not null;

    /// <summary>The machine as it is between two turns; null while it is not there.</summary>
    public IMachine<TCommand, TReply, TView>? Machine => _folded?.Machine;

    /// <summary>Commands that wait for the answer of a later turn.</summary>
    public int ParkedCount => _parked.Count;

    string LogName => _settings.LogName;

    /// <summary>An empty turn for commands; only between two steps.</summary>
    public Turn<TCommand, TReply, TView> NewTurn() => _spare.TryPop(out var spare) ? spare : new();

    /// <param name="mayOpen">The log may be opened within this step.</param>
    public TurnStep Step(bool mayOpen)
    {
        if (_folded is null && (_makesRoom is not null || Health.IsToBeReopened || _owner.IsAwaited))
        {
            if (!mayOpen && Health.MayTryToOpen(_owner.Now.Steady)) return TurnStep.Opening;
            Open();
        }
        if (!TakeCommands())
        {
            if (_finished is null) return TurnStep.Idle;
            AnswerFinished();
            return TurnStep.Again;
        }
        if (!TryDecide()) return TurnStep.Again;
        if (_finished is not null) AnswerFinished();
        if (!_append.IsCompleted) return TurnStep.Appending;
        FinishAppend();
        if (_finished is not null) AnswerFinished();
        return TurnStep.Again;
    }

    /// <summary>Has somebody told when the append has ended, who then calls <see cref="FinishAppend"/>.</summary>
    public void WhenAppended(Action resume) => _append.UnsafeOnCompleted(resume);

    bool TakeCommands()
    {
        if (_makesRoom is not null) (_running, _makesRoom) = (_makesRoom, null);
        else _running = _owner.TakeCommands();
        return _running is not null;
    }

    // False when the commands were refused, or some of them, and the others come next: there is nothing to wait for.
    bool TryDecide()
    {
        if (_folded?.Machine is not { } machine)
        {
            Refuse();
            return false;
        }
        var now = _owner.Now;
        if (!Health.IsPauseOver(now.Steady) && !MakesRoomOnly(_running!))
        {
            RefuseWhatNeedsRoom();
            return false;
        }
        try
        {
            _running!.Decide(machine, now);
            _append = _folded.AppendAsync(_running.Output, now).ConfigureAwait(false).GetAwaiter();
            if (_planted == PlantedFault.ViewBeforeDurable) Publish(appendedBytes: 0);
            return true;
        }
        catch (Exception exception)
        {
            Fail(exception);
            return false;
        }
    }

    public void FinishAppend()
    {
        try
        {
            var outcome = _append.GetResult();
            Invariant.Check(outcome.Status == AppendStatus.Appended, "nobody but its sequencer writes to a log");
            var bytes = _running!.AppendedBytes();
            if (bytes > 0) Health.Appended();
            _running.Settle(_parked);
            Publish(bytes);
            HandOn(_running.Output.Effects);
            (_finished, _running) = (_running, null);
            if (!outcome.Rolled) return;
            // A new segment is a good moment for a snapshot, but what is durable is answered first.
            AnswerFinished();
            TrySaveSnapshot();
            _settings.PartsSealed?.Invoke();
        }
        catch (Exception exception) when (_running is not null)
        {
            Fail(exception);
        }
    }

    void Publish(long appendedBytes)
    {
        var machine = _folded!.Machine!;
        _owner.DeadlineIs(machine.NextDeadline);
        Published.Publish(machine.View, appendedBytes);
    }

    void HandOn(IReadOnlyList<Effect> effects)
    {
        if (effects.Count == 0 || _settings.Effects is not { } carryOut) return;
        try
        {
            carryOut([.. effects]);
        }
        catch (Exception exception)
        {
            // The turn is durable whatever becomes of it.
            Broker.Log.EffectsFailed(_logger, LogName, exception);
        }
    }

    void AnswerFinished()
    {
        var finished = _finished!;
        _finished = null;
        Tell(finished.Answer());
        _spare.Push(finished);
    }

    void Refuse()
    {
        var refused = _running!;
        _running = null;
        _settings.Refused?.Invoke(refused.Mailbox.Commands, _owner.Now);
        Tell(refused.AnswerAll(_settings.StorageFailed(Health.Reason)));
        _spare.Push(refused);
        // A tick may have been among them, and nobody else may come for long.
        if (_folded?.Machine?.NextDeadline is { } due) _owner.DeadlineIs(Latest(due, _owner.Now.Steady + Latest(Health.Pause, ShortWait)));
    }

    static TimeSpan Latest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    bool MakesRoomOnly(Turn<TCommand, TReply, TView> turn)
    {
        if (_settings.MakesRoom is not { } makesRoom) return false;
        foreach (ref readonly var command in turn.Mailbox.Commands)
            if (!makesRoom(command)) return false;
        return true;
    }

    // Those that make room are kept for the next turn, when others were among them: alone they have had their chance.
    void RefuseWhatNeedsRoom()
    {
        if (_settings.MakesRoom is { } makesRoom && !MakesRoomOnly(_running!))
        {
            var apart = NewTurn();
            _running!.Mailbox.MoveTo(apart.Mailbox, makesRoom);
            if (apart.Mailbox.Count > 0) _makesRoom = apart;
            else _spare.Push(apart);
        }
        Refuse();
    }

    void Tell(Exception? replyFailure)
    {
        if (replyFailure is not null) Broker.Log.ReplyFailed(_logger, LogName, replyFailure);
    }

    // Nothing is undone: what was decided dies with the machine, and the log tells what has happened.
    void Fail(Exception exception)
    {
        // What the turn before has decided is durable.
        if (_finished is not null) AnswerFinished();
        Health.TurnFailed(exception, _owner.Now.Steady);
        if (_planted == PlantedFault.MachineKeptAfterFailure) Health.OpeningEnded();
        else Close();
        Tell(_parked.AnswerAll(_settings.StorageFailed(Health.Reason)));
        RefuseWhatNeedsRoom();
    }

    void Open()
    {
        if (Health.MayTryToOpen(_owner.Now.Steady)) TryOpen();
        Health.OpeningEnded();
        _owner.OpeningEnded(IsOpen);
    }

    void TryOpen()
    {
        try
        {
            var began = _owner.Now;
            _folded = FoldedLog<TCommand, TReply, TView>.Open(_store, _settings, began);
            var log = _folded.Log;
            Published.Opened(log);
            if (_folded.WasLongReplay) TrySaveSnapshot();
            if (log.Recovery.Detail is { } detail) Broker.Log.LogRecovered(_logger, LogName, detail);
            Health.Opened();
            Broker.Log.LogOpened(_logger, LogName, log.Bounds.StartOffset, log.Bounds.EndOffset, _folded.ReplayedBytes, (_owner.Now.Steady - began.Steady).TotalMilliseconds);
            foreach (var hole in log.Holes) _holes.Report(hole.StartOffset, hole.Reason);
            if (_folded.Hole is { } inTheWay) ServeReadersOnly(inTheWay);
            else BeginToServe(_folded.Machine!);
            _settings.PartsSealed?.Invoke();
        }
        catch (Exception exception)
        {
            Close();
            Health.NotOpened(exception, _owner.Now.Steady);
            // Nobody asks for it any more who was told that it has no leader: so it comes back by itself.
            if (!Health.IsDamaged) _owner.DeadlineIs(_owner.Now.Steady + Health.Pause);
        }
    }

    void BeginToServe(IMachine<TCommand, TReply, TView> machine)
    {
        var turn = NewTurn();
        var outstanding = turn.Resume(machine, _owner.Now);
        _spare.Push(turn);
        Publish(appendedBytes: 0);
        HandOn(outstanding);
    }

    void ServeReadersOnly(LogHoleException hole)
    {
        Health.HasHole(hole);
        Published.Publish(_folded!.ReadOnlyView!, appendedBytes: 0);
    }

    void TrySaveSnapshot()
    {
        try
        {
            _folded!.SaveSnapshot(_owner.Now);
        }
        catch (Exception exception)
        {
            // The log has everything; only the next start takes longer.
            Broker.Log.SnapshotFailed(_logger, LogName, LogTrouble.Sentence(exception), LogTrouble.IsOfStorage(exception) ? null : exception);
        }
    }

    void Close()
    {
        Published.Closing();
        Health.Closed();
        _folded = null;
        try
        {
            Published.Log?.Dispose();
        }
        catch (Exception exception)
        {
            // Whatever a closing log says, nothing of it is used any more.
            Broker.Log.LogNotClosed(_logger, LogName, exception);
        }
        Published.Closed();
    }

    /// <summary>Ends it, while it is idle: what is parked is answered, and the log closed in order.</summary>
    public void Stop(bool withSnapshot)
    {
        Tell(_parked.AnswerAll(_settings.Stopped));
        if (IsOpen && withSnapshot) TrySaveSnapshot();
        Close();
    }
}
