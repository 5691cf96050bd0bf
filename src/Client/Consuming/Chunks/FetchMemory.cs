namespace Semel.Client.Consuming.Chunks;

/// <summary>
/// The bound on fetched data (queued.max.messages.kbytes): what was fetched and what was decompressed of it, both until they are released, and what requests on their
/// way may still bring. When it is full, fetching and decompressing stop; nothing is thrown away. One request is always allowed when nothing is here, so that a batch
/// above the bound can be read.
///
/// Once compressed data has come, fetching leaves half of the bound to what comes out of it. Otherwise what waits to be decompressed would fill all of it,
/// and no batch could be decompressed while the application works on the one before. Thread safe.
/// </summary>
/// <param name="hasRoom">Called, outside of any lock of this, after somebody was refused and memory became free.</param>
internal sealed class FetchMemory(long limitBytes, Action hasRoom)
{
    /// <summary>Below this a request is not worth sending while other memory is about to be free.</summary>
    const int SmallRequestBytes = 64 * 1024;

    readonly Lock _gate = new();
    long _fetched, _decompressed, _reserved;
    bool _hasSeenCompressed, _isTight;

    public long UsedBytes
    {
        get { lock (_gate) return _fetched + _decompressed; }
    }

    // Fetching

    public void AddFetched(long bytes)
    {
        lock (_gate) _fetched += bytes;
    }

    public void ReleaseFetched(long bytes) => Free(ref _fetched, bytes);

    public void Reserve(int bytes)
    {
        lock (_gate) _reserved += bytes;
    }

    public void Unreserve(int bytes) => Free(ref _reserved, bytes);

    public void SawCompressed()
    {
        lock (_gate) _hasSeenCompressed = true;
    }

    /// <summary>How much one more request may bring: its share, when that much is free; null when waiting is better. Fetchers are woken when it is over.</summary>
    /// <param name="requests">How many requests may be on their way at the same time.</param>
    public int? Budget(int requestBytesMax, int requests)
    {
        lock (_gate)
        {
            var forFetched = _hasSeenCompressed ? limitBytes / 2 : limitBytes;
            var share = Math.Min(requestBytesMax, Math.Max(forFetched / Math.Max(1, requests), 1));
            var least = Math.Min(share, SmallRequestBytes);
            var taken = _fetched + _reserved;
            var free = Math.Min(share, Math.Min(forFetched - taken, limitBytes - taken - _decompressed));
            if (free >= least || taken + _decompressed == 0) return (int)Math.Max(free, least);
            _isTight = true;
            return null;
        }
    }

    // Decompressing

    /// <returns>False when there is not that much room; the decoders are woken when there is more.</returns>
    public bool TryTake(long bytes)
    {
        lock (_gate)
        {
            var fits = _fetched + _reserved + _decompressed + bytes <= limitBytes;
            if (fits) _decompressed += bytes;
            else _isTight = true;
            return fits;
        }
    }

    /// <summary>Whether there is room or not.</summary>
    public void Take(long bytes)
    {
        lock (_gate) _decompressed += bytes;
    }

    public void ReleaseDecompressed(long bytes) => Free(ref _decompressed, bytes);

    void Free(ref long counter, long bytes)
    {
        bool wasTight;
        lock (_gate)
        {
            counter -= bytes;
            (wasTight, _isTight) = (_isTight, false);
        }
        if (wasTight) hasRoom();
    }
}
