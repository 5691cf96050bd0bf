namespace Semel.Broker.Door;

/// <summary>
/// The bytes that requests of all connections may hold together (queued.max.request.bytes). A connection takes what a request needs before it receives
/// it, holds nothing while it waits, and waits first come first served: so those who wait never wait for each other. Small requests have a part of
/// the memory for themselves, so that a few large ones that come slowly stop nobody else. Who asks for more than its part has gets it alone. Thread safe.
/// </summary>
internal sealed class RequestMemory(long limitBytes)
{
    /// <summary>A quarter is for small requests; one is small when sixteen fit into that.</summary>
    const int SmallShare = 4, SmallRequests = 16;

    readonly Pool _small = new(limitBytes / SmallShare), _large = new(limitBytes - limitBytes / SmallShare);

    public long UsedBytes => _small.UsedBytes + _large.UsedBytes;

    /// <exception cref="OperationCanceledException">The connection was closed while it waited.</exception>
    public ValueTask TakeAsync(int bytes, CancellationToken closing) => PoolOf(bytes).TakeAsync(bytes, closing);

    /// <summary>Takes what is there at this moment, or nothing.</summary>
    public bool TryTake(int bytes) => PoolOf(bytes).TryTake(bytes);

    /// <param name="bytes">As many as were taken at once.</param>
    public void Return(int bytes) => PoolOf(bytes).Return(bytes);

    Pool PoolOf(int bytes) => bytes <= limitBytes / SmallShare / SmallRequests ? _small : _large;

    sealed class Pool(long limitBytes)
    {
        readonly record struct Waiter(int Bytes, TaskCompletionSource Granted);

        readonly Lock _gate = new();
        readonly Queue<Waiter> _waiters = [];
        long _usedBytes;

        public long UsedBytes
        {
            get { lock (_gate) return _usedBytes; }
        }

        public ValueTask TakeAsync(int bytes, CancellationToken closing)
        {
            lock (_gate)
            {
                if (TryTakeNow(bytes)) return default;
                var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiters.Enqueue(new(bytes, granted));
                return new(WaitAsync(granted, closing));
            }
        }

        public bool TryTake(int bytes)
        {
            lock (_gate) return TryTakeNow(bytes);
        }

        bool TryTakeNow(int bytes)
        {
            if (_waiters.Count > 0 || !Fits(bytes)) return false;
            _usedBytes += bytes;
            return true;
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
}
