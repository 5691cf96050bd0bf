using Microsoft.Extensions.Logging;

namespace Semel.Broker.Sequencing;

/// <summary>
/// The one place where the broker sleeps until something is due: one timer for the earliest of all deadlines, however many there are. Nobody is asked
/// who has nothing due. Deadlines are by the steady clock, which nobody sets, and are told at most a few milliseconds late. Thread safe.
/// </summary>
internal sealed class Deadlines : IAsyncDisposable
{
    /// <summary>A timer sleeps no longer than some weeks; then it is set again.</summary>
    static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);
    static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(1);

    readonly Lock _gate = new();
    readonly DeadlineHeap _heap = new();
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly ITimer _timer;

    // What the timer was set for; the largest number while it sleeps for nothing.
    long _wakesAt = long.MaxValue;
    long _toldAt = long.MinValue;
    bool _isTelling, _isDisposed;

    public Deadlines(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        _timer = time.CreateTimer(static self => ((Deadlines)self!).TellAllThatAreDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many are waiting for one.</summary>
    public int Count
    {
        get { lock (_gate) return _heap.Count; }
    }

    TimeSpan Now => _time.Moment().Steady;

    /// <summary>
    /// The owner is told when this has come. One deadline each: an earlier one takes the place of a later, but not a later one that of an earlier, so that a
    /// deadline that moves with every turn costs nothing. Who is told too early says the right one then.
    /// </summary>
    public void SetAtLatest(DeadlineHeap.Entry entry, TimeSpan due)
    {
        lock (_gate)
        {
            if (_isDisposed || (entry.IsListed && entry.DueAt <= due.Ticks)) return;
            // What is told now is not told once more in the same round, whatever its owner says: so each round ends.
            _heap.Set(entry, _isTelling ? Math.Max(due.Ticks, _toldAt + 1) : due.Ticks);
            if (!_isTelling) Sleep();
        }
    }

    /// <summary>The owner has no deadline any more.</summary>
    public void Forget(DeadlineHeap.Entry entry)
    {
        lock (_gate) _heap.Remove(entry);
    }

    void Sleep()
    {
        var earliest = _heap.Earliest;
        if (earliest >= _wakesAt || earliest == long.MaxValue) return;
        var now = Now;
        // Timers count whole milliseconds: one that is cut short would find nothing due.
        var sleep = Math.Clamp(TimeSpan.FromMilliseconds(Math.Ceiling(new TimeSpan(earliest - now.Ticks).TotalMilliseconds)).Ticks, ShortestSleep.Ticks, LongestSleep.Ticks);
        _wakesAt = now.Ticks + sleep;
        _timer.Change(new TimeSpan(sleep), Timeout.InfiniteTimeSpan);
    }

    void TellAllThatAreDue()
    {
        var now = Now;
        lock (_gate)
        {
            if (_isTelling || _isDisposed) return;
            (_isTelling, _toldAt) = (true, now.Ticks);
        }
        while (TakeDue(now) is { } due) Tell(due, now);
        lock (_gate)
        {
            _isTelling = false;
            _wakesAt = long.MaxValue;
            if (!_isDisposed) Sleep();
        }
    }

    IDeadlineOwner? TakeDue(TimeSpan now)
    {
        lock (_gate) return _isDisposed ? null : _heap.TakeDue(now.Ticks)?.Owner;
    }

    void Tell(IDeadlineOwner owner, TimeSpan now)
    {
        try
        {
            owner.DeadlineCame(now);
        }
        catch (Exception exception)
        {
            // On a timer's thread it would end the process, and with it everybody else's deadlines.
            Broker.Log.DeadlineFailed(_logger, exception);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate) _isDisposed = true;
        return _timer.DisposeAsync();
    }
}
