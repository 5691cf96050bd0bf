using Semel.Broker.Sequencing;
using Semel.Machines.Producers;
using Semel.Protocol;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// Waits until the partitions of a fetch have got enough new bytes, a partition's log was closed, or the time is over. What counts is what was
/// appended since the rows were read, so nothing that comes between reading and waiting is missed. It may be awakened too early, never too late.
/// </summary>
internal sealed class FetchWait : IDisposable
{
    readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<Interest> _interests = [];
    readonly IsolationLevel _isolation;
    readonly long _missingBytes;
    long _newBytes;

    public FetchWait(IEnumerable<FetchRow> rows, IsolationLevel isolation, long missingBytes)
    {
        (_isolation, _missingBytes) = (isolation, missingBytes);
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
        if (bytes > 0 && Interlocked.Add(ref _newBytes, bytes) >= _missingBytes) _enough.TrySetResult();
    }

    public void Dispose()
    {
        foreach (var interest in _interests) interest.End();
    }

    sealed class Interest(FetchWait wait, FetchRow row) : IViewWaiter
    {
        readonly Lock _gate = new();
        ViewWaiterList.Place? _place;
        long _counted = row.AppendedBytes, _stable = row.LastStableOffset;
        bool _hadUndecided = row.HasUndecided, _ended;

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
            var reader = row.Partition!.Reader;
            lock (_gate)
            {
                // The count first: what it counts is in the view then.
                var appended = reader.AppendedBytes;
                // Without a view the log was closed: it failed, or its topic was deleted. The fetch looks again and says so.
                if (reader.View is not { } view) wait._enough.TrySetResult();
                else if (wait._isolation == IsolationLevel.ReadUncommitted || !IsOfTransactions(view)) wait.Came(appended - _counted);
                _counted = appended;
            }
        }

        /// <summary>
        /// Readers of committed records see nothing of what comes while a transaction is open; when it ends they see a lot at once, whose size nobody knows: they look. Without transactions
        /// what was appended is what they see.
        /// </summary>
        bool IsOfTransactions(IReadView view)
        {
            var hasUndecided = view.LastStableOffset < view.HighWatermark;
            var isOf = hasUndecided || _hadUndecided;
            if (isOf && view.LastStableOffset > _stable) wait._enough.TrySetResult();
            (_stable, _hadUndecided) = (view.LastStableOffset, hasUndecided);
            return isOf;
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
