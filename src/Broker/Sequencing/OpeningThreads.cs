namespace Semel.Broker.Sequencing;

/// <summary>
/// Opens logs that somebody waits for: folding one may read a gigabyte, so that is never done on the pool's threads. A few threads do it, which come with
/// the first log and go with the last, so that a request for a thousand partitions does not need a thousand threads; where the system gives none at all, a
/// thread of the pool does it. Thread safe.
/// </summary>
internal sealed class OpeningThreads
{
    internal const int Most = 8;

    readonly Lock _gate = new();
    readonly Queue<Action> _waiting = [];
    readonly Func<Action, string, bool> _tryStart;
    int _running;

    public OpeningThreads() : this(WorkThread.TryStart) { }

    /// <param name="tryStart">Starts a thread by that name; false when there is none.</param>
    internal OpeningThreads(Func<Action, string, bool> tryStart) => _tryStart = tryStart;

    /// <param name="open">Opens one log and answers those who wait for it; never throws.</param>
    public void Post(Action open)
    {
        lock (_gate)
        {
            _waiting.Enqueue(open);
            if (_running >= Most) return;
            _running++;
        }
        if (_tryStart(OpenAll, "log opening")) return;
        lock (_gate)
        {
            // Those that run take it, too: none ends before the queue is empty.
            if (--_running > 0) return;
            _running++;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.OpenAll(), this, preferLocal: false);
    }

    void OpenAll()
    {
        while (Next() is { } open) open();
    }

    Action? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var open)) return open;
            _running--;
            return null;
        }
    }
}
