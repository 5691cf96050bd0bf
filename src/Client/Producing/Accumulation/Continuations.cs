using System.Buffers;

namespace Semel.Client.Producing.Accumulation;

/// <summary>Who goes on when a record has ended.</summary>
internal readonly record struct Continuation(int Index, Action Run, SynchronizationContext? Context);

/// <summary>
/// The continuations of one batch. They are run on the thread pool side by side as if each had been queued by itself, which would cost a place in the pool's queue
/// for each: here one place is kept for all that are left, and whoever is there takes the next. So one that blocks keeps no other waiting: the place is in the
/// queue again before it is run. A continuation that has a context of its own is posted there.
/// </summary>
internal sealed class Continuations : IThreadPoolWorkItem
{
    Continuation[] _all = ArrayPool<Continuation>.Shared.Rent(16);
    int _count, _next, _ended;
    int _isQueued;

    /// <summary>Not thread safe; none after <see cref="Start"/>.</summary>
    public void Add(in Continuation continuation)
    {
        if (_count == _all.Length)
        {
            var larger = ArrayPool<Continuation>.Shared.Rent(2 * _count);
            _all.CopyTo(larger, 0);
            ArrayPool<Continuation>.Shared.Return(_all, clearArray: true);
            _all = larger;
        }
        _all[_count++] = continuation;
    }

    /// <summary>Takes those out that have ended.</summary>
    /// <returns>Null when none has.</returns>
    public Continuations? Take(Func<int, bool> hasEnded)
    {
        Continuations? taken = null;
        var kept = 0;
        for (var at = 0; at < _count; at++)
        {
            var continuation = _all[at];
            if (hasEnded(continuation.Index)) (taken ??= new()).Add(continuation);
            else _all[kept++] = continuation;
        }
        Array.Clear(_all, kept, _count - kept);
        _count = kept;
        return taken;
    }

    /// <summary>Lets all of them go on; once.</summary>
    public void Start() => Queue();

    void Queue()
    {
        if (Volatile.Read(ref _isQueued) == 0 && Interlocked.Exchange(ref _isQueued, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isQueued, 0);
        for (int at; (at = Interlocked.Increment(ref _next) - 1) < _count;)
        {
            var (_, run, context) = _all[at];
            if (at + 1 < _count) Queue();
            // The array is not looked at any more by whoever runs the last one.
            if (Interlocked.Increment(ref _ended) == _count) ArrayPool<Continuation>.Shared.Return(_all, clearArray: true);
            if (context is null) run();
            else context.Post(static run => ((Action)run!)(), run);
        }
    }
}
