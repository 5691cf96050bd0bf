namespace Semel.Client.Producing.Accumulation;

/// <summary>buffer.memory: bytes that may be taken and must be given back. Thread safe, never waits.</summary>
internal sealed class MemoryBudget(long limit, Action onReturned)
{
    long _used;

    public long Limit => limit;
    public long Used => Volatile.Read(ref _used);
    public long Free => limit - Used;

    public bool TryTake(long bytes)
    {
        var used = Volatile.Read(ref _used);
        while (used + bytes <= limit)
        {
            var seen = Interlocked.CompareExchange(ref _used, used + bytes, used);
            if (seen == used) return true;
            used = seen;
        }
        return false;
    }

    public void Return(long bytes)
    {
        if (bytes == 0) return;
        Interlocked.Add(ref _used, -bytes);
        onReturned();
    }
}
