namespace Semel.Log.Tests;

/// <summary>A wall clock that a test moves by hand. Timers ring once, on the thread that moves it.</summary>
public sealed class ManualTime : TimeProvider
{
    readonly List<ManualTimer> _timers = [];

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.FromUnixTimeMilliseconds(TestBatches.FirstTimestamp);

    public void Advance(TimeSpan by)
    {
        Now += by;
        ManualTimer[] timers;
        lock (_timers) timers = [.. _timers];
        foreach (var timer in timers) timer.RingWhenDue(Now);
    }

    public override DateTimeOffset GetUtcNow() => Now;
    public override long GetTimestamp() => Now.UtcTicks;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_timers) _timers.Add(timer);
        return timer;
    }

    sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        DateTimeOffset? _due;

        public void RingWhenDue(DateTimeOffset now)
        {
            if (_due is not { } due || due > now) return;
            _due = null;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _due = dueTime == Timeout.InfiniteTimeSpan ? null : time.Now + dueTime;
            return true;
        }

        public void Dispose() => _due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
