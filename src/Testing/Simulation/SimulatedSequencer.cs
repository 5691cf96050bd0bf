using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Log.Memory;
using Semel.Machines.Turn;

namespace Semel.Testing.Simulation;

/// <summary>
/// The four beats of a turn in virtual time, with the real machine, the real turn runner and the real loading of a machine: take, decide, append (which takes a while
/// and may fail or be overtaken by a crash), answer. Commands that come meanwhile wait for the next turn.
/// </summary>
internal sealed class SimulatedSequencer<TCommand, TReply, TView> where TView : class
{
    readonly SimulatedWorld _world;
    readonly string _logName;
    readonly Func<IMachine<TCommand, TReply, TView>> _newMachine;
    readonly TReply _storageFailed;
    readonly List<(TCommand Command, Action<TReply> Answer)> _mailbox = [];
    readonly List<(TCommand Command, Action<TReply> Answer)> _turn = [];
    IMachine<TCommand, TReply, TView>? _machine;
    TurnRunner<TCommand, TReply, TView>? _runner;
    ILog? _log;
    SnapshotWriter? _snapshots;
    byte[]? _stateBeforeCrash;
    int _incarnation;
    bool _isBusy, _isAppending;

    public SimulatedSequencer(SimulatedWorld world, string logName, Func<IMachine<TCommand, TReply, TView>> newMachine, TReply storageFailed)
    {
        (_world, _logName, _newMachine, _storageFailed) = (world, logName, newMachine, storageFailed);
    }

    /// <summary>The view is to be shown to readers: everything in it is durable.</summary>
    public Action<TView, ILog>? Published { get; init; }

    /// <summary>Says what two states, as snapshots, differ in; null when they are the same.</summary>
    public required Func<byte[], byte[], string?> Difference { get; init; }

    /// <summary>What the machine is told when its deadline has come.</summary>
    public Func<TCommand>? Tick { get; init; }

    /// <summary>A command is about to be answered with the failure of the log.</summary>
    public Action<TCommand>? Refused { get; init; }

    public TView? View => _machine?.View;

    public void Open()
    {
        _log = _world.Store.OpenOrCreate(_logName, new LogOptions { SegmentBytes = 1 << 20 });
        var loaded = MachineLoader.Load(_log, _ => _newMachine(), _world.Clock.Moment);
        _machine = loaded.Machine;
        _runner = new(_machine);
        _snapshots = new SnapshotWriter(_log, loaded.SnapshotOffset);
        if (_stateBeforeCrash is { } before && Difference(before, Save()) is { } difference)
            _world.Oracle.Fail($"{_logName}: the state folded from the log is not the one that was live: {difference}");
        _stateBeforeCrash = null;
        Published?.Invoke(_machine.View, _log);
        PlanTick();
    }

    public void Enqueue(TCommand command, Action<TReply> answer)
    {
        _mailbox.Add((command, answer));
        StartTurn();
    }

    void StartTurn()
    {
        if (_isBusy || _mailbox.Count == 0 || _machine is null) return;
        _isBusy = true;
        _turn.AddRange(_mailbox);
        _mailbox.Clear();
        _runner!.Decide(CollectionsMarshal.AsSpan(_turn.ConvertAll(static waiting => waiting.Command)), _world.Clock.Moment);
        if (_runner.Output.Appends.Count == 0 && _runner.Output.StartOffset is null)
        {
            Answer();
            return;
        }
        _isAppending = true;
        var incarnation = _incarnation;
        _world.Clock.After(_world.Random.Between(TimeSpan.FromMicroseconds(50), _world.Plan.DiskDelay), () =>
        {
            if (incarnation == _incarnation) FinishAppend();
        });
    }

    void FinishAppend()
    {
        _isAppending = false;
        var isWritten = _runner!.Output.Appends.Count > 0;
        if (isWritten && _world.Strikes(_world.Plan.FailedAppendOneIn)) FailAppend();
        else if (isWritten && !TryAppend(_runner.Output.Appends)) Fail(keepsState: false);
        else
        {
            if (_runner.Output.StartOffset is { } start) TrimStart(start);
            else if (_world.Plan.HasSnapshots && _world.Strikes(6)) SaveSnapshot();
            Answer();
        }
    }

    bool TryAppend(IReadOnlyList<ReadOnlyMemory<byte>> batches)
    {
        var appended = _log!.AppendAsync(batches, BinaryPrimitives.ReadInt64BigEndian(batches[0].Span));
        return appended.GetAwaiter().GetResult().Status == AppendStatus.Appended;
    }

    void TrimStart(long start)
    {
        _snapshots!.SaveAnew(_machine!, _world.Clock.Moment);
        _log!.TrimStartAsync(start).GetAwaiter().GetResult();
    }

