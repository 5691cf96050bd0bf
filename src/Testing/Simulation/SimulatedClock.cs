using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Testing.Simulation;

/// <summary>
/// Time that passes only from event to event. Two clocks in one, as on a real machine: the monotonic one orders the events, the wall clock may be set
/// while it runs. Events of the same moment run in the order in which they were planned.
/// </summary>
internal sealed class SimulatedClock : TimeProvider
{
    static readonly DateTimeOffset Begin = DateTimeOffset.UnixEpoch.AddDays(20_000);
    readonly PriorityQueue<Action, (long Ticks, long Order)> _events = new();
    long _order;

    public TimeSpan Now { get; private set; }

    /// <summary>How far the wall clock was set forward or back.</summary>
    public TimeSpan WallShift { get; set; }

    public Instant Wall => new(GetUtcNow().ToUnixTimeMilliseconds());

    public Moment Moment => new(Wall, Now);

    public override DateTimeOffset GetUtcNow() => Begin + Now + WallShift;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => Now.Ticks;

    /// <summary>A timer of this time, for parts of the broker that wait by a <see cref="TimeProvider"/>; it fires once.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class SimulatedTimer(SimulatedClock clock, TimerCallback callback, object? state) : ITimer
    {
        int _set;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var set = ++_set;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            clock.After(dueTime, () =>
            {
                if (set == _set) callback(state);
            });
            return true;
        }

        public void Dispose() => _set++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }

    public void After(TimeSpan delay, Action run) => At(Now + delay, run);

    public void At(TimeSpan moment, Action run) => _events.Enqueue(run, (Math.Max(moment.Ticks, Now.Ticks), _order++));

    /// <returns>False when nothing is left to happen before <paramref name="end"/>.</returns>
    public bool RunNext(TimeSpan end)
    {
        if (!_events.TryPeek(out _, out var key) || key.Ticks > end.Ticks) return false;
        Now = TimeSpan.FromTicks(key.Ticks);
        _events.Dequeue()();
        return true;
    }
}
