using Microsoft.Extensions.Logging;
using Semel.Protocol;

namespace Semel.Broker.Sequencing;

/// <summary>
/// The one place where the broker sleeps until something is due: one timer for the earliest of all deadlines, however many there are. Nobody is asked
/// who has nothing due. A deadline is told at most a few milliseconds late; where the clock that deadlines are given in was set forward, at most
/// <see cref="LongestSleep"/>. Thread safe.
/// </summary>
internal sealed class Deadlines : IAsyncDisposable
{
    /// <summary>Then the clock is looked at again, should it have been set.</summary>
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    readonly DeadlineHeap _heap = new();
    readonly Func<Instant> _now;
    readonly ILogger _logger;
    readonly ITimer _timer;

    // What the timer was set for; the largest number while it sleeps for nothing.
    long _wakesAt = long.MaxValue;
    long _toldAt = long.MinValue;
    bool _isTelling, _isDisposed;

    /// <param name="now">The clock of the deadlines. It may be another one than the timer sleeps by.</param>
    public Deadlines(TimeProvider time, Func<Instant> now, ILogger logger)
    {
        (_now, _logger) = (now, logger);
        _timer = time.CreateTimer(static self => ((Deadlines)self!).TellAllThatAreDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many are waiting for one.</summary>
    public int Count
    {
        get { lock (_gate) return _heap.Count; }
    }

    public Instant Now => _now();

    /// <summary>
    /// The owner is told when this has come. One deadline each: an earlier one takes the place of a later, but not a later one that of an earlier, so that a
    /// deadline that moves with every turn costs nothing. Who is told too early says the right one then.
    /// </summary>
    public void SetAtLatest(DeadlineHeap.Entry entry, Instant due)
    {
        lock (_gate)
        {
            if (_isDisposed || (entry.IsListed && entry.DueAt <= due.UnixMilliseconds)) return;
            // What is told now is not told once more in the same round, whatever its owner says: so each round ends.
            _heap.Set(entry, _isTelling ? Math.Max(due.UnixMilliseconds, _toldAt + 1) : due.UnixMilliseconds);
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
        var now = _now().UnixMilliseconds;
        var sleep = Math.Clamp(earliest - now, 1, (long)LongestSleep.TotalMilliseconds);
        _wakesAt = now + sleep;
        _timer.Change(TimeSpan.FromMilliseconds(sleep), Timeout.InfiniteTimeSpan);
    }

    void TellAllThatAreDue()
    {
        var now = _now();
        lock (_gate)
        {
            if (_isTelling || _isDisposed) return;
            (_isTelling, _toldAt) = (true, now.UnixMilliseconds);
        }
        while (TakeDue(now) is { } due) Tell(due, now);
        lock (_gate)
        {
            _isTelling = false;
            _wakesAt = long.MaxValue;
            if (!_isDisposed) Sleep();
        }
    }

    IDeadlineOwner? TakeDue(Instant now)
    {
        lock (_gate) return _isDisposed ? null : _heap.TakeDue(now.UnixMilliseconds)?.Owner;
    }

    void Tell(IDeadlineOwner owner, Instant now)
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
