using System.Runtime.ExceptionServices;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Does the same to many things on this thread, with the help of those of the pool that happen to be free. It waits for what a helper has begun,
/// never for a helper to
/// come: all threads of the pool may be waiting for the very caller.
/// </summary>
static class HelpedWork
{
    /// <summary>Returns when everything is done. What failed first is thrown then; the rest was done all the same.</summary>
    public static void ForEach<T>(IReadOnlyList<T> things, int mostAtOnce, Action<T> work) =>
        ForEach(things, mostAtOnce, work, static help => ThreadPool.UnsafeQueueUserWorkItem(static help => help(), help, preferLocal: false));

    /// <param name="ask">Asks for a helper, who may come or not.</param>
    internal static void ForEach<T>(IReadOnlyList<T> things, int mostAtOnce, Action<T> work, Action<Action> ask)
    {
        if (things.Count == 0) return;
        var job = new Job<T>(things, work);
        Action help = job.Run;
        for (var helper = Math.Min(mostAtOnce, things.Count); helper > 1; helper--) ask(help);
        job.Run();
        job.WaitForOthers();
    }

    sealed class Job<T>(IReadOnlyList<T> things, Action<T> work)
    {
        // Never disposed of: a helper may come long after the job is done.
        readonly ManualResetEventSlim _done = new();
        int _next, _left = things.Count;
        Exception? _failure;

        public void Run()
        {
            while (Interlocked.Increment(ref _next) - 1 is var at && at < things.Count)
            {
                try
                {
                    work(things[at]);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref _failure, exception, null);
                }
                if (Interlocked.Decrement(ref _left) == 0) _done.Set();
            }
        }

        public void WaitForOthers()
        {
            _done.Wait();
            if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
        }
    }
}
