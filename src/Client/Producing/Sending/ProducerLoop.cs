using System.Collections.Concurrent;
using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Producing.Sending;

/// <summary>What the machine's effects are carried out by.</summary>
internal interface IEffectPerformer
{
    void Perform(ProducerEffect effect);

    /// <summary>After each turn.</summary>
    void TurnEnded(ProducerMachine machine);

    /// <summary>The loop ended by a defect.</summary>
    void Fail(Exception failure);
}

/// <summary>
/// Drives the machine: takes what was posted, in the order of the posts, lets time pass, has the effects carried out, and rests until something is posted or a
/// moment comes for which the machine asked. No thread is held while it rests, and never do two run it at once. Posting is thread safe.
/// </summary>
internal sealed class ProducerLoop : IThreadPoolWorkItem, IDisposable
{
    readonly ProducerMachine _machine;
    readonly Func<TimeSpan> _now;
    readonly ConcurrentQueue<ProducerInput> _posted = new();
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ITimer _timer;
    IEffectPerformer? _performer;
    TimeSpan? _timerSetFor;
    // Posts, ticks and calls since the last turn that nobody has worked off yet: whoever raises it from zero runs the turns.
    int _wakes;
    volatile bool _isEnding, _timerHasFired;
    bool _hasFailed;

    public ProducerLoop(ProducerMachine machine, TimeProvider time, Func<TimeSpan> now)
    {
        _machine = machine;
        _now = now;
        _timer = time.CreateTimer(static loop => ((ProducerLoop)loop!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends when <see cref="End"/> was called and nothing is left.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What is posted before waits until then.</summary>
    public void Start(IEffectPerformer performer)
    {
        Volatile.Write(ref _performer, performer);
        Wake();
    }

    public void Post(ProducerInput input)
    {
        _posted.Enqueue(input);
        Wake();
    }

    /// <summary>As <see cref="Post"/>; when the loop rests, the calling thread, which is nobody's but the pool's, runs it instead of waking another.</summary>
    public void PostFromPool(ProducerInput input)
    {
        _posted.Enqueue(input);
        if (Interlocked.Increment(ref _wakes) == 1) ((IThreadPoolWorkItem)this).Execute();
    }

    /// <summary>The loop ends once nothing is posted any more and the machine has nothing left.</summary>
    public void End()
    {
        _isEnding = true;
        Wake();
    }

    void Wake()
    {
        if (Interlocked.Increment(ref _wakes) == 1) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void OnTimer()
    {
        // A timer may fire a little before its moment; the turn that it begins sets it again.
        _timerHasFired = true;
        if (Interlocked.Increment(ref _wakes) == 1) ((IThreadPoolWorkItem)this).Execute();
    }

    void IThreadPoolWorkItem.Execute()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _wakes);
            if (Volatile.Read(ref _performer) is { } performer && !_hasFailed) Run(performer);
        }
        while (Interlocked.Add(ref _wakes, -seen) != 0);
    }

    void Run(IEffectPerformer performer)
    {
        try
        {
            Turn(performer);
            SetTimer();
            if (_isEnding && _posted.IsEmpty && !_machine.HasWork) _ended.TrySetResult();
        }
        catch (Exception failure)
        {
            _hasFailed = true;
            performer.Fail(failure);
            _ended.TrySetResult();
        }
    }

    void Turn(IEffectPerformer performer)
    {
        while (_posted.TryDequeue(out var input)) _machine.Take(input, _now());
        _machine.Advance(_now());
        foreach (var effect in _machine.TakeEffects()) performer.Perform(effect);
        performer.TurnEnded(_machine);
    }

    /// <summary>A timer that is set for an earlier moment than needed costs one empty turn; setting it anew each time would cost more.</summary>
    void SetTimer()
    {
        if (_timerHasFired)
        {
            _timerHasFired = false;
            _timerSetFor = null;
        }
        if (_machine.NextDeadline is not { } deadline) return;
        var now = _now();
        if (_timerSetFor is { } earlier && earlier > now && earlier <= deadline) return;
        _timerSetFor = deadline;
        var wait = Math.Max(0, Math.Min(Math.Ceiling((deadline - now).TotalMilliseconds), int.MaxValue));
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
