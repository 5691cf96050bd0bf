using Semel.Client.Configuration;
using Semel.Client.Consuming.Chunks;

namespace Semel.Client.Consuming.Reading;

/// <summary>Carries out what the machine wants done, outside of its lock.</summary>
internal interface IConsumerEffectPerformer
{
    void Perform(ConsumerEffects effects);
}

/// <summary>
/// The machine and the lock without which nobody gets at it. <c>using var turn = guarded.Enter();</c> has it; when the turn is over the lock is left, and then
/// what the turn made necessary is done. The lock is held for a few instructions per chunk or record: sending, receiving and decoding go on outside.
///
/// Turns nest on one thread (memory is let go within a turn, which may let others go on). Thread safe.
/// </summary>
internal sealed class GuardedMachine
{
    readonly Lock _gate = new();
    readonly ConsumerMachine _machine;
    readonly TimeProvider _time;
    readonly long _start;
    IConsumerEffectPerformer? _performer;
    ConsumerEffects? _spare = new();
    int _depth;
    bool _isMemoryFreed, _isEnded, _isClosed;

    public GuardedMachine(ConsumerOptions options)
    {
        _time = options.Time;
        _start = _time.GetTimestamp();
        Memory = new FetchMemory(options.QueuedMaxBytes, OnMemoryFreed);
        _machine = new ConsumerMachine(options, Memory);
    }

    public FetchMemory Memory { get; }
    public bool IsClosed => Volatile.Read(ref _isClosed);
    /// <summary>Nothing is handed out any more.</summary>
    public bool IsEnded => Volatile.Read(ref _isEnded);

    /// <summary>The time since the consumer was made, on a clock that is never set.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);
    public Moment Moment => new(Now, new Instant(_time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>What turns made necessary before is not done.</summary>
    public void Start(IConsumerEffectPerformer performer) => _performer = performer;

    public Turn Enter()
    {
        _gate.Enter();
        _depth++;
        return new Turn(this);
    }

    /// <summary>A turn that hands out a record mostly leaves nothing to do.</summary>
    void Leave()
    {
        if (--_depth > 0 || (_machine.Effects.IsEmpty && !_isMemoryFreed)) _gate.Exit();
        else LeaveWithEffects();
    }

    void LeaveWithEffects()
    {
        ConsumerEffects? effects = null;
        try
        {
            Settle();
            effects = _machine.TakeEffects(_spare ?? new ConsumerEffects());
            _spare = null;
            if (_machine.IsEnding) Volatile.Write(ref _isEnded, true);
            if (_machine.IsClosed) Volatile.Write(ref _isClosed, true);
        }
        finally
        {
            _gate.Exit();
        }
        if (effects is not null) Perform(effects);
    }

    void Settle()
    {
        // What settles may let memory go once more.
        _depth++;
        while (_isMemoryFreed || _machine.IsDue)
        {
            if (_machine.IsDue) _machine.Advance(Moment);
            if (!_isMemoryFreed) continue;
            _isMemoryFreed = false;
            _machine.MemoryFreed();
        }
        _depth--;
    }

    void Perform(ConsumerEffects effects)
    {
        _performer?.Perform(effects);
        effects.Clear();
        Volatile.Write(ref _spare, effects);
    }

    void OnMemoryFreed()
    {
        // Within a turn it waits until the turn has decided what it was about to.
        if (_gate.IsHeldByCurrentThread) _isMemoryFreed = true;
        else
            using (var turn = Enter()) turn.Machine.MemoryFreed();
    }

    /// <summary>Not to be copied, and not to outlive the method that entered it.</summary>
    public readonly ref struct Turn(GuardedMachine guarded)
    {
        public ConsumerMachine Machine => guarded._machine;
        public void Dispose() => guarded.Leave();
    }
}
