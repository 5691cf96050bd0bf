namespace Semel.Client.Consuming;

/// <summary>
/// The bound on fetched data (queued.max.messages.kbytes): what is here and was not released, and what requests on their way may still bring. When it is
/// full fetching stops; nothing is thrown away. One request is always allowed when nothing is here, so that a batch above the bound can be read.
/// Using and releasing are thread safe; budget and reservations belong to the record source's lock.
/// </summary>
internal sealed class FetchMemory(long limitBytes, Action wakeFetchers)
{
    /// <summary>Below this a request is not worth sending while other memory is about to be free.</summary>
    const int SmallRequestBytes = 64 * 1024;

    long _used, _reserved;
    bool _isTight;

    public long UsedBytes => Interlocked.Read(ref _used);

    public void Add(long bytes) => Interlocked.Add(ref _used, bytes);

    public void Release(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        if (Volatile.Read(ref _isTight)) wakeFetchers();
    }

    public void Reserve(int bytes) => _reserved += bytes;

    public void Unreserve(int bytes)
    {
        _reserved -= bytes;
        if (_isTight) wakeFetchers();
    }

    /// <summary>How much one more request may bring: its share, when that much is free; null when waiting is better. Fetchers are woken when it is over.</summary>
    /// <param name="requests">How many requests may be on their way at the same time.</param>
    public int? Budget(int requestBytesMax, int requests)
    {
        var share = Math.Min(requestBytesMax, Math.Max(limitBytes / Math.Max(1, requests), 1));
        var least = Math.Min(share, SmallRequestBytes);
        // Said first and looked at then: memory that is let go in between is either seen here or wakes the fetchers.
        Volatile.Write(ref _isTight, true);
        var taken = Interlocked.Add(ref _used, 0) + _reserved;
        var free = Math.Min(share, limitBytes - taken);
        if (free < least && taken > 0) return null;
        Volatile.Write(ref _isTight, false);
        return (int)Math.Max(free, least);
    }
}
