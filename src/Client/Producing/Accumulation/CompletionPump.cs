using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Runs delivery handlers and event handlers, one after the other, in the order in which they were posted, on the thread pool: never on a loop of the producer.
/// What is posted is bounded by the producer's memory, which is given back behind the handlers.
/// </summary>
internal sealed class CompletionPump(ILogger logger)
{
    [ThreadStatic] static CompletionPump? _current;

    readonly ConcurrentQueue<Action> _queue = new();
    int _pending;
    int _handlers;

    /// <summary>Whether the calling code runs on this pump, that is inside a handler.</summary>
    public bool IsCurrent => _current == this;

    public void Post(Action work)
    {
        _queue.Enqueue(work);
        if (Interlocked.Increment(ref _pending) == 1) ThreadPool.UnsafeQueueUserWorkItem(static pump => pump.Run(), this, preferLocal: false);
    }

    /// <summary>Handlers of the application that have not ended, the one that is running among them.</summary>
    public int HandlersLeft => Volatile.Read(ref _handlers);

    /// <summary>A handler of the application.</summary>
    public void PostHandler(Action handler)
    {
        Interlocked.Increment(ref _handlers);
        Post(() =>
        {
            try { handler(); }
            finally { Interlocked.Decrement(ref _handlers); }
        });
    }

    /// <summary>The handlers of a batch, in order.</summary>
    public void PostAll(DeliveryGroup group, IReadOnlyList<DeliveryCallback> callbacks)
    {
        Interlocked.Add(ref _handlers, callbacks.Count);
        Post(() =>
        {
            foreach (var callback in callbacks) RunHandler(callback, group);
        });
    }

    void RunHandler(DeliveryCallback callback, DeliveryGroup group)
    {
        try
        {
            callback.Run(group);
        }
        catch (Exception failure)
        {
            Log.HandlerFailed(logger, failure);
        }
        Interlocked.Decrement(ref _handlers);
    }

    void Run()
    {
        _current = this;
        do
        {
            if (_queue.TryDequeue(out var work)) RunOne(work);
        }
        while (Interlocked.Decrement(ref _pending) > 0);
        _current = null;
    }

    void RunOne(Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            Log.HandlerFailed(logger, failure);
        }
    }

    /// <summary>Ends when every handler has run that is on its way now. Not to be awaited inside a handler.</summary>
    public Task HandlersAsync() => HandlersLeft == 0 ? Task.CompletedTask : DrainAsync();

    /// <summary>Ends when everything posted before has run. Not to be awaited inside a handler, which would wait for itself.</summary>
    public Task DrainAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(drained.SetResult);
        return drained.Task;
    }
}
