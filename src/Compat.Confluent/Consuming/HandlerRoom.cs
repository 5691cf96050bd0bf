using System.Runtime.ExceptionServices;

namespace Semel.Compat.Confluent;

/// <summary>
/// Where the client below brings handlers and waits, and where the application's thread, inside a call of its own, runs them. What a handler throws is thrown
/// by that
/// call; the client below goes on.
/// </summary>
sealed class HandlerRoom(EventQueue events)
{
    Exception _thrown;

    /// <summary>Runs on the application's thread; ends when it has run.</summary>
    public async ValueTask BringAsync(Action handler, CancellationToken cancellation)
    {
        var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        events.Post(() =>
        {
            try { handler(); }
            catch (Exception thrown) { _thrown ??= thrown; }
            finally { ran.TrySetResult(); }
        });
        await ran.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs what is there.</summary>
    public void Serve()
    {
        events.RunAll();
        if (Interlocked.Exchange(ref _thrown, null) is { } thrown) ExceptionDispatchInfo.Throw(thrown);
    }

    /// <summary>Waits for a task on the application's thread, and serves meanwhile.</summary>
    public void ServeUntil(Task task) => ServeUntil(task, null);

    /// <inheritdoc cref="ServeUntil(Task)"/>
    /// <param name="hurry">Ends the task early when a handler has thrown; null waits for it all the same. What was thrown is thrown when the task has
    /// ended.</param>
    public void ServeUntil(Task task, Action hurry)
    {
        _ = task.ContinueWith(_ => events.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (true)
        {
            var wakes = events.Wakes;
            events.RunAll();
            if (task.IsCompleted) break;
            if (_thrown is not null) hurry?.Invoke();
            events.Wait(wakes, Timeout.InfiniteTimeSpan);
        }
        if (Interlocked.Exchange(ref _thrown, null) is { } thrown) ExceptionDispatchInfo.Throw(thrown);
    }
}
