namespace Semel.Log.Segments;

/// <summary>
/// Threads that work for a store as long as it is open. Where the system gives none, one of the pool does the work: without it appends would wait for ever.
/// </summary>
static class StoreThread
{
    /// <returns>False when there is no thread to be had.</returns>
    public static bool TryStart(Action work, string name)
    {
        try
        {
            new Thread(() => work()) { IsBackground = true, Name = name }.Start();
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }

    public static void OnPool(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);
}
