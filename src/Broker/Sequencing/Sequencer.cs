using Semel.Log;
using Semel.Machines.Producers;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>
/// Runs the turns of one log (<see cref="TurnCycle{TCommand,TReply,TView}"/>): takes the commands that wait, decides them, appends what was decided at the log's
/// expected end and waits until it is durable, then publishes the view and releases the replies.
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
internal sealed class Sequencer<TCommand, TReply, TView> : ISequencer, IReadableLog, IHeldTurns, IDeadlineOwner, ITurnOwner<TCommand, TReply, TView>, IThreadPoolWorkItem
    where TView : class
{
    /// <summary>Turns that one caller runs for others before a thread of the pool takes over.</summary>
    const int InlineTurns = 16;

    /// <summary>After this a tick that found no room is tried again.</summary>
    static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    readonly SequencerSettings<TCommand, TReply, TView> _settings;
    readonly SequencerHost _host;
    readonly Action _resume;
    readonly DeadlineHeap.Entry _deadline;

    // Guarded by the gate.
    readonly Lock _gate = new();
    Turn<TCommand, TReply, TView> _filling = new();
    readonly List<TaskCompletionSource> _roomWaiters = [];
    readonly List<TaskCompletionSource<bool>> _openWaiters = [];
    TaskCompletionSource? _stopping;
    bool _busy, _stopWithSnapshot;

    // Its steps are made by whoever is busy; what it publishes is read by everybody.
    readonly TurnCycle<TCommand, TReply, TView> _cycle;

    long _nextDeadline = NoDeadline;

    const long NoDeadline = long.MaxValue;

    public Sequencer(SequencerSettings<TCommand, TReply, TView> settings, SequencerHost host)
    {
        (_settings, _host) = (settings, host);
        _resume = Resume;
        _deadline = new(this);
        _cycle = new(settings, host.Store, this, host.Logger);
    }

    public string LogName => _settings.LogName;
    public string? OfflineReason => _cycle.Health.OfflineReason;
    public string? ReadOnlyReason => _cycle.Health.ReadOnlyReason;

    /// <summary>What opening the log ended with the last time that it failed; null when it never did.</summary>
    public Exception? OpenFailure => _cycle.Health.OpenFailure;

    /// <summary>What readers may know; null while the log is not open.</summary>
    public TView? View => _cycle.Published.View;

    IReadView? IReadableLog.View => View as IReadView;
    public ILog? Log => _cycle.Published.Log;
    public long AppendedBytes => _cycle.Published.AppendedBytes;

    public void ReportHole(LogHoleException hole) => _cycle.Holes.Report(hole.StartOffset, hole.Message);
    public ViewWaiterList.Place WaitForView(IViewWaiter waiter) => _cycle.Published.Waiters.Add(waiter);
    public void LeaveView(ViewWaiterList.Place place) => _cycle.Published.Waiters.Remove(place);

    public Moment Now => _host.Now;

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
    public ValueTask<bool> OpenAsync() => View is not null ? new(true) : _cycle.Health.IsLeftAlone(Now.Steady) ? new(false) : RequestOpen(onThisThread: false);

    public bool Open()
    {
        var opened = View is not null ? new(true) : RequestOpen(onThisThread: true);
        // Somebody else may be opening it at this moment; then this thread, which exists for opening logs, waits for the outcome.
        return opened.IsCompleted ? opened.Result : opened.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>The machine is told that its time has come, or a log that is offline is tried again.</summary>
    public void DeadlineCame(TimeSpan now)
    {
        var due = Volatile.Read(ref _nextDeadline);
        if (due == NoDeadline) return;
        if (now.Ticks < due)
        {
            _host.Deadlines.SetAtLatest(_deadline, new TimeSpan(due));
            return;
        }
        // Forgotten here, so that the next one is heard, even if that is the same moment.
        Volatile.Write(ref _nextDeadline, NoDeadline);
        if (OfflineReason is null) Tick(now);
        else if (_cycle.Health.IsPauseOver(now)) _ = RequestOpen(onThisThread: false);
        else DeadlineIs(now + ShortWait);
    }

    void Tick(TimeSpan now)
    {
        if (_settings.Tick is not { } tick) return;
        switch (Admit(tick(), null, 0))
        {
            case Admission.Run:
                RunTurns();
                break;
            case Admission.Full:
                DeadlineIs(now + ShortWait);
                break;
        }
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
        _cycle.FinishAppend();
        RunTurns();
    }

    void RunTurns(bool mayOpenHere = false)
    {
        for (var turns = 0; turns < InlineTurns; turns++)
        {
            switch (_cycle.Step(mayOpenHere))
            {
                case TurnStep.Opening:
                    // Never on a thread of the pool, on which all sessions live.
                    _host.Openings.Post(() => RunTurns(mayOpenHere: true));
                    return;
                case TurnStep.Appending:
                    _cycle.WhenAppended(_resume);
                    return;
                case TurnStep.Idle:
                    if (TryRest()) return;
                    break;
            }
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public bool IsAwaited
    {
        get { lock (_gate) return _filling.Mailbox.Count > 0 || _openWaiters.Count > 0; }
    }

    public Turn<TCommand, TReply, TView>? TakeCommands()
    {
        lock (_gate)
        {
            if (_filling.Mailbox.Count == 0) return null;
            var taken = _filling;
            _filling = _cycle.NewTurn();
            foreach (var waiter in _roomWaiters) waiter.SetResult();
            _roomWaiters.Clear();
            return taken;
        }
    }

    public void OpeningEnded(bool isOpen)
    {
        lock (_gate) CompleteOpenWaiters(isOpen);
    }

    // One that moves on is not said at once: who is told too early looks.
    public void DeadlineIs(TimeSpan? due)
    {
        var ticks = due?.Ticks ?? NoDeadline;
        if (ticks == Volatile.Read(ref _nextDeadline)) return;
        Volatile.Write(ref _nextDeadline, ticks);
        if (due is { } moment) _host.Deadlines.SetAtLatest(_deadline, moment);
    }

    // Under the gate.
    void CompleteOpenWaiters(bool isOpen)
    {
        foreach (var waiter in _openWaiters) waiter.SetResult(isOpen);
        _openWaiters.Clear();
    }

    // True when the token was given back, or kept for ever because the sequencer has stopped.
    bool TryRest()
    {
        lock (_gate)
        {
            if (_filling.Mailbox.Count > 0 || _cycle.Health.IsToBeReopened) return false;
            if (_openWaiters.Count > 0 && !_cycle.IsOpen) return false;
            CompleteOpenWaiters(isOpen: true);
            if (_stopping is null)
            {
                _busy = false;
                return true;
            }
        }
        _cycle.Stop(_stopWithSnapshot);
        _host.Deadlines.Forget(_deadline);
        _stopping.SetResult();
        return true;
    }
}
