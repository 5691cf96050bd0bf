namespace Semel.Client.Connections;

/// <summary>
/// Wakes one waiting loop. A signal that comes while nobody waits is kept, once, so none is lost between looking and waiting. Any number of threads may set it, one waits.
/// </summary>
internal sealed class Signal(TimeProvider time)
{
    readonly Lock _gate = new();
    TaskCompletionSource? _waiting;
    bool _isSet;

    public void Set()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            (waiting, _waiting) = (_waiting, null);
            _isSet = waiting is null;
        }
        waiting?.TrySetResult();
    }

    /// <summary>Returns when the signal was set, the time is up, or the wait was cancelled: the caller looks for itself which.</summary>
    /// <param name="timeout"><see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    public async ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (_isSet || timeout == TimeSpan.Zero)
            {
                _isSet = false;
                return;
            }
            _waiting = waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        // Rounded up: a wait that ends a little early would only be followed by another one.
        var whole = timeout == Timeout.InfiniteTimeSpan ? timeout : TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(timeout.TotalMilliseconds), int.MaxValue));
        await waiting.Task.WaitAsync(whole, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
            if (_waiting == waiting) _waiting = null;
    }
}