    void SaveSnapshot()
    {
        _world.Note("snapshot", _log!.Bounds.EndOffset);
        _snapshots!.Save(_machine!, _world.Clock.Moment);
        // A damaged snapshot above a sound one: what cannot be loaded is passed over.
        if (_world.Plan is { HasDamagedSnapshots: true, DeletesRecords: false } && _world.Strikes(4)) _log!.SaveSnapshot(_log.Bounds.EndOffset, [0, 0, 0]);
    }

    /// <summary>The disk said no. What it has in truth: nothing, the first batches, or all of them.</summary>
    void FailAppend()
    {
        WriteSome("append-failed");
        Fail(keepsState: _world.Fault == SimulationFault.StateKeptAfterFailedAppend);
    }

    /// <returns>How many batches of the turn are in the log.</returns>
    int WriteSome(string why)
    {
        var batches = _runner!.Output.Appends;
        var survivors = _world.Random.OneOf(0, batches.Count, _world.Random.Below(batches.Count + 1));
        _world.Note(why, survivors, batches.Count);
        if (survivors > 0 && survivors < batches.Count) _world.Counts.Add("torn-append");
        if (survivors > 0 && !TryAppend([.. batches.Take(survivors)])) return 0;
        return survivors;
    }

    /// <summary>Nobody knows what is in the log: everybody is told so, and the machine is folded anew.</summary>
    void Fail(bool keepsState)
    {
        if (!keepsState)
        {
            _log!.Dispose();
            _machine = null;
            Open();
        }
        foreach (var (command, _) in _turn) Refused?.Invoke(command);
        Release([.. _turn.Select(_ => _storageFailed)]);
    }

    void Answer()
    {
        Published?.Invoke(_machine!.View, _log!);
        PlanTick();
        Release([.. _runner!.Output.Replies]);
    }

    void Release(TReply[] replies)
    {
        Action<TReply>[] answers = [.. _turn.Select(static waiting => waiting.Answer)];
        _turn.Clear();
        var incarnation = _incarnation;
        for (var i = 0; i < answers.Length && incarnation == _incarnation; i++) answers[i](replies[i]);
        if (incarnation != _incarnation) return;
        _isBusy = false;
        StartTurn();
    }

    void PlanTick()
    {
        if (Tick is null || _machine!.NextDeadline is not { } deadline) return;
        var incarnation = _incarnation;
        var wait = deadline - _world.Clock.Now;
        _world.Clock.After(wait < TimeSpan.FromMilliseconds(100) ? TimeSpan.FromMilliseconds(100) : wait, () =>
        {
            if (incarnation == _incarnation && _machine?.NextDeadline <= _world.Clock.Now) Enqueue(Tick(), static _ => { });
        });
    }

    /// <summary>The broker's process dies; what a turn has written by now survives or not. The store is told separately.</summary>
    public void Crash()
    {
        if (_machine is null) return;
        var isWriting = _isAppending && _runner!.Output.Appends.Count > 0;
        var isKnown = !_isAppending;
        if (isWriting && _world.Random.OneIn(2)) isKnown = WriteSome("crash-while-appending") == _runner!.Output.Appends.Count && _runner.Output.StartOffset is null;
        else if (isWriting) WriteWithoutForcing();
        if (isKnown) _stateBeforeCrash = Save();
        Drop();
    }

    /// <summary>The bytes were given to the disk and never forced: the crash takes them.</summary>
    void WriteWithoutForcing()
    {
        _world.Note("crash-before-force");
        _world.Store.AppendFaults = static _ => AppendFault.NotDurable;
        try
        {
            TryAppend(_runner!.Output.Appends);
        }
        catch (LogFailedException)
        {
            // As planned: the batches are there until the crash.
        }
        _world.Store.AppendFaults = null;
    }

    /// <summary>An orderly stop, if no append is under way.</summary>
    /// <returns>False when one is.</returns>
    public bool TryStop()
    {
        if (_isBusy) return false;
        if (_machine is null) return true;
        _snapshots!.Save(_machine, _world.Clock.Moment);
        _stateBeforeCrash = Save();
        _log!.Dispose();
        Drop();
        return true;
    }

    void Drop()
    {
        _incarnation++;
        _machine = null;
        _log = null;
        _mailbox.Clear();
        _turn.Clear();
        _isBusy = _isAppending = false;
    }

    byte[] Save()
    {
        var bytes = new ArrayBufferWriter<byte>();
        _machine!.Save(bytes, _world.Clock.Moment);
        return bytes.WrittenSpan.ToArray();
    }
}
