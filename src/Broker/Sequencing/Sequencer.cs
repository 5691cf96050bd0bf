using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Semel.Log;
using Semel.Machines.Producers;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>
/// Runs the turns of one log: takes the commands that wait, decides them, appends what was decided at the log's expected end and waits until it
/// is durable, then publishes the view and releases the replies.
///
/// There is no thread and no queue hop of its own. Whoever brings a command while nobody runs turns runs them itself, for everybody who comes
/// meanwhile (being busy is the token); when the log has to wait for its disk, the turn goes on where the append completes. So a command to an
/// idle log is decided on the thread that read it from the socket, and all that come during a forced write share the next one.
///
/// While one turn's append is under way, the replies of the turn before go out. A view is published before the replies of its turn, and a turn is
/// decided only after the one before is durable: so a duplicate is acknowledged only when its original is. What a machine answers later waits by its ticket, and
/// goes out with the turn that answers it; what it asks its shell for is handed on when the turn that asks is durable and shown.
///
/// When an append fails, or anything breaks an invariant, nobody knows what is in the log. Every command of that turn, and every one that is parked, is answered with
/// <see cref="SequencerSettings{TCommand,TReply,TView}.StorageFailed"/> and the reason, the machine is dropped, the log is opened again and folded anew.
/// When appends go on to fail, commands are refused for a while, so that a full disk does not mean a recovery per command; readers are served meanwhile, and
/// what makes room is done: in a turn of its own, as it would fail with the appends of a shared one.
/// A log that cannot be opened is offline, which everybody is told with the reason, and is tried again by itself when its pause is over; one that is damaged
/// stays offline until the process is started again. A log with a hole that has to be folded serves readers, and commands are refused: without a machine
/// nobody could tell what it has already.
/// </summary>
internal sealed class Sequencer<TCommand, TReply, TView> : ISequencer, IReadableLog, IHeldTurns, IDeadlineOwner, IThreadPoolWorkItem where TView : class
{
    /// <summary>Turns that one caller runs for others before a thread of the pool takes over.</summary>
    const int InlineTurns = 16;

    /// <summary>After this a tick that found no room is tried again.</summary>
    static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    readonly SequencerSettings<TCommand, TReply, TView> _settings;
    readonly SequencerHost _host;
    readonly ILogger _logger;
    readonly Action _resume;
    readonly ViewWaiterList _viewWaiters = new();
    readonly DeadlineHeap.Entry _deadline;
    readonly HoleReports _holes;

    // Guarded by the gate.
    readonly Lock _gate = new();
    Turn<TCommand, TReply, TView> _filling = new();
    readonly List<TaskCompletionSource> _roomWaiters = [];
    readonly List<TaskCompletionSource<bool>> _openWaiters = [];
    TaskCompletionSource? _stopping;
    bool _busy, _stopWithSnapshot;

    // Owned by whoever is busy.
    readonly Stack<Turn<TCommand, TReply, TView>> _spare = new(2);
    readonly ParkedCommands<TReply> _parked = new();
    readonly FailurePause _pause;
    Turn<TCommand, TReply, TView>? _running, _finished;
    // What makes room of a turn that was refused: comes before all that wait.
    Turn<TCommand, TReply, TView>? _makesRoom;
    ConfiguredValueTaskAwaitable<AppendOutcome>.ConfiguredValueTaskAwaiter _append;
    FoldedLog<TCommand, TReply, TView>? _folded;
    string? _appendTrouble, _toldKind;
    bool _reopenAtOnce;

    // Read by everybody. The view is published last and withdrawn first: whoever has a view has a log.
    volatile TView? _view;
    volatile ILog? _log;
    volatile string? _offlineReason, _readOnlyReason;
    volatile bool _isDamaged;
    long _appendedBytes, _nextDeadline = NoDeadline;

    const long NoDeadline = long.MaxValue;

    public Sequencer(SequencerSettings<TCommand, TReply, TView> settings, SequencerHost host)
    {
        (_settings, _host, _logger) = (settings, host, host.Logger);
        _resume = Resume;
        _pause = new FailurePause(host.Time);
        _deadline = new(this);
        _holes = new(settings.LogName, host.Logger);
    }

    public string LogName => _settings.LogName;

    /// <summary>Why the log cannot be opened, in words that name file, position and remedy; null while it is open, or nobody has tried yet.</summary>
    public string? OfflineReason => _offlineReason;

