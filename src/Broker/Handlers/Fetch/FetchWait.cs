using Semel.Broker.Sequencing;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// Waits until the partitions of a fetch have got enough new bytes, a partition's log was closed, or the time is over. What counts is what was
/// appended since the rows were read, so nothing that comes between reading and waiting is missed. It may be awakened too early, never too late.
/// </summary>
internal sealed class FetchWait : IDisposable
{
    readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<Interest> _interests = [];
    readonly long _missingBytes;
    long _newBytes;

    public FetchWait(IEnumerable<FetchRow> rows, long missingBytes)
    {
        _missingBytes = missingBytes;
        foreach (var row in rows) _interests.Add(new Interest(this, row));
        foreach (var interest in _interests) interest.Begin();
    }

    /// <returns>False when the time was over first.</returns>
    public async ValueTask<bool> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken stopping)
    {
        if (_enough.Task.IsCompleted) return true;
        using var registration = stopping.UnsafeRegister(static self => ((FetchWait)self!)._enough.TrySetResult(), this);
        var timedOut = false;
        await using var timer = time.CreateTimer(_ =>
        {
            timedOut = true;
            _enough.TrySetResult();
        }, null, timeout, Timeout.InfiniteTimeSpan);
        await _enough.Task;
        return !timedOut;
    }

    void Came(long bytes)
    {
        if (Interlocked.Add(ref _newBytes, bytes) >= _missingBytes) _enough.TrySetResult();
    }

    public void Dispose()
    {
        foreach (var interest in _interests) interest.End();
    }

    sealed class Interest(FetchWait wait, FetchRow row) : IViewWaiter
    {
        readonly Lock _gate = new();
        ViewWaiterList.Place? _place;
        long _counted = row.AppendedBytes;
        bool _ended;

        // First into the list, then a look: whatever is published in between is seen by the one or the other.
        public void Begin()
        {
            Enlist();
            Look();
        }

        public void ViewChanged()
        {
            Enlist();
            Look();
        }

        void Enlist()
        {
            lock (_gate)
            {
                if (!_ended) _place = row.Partition!.Reader.WaitForView(this);
            }
        }

        void Look()
        {
            var log = row.Partition!.Reader;
            // Without a view the log was closed: it failed, or its topic was deleted. The fetch looks again and says so.
            if (log.View is null) wait._enough.TrySetResult();
            var appended = log.AppendedBytes;
            var before = Interlocked.Exchange(ref _counted, appended);
            if (appended > before) wait.Came(appended - before);
        }

        public void End()
        {
            lock (_gate)
            {
                _ended = true;
                if (_place is not null) row.Partition!.Reader.LeaveView(_place);
            }
        }
    }
}
