using System.Diagnostics;

namespace Semel.Client.Tests;

/// <summary>A clock that stands still until the test moves it; timers fire while it moves, in the order of their times.</summary>
internal sealed class ManualTime : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<Timer> _timers = [];
    TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() { lock (_gate) return _now.Ticks; }
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Completes when somebody has set a timer that is due so much later than now. Whoever moves the clock before what comes over a socket has led to its timer
    /// moves it under requests and dials that are still under way: they time out, one after the other, as fast as the clock is moved.
    /// </summary>
    public async Task WaitForTimerAsync(TimeSpan due)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!IsDue(due))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Moves the clock until something has happened that needs both: pauses that pass, and answers that come. No faster than sockets can follow.</summary>
    public async Task RunUntilAsync(Func<bool> hasHappened)
    {
        const int speed = 10;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var real = Stopwatch.StartNew();
        for (var moved = TimeSpan.Zero; !hasHappened();)
        {
            patience.Token.ThrowIfCancellationRequested();
            var due = real.Elapsed * speed;
            Advance(due - moved);
            moved = due;
            await Task.Yield();
        }
    }

    bool IsDue(TimeSpan due)
    {
        lock (_gate) return _timers.Exists(timer => timer.DueAt == _now + due);
    }

    public void Advance(TimeSpan by)
    {
        var until = _now + by;
        while (Next(until) is { } timer) timer.Fire();
        lock (_gate) _now = until;
    }

    Timer? Next(TimeSpan until)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.DueAt <= until).MinBy(timer => timer.DueAt);
            if (next is null) return null;
            if (next.DueAt > _now) _now = next.DueAt;
            _timers.Remove(next);
            return next;
        }
    }

    sealed class Timer(ManualTime time, Action fire) : ITimer
    {
        public TimeSpan DueAt { get; private set; }
        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero) throw new NotSupportedException("timers here fire once");
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                DueAt = time._now + dueTime;
                time._timers.Add(this);
            }
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
