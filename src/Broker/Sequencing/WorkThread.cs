namespace Semel.Broker.Sequencing;

/// <summary>
/// Threads for work that may take long, which must not be done on the pool's few threads that all connections live on. Where the system gives no more
/// threads, the pool has to do: late is better than never.
/// </summary>
internal static class WorkThread
{
    /// <returns>False when there is no thread to be had.</returns>
    public static bool TryStart(Action work, string name)
    {
        try
        {
            new Thread(() => work()) { IsBackground = true, Name = name }.UnsafeStart();
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }

    /// <summary>On a thread of its own if there is one, otherwise on one of the pool. The work must not throw.</summary>
    public static void Start(Action work, string name)
    {
        if (!TryStart(work, name)) ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);
    }
}
