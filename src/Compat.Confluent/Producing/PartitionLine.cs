namespace Semel.Compat.Confluent;

/// <summary>
/// The accepted records of one partition in their order. Only the first is waited for: when it has ended, so usually have those behind it, and all of them are
/// told at once. Thread safe.
/// </summary>
sealed class PartitionLine(Action<PendingRecord, Inner.ProduceException> ended)
{
    readonly Lock _gate = new();
    readonly Queue<PendingRecord> _line = new();

    public void Add(PendingRecord record)
    {
        lock (_gate)
        {
            _line.Enqueue(record);
            if (_line.Count > 1) return;
        }
        WaitFor(record);
    }

    void WaitFor(PendingRecord first) => first.Delivery.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(TellEnded);

    void TellEnded()
    {
        lock (_gate)
        {
            while (_line.TryPeek(out var first))
            {
                if (!first.Delivery.IsCompleted)
                {
                    WaitFor(first);
                    return;
                }
                // The line is empty only once nothing is left to tell, so that nobody else begins to wait meanwhile.
                ended(first, null);
                _line.Dequeue();
            }
        }
    }
}
