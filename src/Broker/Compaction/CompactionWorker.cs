using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;
using Semel.Log;

namespace Semel.Broker.Compaction;

/// <summary>
/// Compacts the logs that it is told of, one after the other, on one thread of its own that begins with the first and ends when there is none left. Appends and reads go on meanwhile.
/// What goes wrong is told once for each log and harms nothing: the log is as it was, and is tried again when it is told of the next time. Thread safe.
/// </summary>
internal sealed class CompactionWorker(CompactionSettings settings, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly Queue<ICompactable> _waiting = [];
    readonly HashSet<ICompactable> _asked = [];
    readonly HashSet<string> _told = [];
    readonly CancellationTokenSource _stopping = new();
    TaskCompletionSource? _running;

    /// <summary>Parts of the log were sealed: it may be worth compacting now. Returns at once.</summary>
    public void Request(ICompactable log)
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested || !_asked.Add(log)) return;
            _waiting.Enqueue(log);
            if (_running is not null) return;
            _running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            // Without a thread it is done at the next request.
            if (!WorkThread.TryStart(Run, "log compaction")) End();
        }
    }

    /// <summary>Completes when nothing is waiting or being done. For tests.</summary>
    internal Task Idle
    {
        get
        {
            lock (_gate) return _running?.Task ?? Task.CompletedTask;
        }
    }

    void Run()
    {
        while (Take() is { } log) Compact(log);
    }

    ICompactable? Take()
    {
        lock (_gate)
        {
            if (!_stopping.IsCancellationRequested && _waiting.TryDequeue(out var log))
            {
                // What is sealed from here on is asked for anew.
                _asked.Remove(log);
                return log;
            }
            End();
            return null;
        }
    }

    // Within the gate.
    void End()
    {
        _running!.SetResult();
        _running = null;
    }

    void Compact(ICompactable target)
    {
        try
        {
            if (target.Log is not { } log) return;
            var began = time.GetTimestamp();
            if (new LogCompaction(target, log, settings, time, _stopping.Token).Run() is not { } done) return;
            Broker.Log.LogCompacted(logger, target.LogName, done.UpToOffset, done.BytesBefore, done.BytesAfter, time.GetElapsedTime(began).TotalMilliseconds);
            _told.Remove(target.LogName);
        }
        catch (OperationCanceledException)
        {
            // It goes on with the next start.
        }
        catch (Exception gone) when (gone is ObjectDisposedException or OffsetOutOfRangeException)
        {
            // The log was closed, deleted or trimmed under it.
        }
        catch (Exception failure)
        {
            if (_told.Add(target.LogName)) Broker.Log.LogNotCompacted(logger, target.LogName, failure.Message, failure is IOException ? null : failure);
        }
    }

    /// <summary>Ends what is under way, and takes nothing more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_gate)
        {
            _stopping.Cancel();
            running = _running?.Task ?? Task.CompletedTask;
        }
        await running;
    }
}