    /// <summary>What readers may know; null while the log is not open.</summary>
    public TView? View => _view;

    IReadView? IReadableLog.View => _view as IReadView;

    /// <summary>The log to read from; only for those who have seen a <see cref="View"/>. Reads of a log that is closed meanwhile end with an
    /// exception.</summary>
    public ILog? Log => _log;

    /// <summary>Why the log is read and takes nothing more: a hole, because of which its machine cannot be folded; null otherwise.</summary>
    public string? ReadOnlyReason => _readOnlyReason;

    /// <summary>Tells the broker's log, once for each, that a reader came to a hole.</summary>
    public void ReportHole(LogHoleException hole) => _holes.Report(hole.StartOffset, hole.Message);

    /// <summary>What opening the log ended with the last time that it failed; null when it never did.</summary>
    public Exception? OpenFailure { get; private set; }

    /// <summary>Bytes appended since this process began: the difference of two moments tells a waiting fetch how much has come.</summary>
    public long AppendedBytes => Volatile.Read(ref _appendedBytes);

    public ViewWaiterList.Place WaitForView(IViewWaiter waiter) => _viewWaiters.Add(waiter);
    public void LeaveView(ViewWaiterList.Place place) => _viewWaiters.Remove(place);

    // ---- For everybody

    /// <summary>
    /// Puts a command into the mailbox. Completes at once, or when there is room: a caller who awaits each of its commands keeps their order.
    /// </summary>
    /// <param name="held">
    /// Of a caller who has more commands at hand: when nobody runs turns, this sequencer is put in there instead of running them, and the caller runs
    /// it before it waits for anything. So its commands share a turn, and a forced write.
    /// </param>
    public ValueTask EnqueueAsync(in TCommand command, IReplySink<TReply>? sink, int index = 0, List<IHeldTurns>? held = null)
    {
        Task? room = null;
        switch (Admit(command, sink, index))
        {
            case Admission.Run when held is not null:
                held.Add(this);
                break;
            case Admission.Run:
                RunTurns();
                break;
            case Admission.Refused:
                sink?.Answer(index, _settings.Stopped);
                break;
            case Admission.Full:
                room = WaitForRoom();
                break;
        }
        return room is null ? default : EnqueueWithRoomAsync(command, sink, index, room);
    }

    /// <summary>Asks and awaits the reply: for whoever is in no hurry.</summary>
    public async Task<TReply> AskAsync(TCommand command)
    {
        var reply = new AwaitedReply<TReply>();
        await EnqueueAsync(command, reply);
        return await reply.Task;
    }

    /// <summary>Completes when the log is open and its machine folded, on a thread of its own; false when it is offline.</summary>
    public ValueTask<bool> OpenAsync() => _view is not null ? new(true) : IsLeftAlone ? new(false) : RequestOpen(onThisThread: false);

    /// <summary>Offline, and not to be tried again now.</summary>
    bool IsLeftAlone => _offlineReason is not null && (_isDamaged || !_pause.IsOver);

