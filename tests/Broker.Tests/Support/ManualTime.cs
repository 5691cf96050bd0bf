namespace Semel.Broker.Tests.Support;

/// <summary>A clock that moves when it is told, and fires its timers then, on the thread that tells.</summary>
internal sealed class ManualTime : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<ManualTimer> _timers = [];
    readonly SemaphoreSlim _changed = new(0);
    DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    TimeSpan _wallShift;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now + _wallShift;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate) return _now.Ticks;
    }

    /// <summary>Somebody sets the clock on the wall: no time passes, and no timer is nearer.</summary>
    public void SetWallClock(TimeSpan by)
    {
        lock (_gate) _wallShift += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate) _timers.Add(timer);
        _changed.Release();
        return timer;
    }

    /// <summary>Completes when somebody has set a timer that is due so much later than now.</summary>
    public async Task WaitForTimerAsync(TimeSpan due)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            lock (_gate)
            {
                if (_timers.Exists(timer => timer.DueAt == _now + due)) return;
            }
            await _changed.WaitAsync(patience.Token);
        }
    }

    public void Advance(TimeSpan by)
    {
        ManualTimer[] due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.DueAt <= _now)];
        }
        foreach (var timer in due) timer.Fire();
    }

    /// <summary>So far, and then two seconds in which the broker's sweep finds what is late.</summary>
    public void AdvanceAndSweep(TimeSpan by)
    {
        Advance(by);
        Advance(TimeSpan.FromSeconds(1));
        Advance(TimeSpan.FromSeconds(1));
    }

    sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        TimeSpan _period;
        public DateTimeOffset DueAt { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                _period = period;
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : time._now + dueTime;
            }
            return true;
        }

        public void Fire()
        {
            lock (time._gate) DueAt = _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? DateTimeOffset.MaxValue : time._now + _period;
            callback(state);
        }

        public void Dispose()
        {
            lock (time._gate) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
