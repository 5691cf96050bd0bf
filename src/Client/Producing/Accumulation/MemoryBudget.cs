namespace Semel.Client.Producing.Accumulation;

/// <summary>buffer.memory and queue.buffering.max.messages: bytes and records that may be taken and must be given back. Thread safe, never waits.</summary>
/// <param name="recordLimit">0 sets no limit, and then records are not counted.</param>
internal sealed class MemoryBudget(long limit, int recordLimit)
{
    long _used;
    int _records;

    /// <summary>Called after each return, by whoever returns; set once, before anything is taken.</summary>
    public Action? Returned { get; set; }

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

    public bool TryTakeRecord()
    {
        if (recordLimit == 0) return true;
        if (Interlocked.Increment(ref _records) <= recordLimit) return true;
        Interlocked.Decrement(ref _records);
        return false;
    }

    /// <summary>The record was not accepted after all.</summary>
    public void ReturnRecord()
    {
        if (recordLimit > 0) Interlocked.Decrement(ref _records);
    }

    public void Return(long bytes, int records = 0)
    {
        if (bytes == 0 && records == 0) return;
        if (recordLimit > 0) Interlocked.Add(ref _records, -records);
        Interlocked.Add(ref _used, -bytes);
        Returned?.Invoke();
    }
}