    public bool Open()
    {
        var opened = _view is not null ? new(true) : RequestOpen(onThisThread: true);
        // Somebody else may be opening it at this moment; then this thread, which exists for opening logs, waits for the outcome.
        return opened.IsCompleted ? opened.Result : opened.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>The machine is told that its time has come, or a log that is offline is tried again.</summary>
    public void DeadlineCame(TimeSpan now)
    {
        var due = Volatile.Read(ref _nextDeadline);
        if (due == NoDeadline) return;
        if (now.Ticks < due) _host.Deadlines.SetAtLatest(_deadline, new TimeSpan(due));
        else if (_offlineReason is null) Tick(now);
        else if (_pause.IsOver) _ = RequestOpen(onThisThread: false);
        else SetDeadline(now + ShortWait);
    }

    void Tick(TimeSpan now)
    {
        if (_settings.Tick is not { } tick) return;
        // Forgotten here, so that the turn says whatever it finds then, even if that is the same moment.
        Volatile.Write(ref _nextDeadline, NoDeadline);
        switch (Admit(tick(), null, 0))
        {
            case Admission.Run:
                RunTurns();
                break;
            case Admission.Full:
                SetDeadline(now + ShortWait);
                break;
        }
    }

    void SetDeadline(TimeSpan due)
    {
        Volatile.Write(ref _nextDeadline, due.Ticks);
        _host.Deadlines.SetAtLatest(_deadline, due);
    }

    public Task StopAsync(bool withSnapshot)
    {
        TaskCompletionSource stopping;
        lock (_gate)
        {
            if (_stopping is not null) return _stopping.Task;
            _stopping = stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _stopWithSnapshot = withSnapshot;
            if (_busy) return stopping.Task;
            _busy = true;
        }
        RunTurns();
        return stopping.Task;
    }

    enum Admission { Waits, Run, Full, Refused }

    Admission Admit(in TCommand command, IReplySink<TReply>? sink, int index)
    {
        lock (_gate)
        {
            if (_stopping is not null) return Admission.Refused;
            if (_filling.Mailbox.Count >= _settings.MailboxCapacity) return Admission.Full;
            _filling.Mailbox.Add(command, sink, index);
            if (_busy) return Admission.Waits;
            _busy = true;
            return Admission.Run;
        }
    }

    Task WaitForRoom()
    {
        lock (_gate)
        {
            if (_filling.Mailbox.Count < _settings.MailboxCapacity || _stopping is not null) return Task.CompletedTask;
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _roomWaiters.Add(waiter);
            return waiter.Task;
        }
    }

    async ValueTask EnqueueWithRoomAsync(TCommand command, IReplySink<TReply>? sink, int index, Task room)
    {
        await room;
        await EnqueueAsync(command, sink, index);
    }

    ValueTask<bool> RequestOpen(bool onThisThread)
    {
        TaskCompletionSource<bool> opened;
        lock (_gate)
        {
            if (_stopping is not null) return new(false);
            opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _openWaiters.Add(opened);
            if (_busy) return new(opened.Task);
            _busy = true;
        }
        RunTurns(mayOpenHere: onThisThread);
        return new(opened.Task);
    }

    // ---- For whoever is busy

    void IThreadPoolWorkItem.Execute() => RunTurns();
    void IHeldTurns.Run() => RunTurns();

    void Resume()
    {
        FinishAppend();
        RunTurns();
    }

    void RunTurns(bool mayOpenHere = false)
    {
        for (var turns = 0; turns < InlineTurns; turns++)
        {
            if (_folded is null && IsNeeded())
            {
                // Opening may read a gigabyte: never on a thread of the pool, on which all sessions live.
                if (!mayOpenHere && MayTryToOpen)
                {
                    _host.Openings.Post(() => RunTurns(mayOpenHere: true));
                    return;
                }
                OpenLog();
            }
            if (!TakeCommands())
            {
                if (_finished is not null) AnswerFinished();
                else if (TryRest()) return;
                continue;
            }
            if (!TryDecide()) continue;
            if (_finished is not null) AnswerFinished();
            if (!_append.IsCompleted)
            {
                _append.UnsafeOnCompleted(_resume);
                return;
            }
            FinishAppend();
            if (_finished is not null) AnswerFinished();
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    bool MayTryToOpen => !_isDamaged && (_reopenAtOnce || _pause.IsOver);

    bool IsNeeded()
    {
        lock (_gate) return _makesRoom is not null || _filling.Mailbox.Count > 0 || _openWaiters.Count > 0 || _reopenAtOnce;
    }

    bool TakeCommands()
    {
        if (_makesRoom is not null)
        {
            (_running, _makesRoom) = (_makesRoom, null);
            return true;
        }
        lock (_gate)
        {
            if (_filling.Mailbox.Count == 0) return false;
            _running = _filling;
            _filling = NewTurn();
            foreach (var waiter in _roomWaiters) waiter.SetResult();
            _roomWaiters.Clear();
            return true;
        }
    }

    Turn<TCommand, TReply, TView> NewTurn() => _spare.TryPop(out var spare) ? spare : new();

    // False when the commands were refused, or some of them, and the others come next: there is nothing to wait for.
    bool TryDecide()
    {
        if (_folded?.Machine is not { } machine)
        {
            Refuse();
            return false;
        }
        if (!_pause.IsOver && !MakesRoomOnly(_running!))
        {
            RefuseWhatNeedsRoom();
            return false;
        }
        try
        {
            var now = _host.Now;
            _running!.Decide(machine, now);
            _append = _folded.AppendAsync(_running.Output, now).ConfigureAwait(false).GetAwaiter();
            return true;
        }
        catch (Exception exception)
        {
            Fail(exception);
            return false;
        }
    }

    void FinishAppend()
    {
        try
        {
            var outcome = _append.GetResult();
            Invariant.Check(outcome.Status == AppendStatus.Appended, "nobody but its sequencer writes to a log");
            var bytes = _running!.AppendedBytes();
            if (bytes > 0) Succeeded();
            _running.Settle(_parked);
            Publish(bytes);
            HandOn(_running.Output.Effects);
            (_finished, _running) = (_running, null);
            if (!outcome.Rolled) return;
            // A new segment is a good moment for a snapshot, but what is durable is answered first.
            AnswerFinished();
            TrySaveSnapshot();
        }
        catch (Exception exception) when (_running is not null)
        {
            Fail(exception);
        }
    }

    // The order matters. A reader takes the count first and the view afterwards, so it may count bytes twice that it has seen, but never misses any:
    // and whoever is awakened finds both.
    void Publish(long appendedBytes)
    {
        var machine = _folded!.Machine!;
        var due = machine.NextDeadline?.Ticks ?? NoDeadline;
        if (due != Volatile.Read(ref _nextDeadline)) MoveDeadline(due);
        var view = machine.View;
        if (ReferenceEquals(view, _view)) return;
        _view = view;
        Volatile.Write(ref _appendedBytes, _appendedBytes + appendedBytes);
        _viewWaiters.WakeAll();
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
            Semel.Broker.Log.EffectsFailed(_logger, LogName, exception);
        }
    }

    // One that moves on is not said at once: who is told too early looks.
    void MoveDeadline(long due)
    {
        Volatile.Write(ref _nextDeadline, due);
        if (due != NoDeadline) _host.Deadlines.SetAtLatest(_deadline, new TimeSpan(due));
    }

    void Succeeded()
    {
        _pause.Succeeded();
        if (_appendTrouble is null) return;
        _appendTrouble = null;
        Semel.Broker.Log.AppendsAgain(_logger, LogName);
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
        _settings.Refused?.Invoke(refused.Mailbox.Commands, _host.Now);
        Tell(refused.AnswerAll(StorageFailed()));
        _spare.Push(refused);
        RememberDeadline();
    }

    TReply StorageFailed() => _settings.StorageFailed(_offlineReason ?? _readOnlyReason ?? _appendTrouble ?? "the log is not open");

    // A tick may have been among them, and nobody else may come for long.
    void RememberDeadline()
    {
        if (_folded?.Machine?.NextDeadline is null || Volatile.Read(ref _nextDeadline) != NoDeadline) return;
        SetDeadline(_host.Now.Steady + (_pause.Length > ShortWait ? _pause.Length : ShortWait));
    }

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
        if (replyFailure is not null) Semel.Broker.Log.ReplyFailed(_logger, LogName, replyFailure);
    }

    // Nothing is undone: what was decided dies with the machine, and the log tells what has happened.
    void Fail(Exception exception)
    {
        // What the turn before has decided is durable.
        if (_finished is not null) AnswerFinished();
        _pause.Failed();
        TellTurnFailed(exception);
        CloseLog();
        _reopenAtOnce = true;
        Tell(_parked.AnswerAll(StorageFailed()));
        RefuseWhatNeedsRoom();
    }

    // A full disk is told once, not with each try.
    void TellTurnFailed(Exception exception)
    {
        var reason = LogTrouble.Sentence(exception);
        if (IsToldAlready(exception) && _appendTrouble is not null) Semel.Broker.Log.TurnFailedAgain(_logger, LogName, reason);
        else Semel.Broker.Log.TurnFailed(_logger, LogName, reason, LogTrouble.IsOfStorage(exception) ? null : exception);
        _appendTrouble = reason;
    }

    void OpenLog()
    {
        if (MayTryToOpen) TryOpenLog();
        _reopenAtOnce = false;
        CompleteOpenWaiters(_folded is not null);
    }

    void TryOpenLog()
    {
        try
        {
            var began = _host.Time.GetTimestamp();
            _folded = FoldedLog<TCommand, TReply, TView>.Open(_host.Store, _settings, _host.Now);
            _log = _folded.Log;
            if (_folded.WasLongReplay) TrySaveSnapshot();
            if (_log.Recovery.Detail is { } detail) Semel.Broker.Log.LogRecovered(_logger, LogName, detail);
            if (_offlineReason is not null) Semel.Broker.Log.LogOnlineAgain(_logger, LogName);
            Semel.Broker.Log.LogOpened(_logger, LogName, _log.Bounds.StartOffset, _log.Bounds.EndOffset, _folded.ReplayedBytes, _host.Time.GetElapsedTime(began).TotalMilliseconds);
            _offlineReason = null;
            foreach (var hole in _log.Holes) _holes.Report(hole.StartOffset, hole.Reason);
            if (_folded.Hole is { } inTheWay) ServeReadersOnly(inTheWay);
            else BeginToServe(_folded.Machine!);
        }
        catch (Exception exception)
        {
            CloseLog();
            GoOffline(exception);
        }
    }

    void BeginToServe(IMachine<TCommand, TReply, TView> machine)
    {
        var turn = NewTurn();
        var outstanding = turn.Resume(machine, _host.Now);
        _spare.Push(turn);
        Publish(appendedBytes: 0);
        HandOn(outstanding);
    }

    bool IsToldAlready(Exception exception)
    {
        var kind = LogTrouble.KindOf(exception);
        var isTold = kind == _toldKind;
        _toldKind = kind;
        return isTold;
    }

    void ServeReadersOnly(LogHoleException hole)
    {
        _readOnlyReason = $"no records are taken, because those that are sent again could not be recognised: {WithLastResort(LogTrouble.Sentence(hole))}";
        Semel.Broker.Log.LogReadOnly(_logger, LogName, _readOnlyReason);
        _view = _settings.ReadOnlyView!(_folded!.Log.Bounds);
        _viewWaiters.WakeAll();
    }

    string WithLastResort(string reason) => _settings.LastResort is { } last ? $"{reason} {last}" : reason;

    void GoOffline(Exception exception)
    {
        OpenFailure = exception;
        _isDamaged = exception is LogDamagedException or LogHoleException;
        var reason = LogTrouble.Sentence(exception);
        if (_isDamaged) reason = WithLastResort(reason);
        if (IsToldAlready(exception) && _offlineReason is not null) Semel.Broker.Log.LogNotOpenedAgain(_logger, LogName, reason);
        else if (_isDamaged) Semel.Broker.Log.LogDamaged(_logger, LogName, reason);
        else Semel.Broker.Log.LogNotOpened(_logger, LogName, reason, LogTrouble.IsOfStorage(exception) ? null : exception);
        _pause.Failed();
        _offlineReason = reason;
        // Nobody asks for it any more who was told that it has no leader: so it comes back by itself.
        if (!_isDamaged) SetDeadline(_host.Now.Steady + _pause.Length);
    }

    void TrySaveSnapshot()
    {
        try
        {
            _folded!.SaveSnapshot(_host.Now);
        }
        catch (Exception exception)
        {
            // The log has everything; only the next start takes longer.
            Semel.Broker.Log.SnapshotFailed(_logger, LogName, LogTrouble.Sentence(exception), LogTrouble.IsOfStorage(exception) ? null : exception);
        }
    }

    void CompleteOpenWaiters(bool isOpen)
    {
        lock (_gate)
        {
            foreach (var waiter in _openWaiters) waiter.SetResult(isOpen);
            _openWaiters.Clear();
        }
    }

    void CloseLog()
    {
        _view = null;
        _folded = null;
        _readOnlyReason = null;
        _viewWaiters.WakeAll();
        try
        {
            _log?.Dispose();
        }
        catch (Exception exception)
        {
            // Whatever a closing log says, nothing of it is used any more.
            Semel.Broker.Log.LogNotClosed(_logger, LogName, exception);
        }
        _log = null;
    }

    // True when the token was given back, or kept for ever because the sequencer has stopped.
    bool TryRest()
    {
        lock (_gate)
        {
            if (_filling.Mailbox.Count > 0 || _reopenAtOnce) return false;
            if (_openWaiters.Count > 0 && _folded is null) return false;
            CompleteOpenWaiters(isOpen: true);
            if (_stopping is null)
            {
                _busy = false;
                return true;
            }
        }
        Tell(_parked.AnswerAll(_settings.Stopped));
        if (_folded is not null && _stopWithSnapshot) TrySaveSnapshot();
        CloseLog();
        _host.Deadlines.Forget(_deadline);
        _stopping.SetResult();
        return true;
    }
}
