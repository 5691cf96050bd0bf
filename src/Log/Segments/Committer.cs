using Semel.Log.Segments.Device;

namespace Semel.Log.Segments;

/// <summary>
/// Group commit: one forced write for everything that was appended since the last one, over all logs of the store.
/// <para>
/// Two threads take turns. One of them commits at a time; when its group is durable it gives the turn away and then runs what awaited the appends itself,
/// which spares a change of threads. Appends that come meanwhile wake the other thread, so code that goes on after an append may take its time, or
/// even wait for
/// another append, without holding anybody up: while a thread does that, the other one gives its completions to the thread pool, one work item per group.
/// </para>
/// <para>Both threads start with the first append and sleep while there is none. A failed commit is the end: every later append fails at once; one
/// for which there was no room fails alone.</para>
/// </summary>
/// <param name="tryStart">Starts a thread by that name; false when there is none. Null for the system's.</param>
sealed class Committer(Action<List<PendingAppend>> commit, Func<Action, string, bool>? tryStart = null) : IDisposable
{
    const int Threads = 2;

    readonly object _gate = new();
    readonly Stack<CommitGroup> _spare = [];
    CommitGroup? _waiting;
    Exception? _failure;
    int _sleeping;
    bool _isStarted, _isCommitting, _isStopping;

    /// <summary>Why nothing is committed any more; null while all is well.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>The append is completed or failed later, on another thread.</summary>
    /// <param name="earlier">What belongs to the same append and comes before it: they share one group, and so its fate.</param>
    /// <returns>False when the committer has stopped and the append is not taken.</returns>
    public bool TryEnqueue(PendingAppend append, List<PendingAppend>? earlier)
    {
        lock (_gate)
        {
            if (_isStopping) return false;
            _waiting ??= NewGroup();
            if (earlier is not null) _waiting.Appends.AddRange(earlier);
            _waiting.Appends.Add(append);
            if (!_isStarted) Start();
            else if (!_isCommitting && _sleeping > 0) Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Ends the store's writing: what waits now and what comes later fails.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate) _failure ??= failure;
    }

    /// <summary>What had failed is made good: appends are committed again.</summary>
    public void Recovered()
    {
        lock (_gate) _failure = null;
    }

    void Start()
    {
        _isStarted = true;
        var started = 0;
        while (started < Threads && (tryStart ?? StoreThread.TryStart)(Run, $"log commit {started}")) started++;
        // One is enough: the pool runs what awaited its appends.
        if (started == 0) StoreThread.OnPool(Run);
    }

    CommitGroup NewGroup() => _spare.TryPop(out var spare) ? spare : new CommitGroup(Returned);

    void Returned(CommitGroup group)
    {
        lock (_gate) _spare.Push(group);
    }

    void Run()
    {
        while (Take() is { } group)
        {
            group.Failure = Failure ?? Commit(group.Appends);
            if (GiveTurnAway()) group.Complete();
            else ThreadPool.UnsafeQueueUserWorkItem(group, preferLocal: false);
        }
    }

    /// <summary>Waits for appends and for the turn. Null when the committer stops and nothing is left.</summary>
    CommitGroup? Take()
    {
        lock (_gate)
        {
            while (_isCommitting || _waiting is null)
            {
                if (_isStopping && _waiting is null) return null;
                _sleeping++;
                Monitor.Wait(_gate);
                _sleeping--;
            }
            var group = _waiting;
            _waiting = null;
            _isCommitting = true;
            return group;
        }
    }

    Exception? Commit(List<PendingAppend> appends)
    {
        try
        {
            commit(appends);
            return null;
        }
        catch (IOException full) when (DeviceErrors.IsFull(full))
        {
            // Nothing of the group is acknowledged, and the next one is written in its place: logs that were not in it go on, those that were are opened again.
            return full;
        }
        catch (Exception failure)
        {
            // Not only what a device does: after any error here it is unknown what the journal holds.
            Fail(failure);
            return failure;
        }
    }

    /// <returns>Whether the other thread is there to commit what comes while this one completes its group.</returns>
    bool GiveTurnAway()
    {
        lock (_gate)
        {
            _isCommitting = false;
            var canComplete = _sleeping > 0;
            if (_waiting is not null || _isStopping) Monitor.PulseAll(_gate);
            return canComplete;
        }
    }

    /// <summary>Commits what waits and ends the threads. Does not wait for them, since the caller may run on one.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
    }
}
