namespace Semel.Broker.Handlers.Fetch;

/// <summary>
/// The bytes that the answers to fetches of all connections may hold together. Nobody waits for them: a fetch that finds most of them spent is given
/// less than it asks for, but always <see cref="FloorBytes"/>, so that a few peers that do not read their answers cannot stop the others. Thread safe.
/// </summary>
internal sealed class FetchMemory(long limitBytes)
{
    const int FloorBytes = 64 * 1024;
    long _used;

    public long UsedBytes => Volatile.Read(ref _used);

    public Lease Take(long wanted)
    {
        var left = limitBytes - Volatile.Read(ref _used);
        var granted = Math.Min(wanted, Math.Max(left, FloorBytes));
        Interlocked.Add(ref _used, granted);
        return new Lease(this, granted);
    }

    /// <summary>What one answer may hold, until it has been sent.</summary>
    internal sealed class Lease(FetchMemory memory, long bytes) : IDisposable
    {
        public long Bytes { get; private set; } = bytes;

        /// <summary>Gives back what was not needed. An answer may need more than it was granted: one batch is given whatever its size.</summary>
        public void Settle(long needed)
        {
            Interlocked.Add(ref memory._used, needed - Bytes);
            Bytes = needed;
        }

        public void Dispose() => Settle(0);
    }
}
