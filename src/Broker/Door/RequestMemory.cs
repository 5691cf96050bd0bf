namespace Semel.Broker.Door;

/// <summary>
/// The bytes that requests of all connections may hold together (queued.max.request.bytes). A connection takes what it needs before it receives
/// and waits, first come first served, while all is spent. Who asks for more than there is at all gets it alone. Thread safe.
/// </summary>
internal sealed class RequestMemory(long limitBytes)
{
    readonly record struct Waiter(int Bytes, TaskCompletionSource Granted);

    readonly Lock _gate = new();
    readonly Queue<Waiter> _waiters = [];
    long _usedBytes;

    public long UsedBytes
    {
        get { lock (_gate) return _usedBytes; }
    }

    /// <exception cref="OperationCanceledException">The connection was closed while it waited.</exception>
    public ValueTask TakeAsync(int bytes, CancellationToken closing)
    {
        lock (_gate)
        {
            if (_waiters.Count == 0 && Fits(bytes))
            {
                _usedBytes += bytes;
                return default;
            }
            var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(new(bytes, granted));
            return new(WaitAsync(granted, closing));
        }
    }

    public void Return(int bytes)
    {
        lock (_gate)
        {
            _usedBytes -= bytes;
            while (_waiters.TryPeek(out var waiter) && (waiter.Granted.Task.IsCompleted || Fits(waiter.Bytes)))
            {
                _waiters.Dequeue();
                if (waiter.Granted.TrySetResult()) _usedBytes += waiter.Bytes;
            }
        }
    }

    bool Fits(int bytes) => _usedBytes + bytes <= limitBytes || _usedBytes == 0;

    static async Task WaitAsync(TaskCompletionSource granted, CancellationToken closing)
    {
        await using var registration = closing.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), granted);
        await granted.Task;
    }
}
