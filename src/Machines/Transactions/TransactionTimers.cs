namespace Semel.Machines.Transactions;

/// <summary>
/// The deadlines of transactional ids, the earliest on top: a binary heap whose entries know their place, so that each change costs the logarithm of how many transactions
/// are open. Whatever is open is listed here, with or without a deadline, and nothing else.
/// </summary>
internal sealed class TransactionTimers
{
    public const int Nowhere = -1;
    const long Never = long.MaxValue;

    readonly List<TransactionEntry> _heap = [];

    public IReadOnlyList<TransactionEntry> Open => _heap;

    /// <summary>By the steady clock; null when nothing has a deadline.</summary>
    public TimeSpan? Earliest => _heap.Count == 0 || _heap[0].DueAt == Never ? null : new TimeSpan(_heap[0].DueAt);

    /// <param name="dueAt">Null: open, and waited for without a deadline.</param>
    public void Set(TransactionEntry entry, TimeSpan? dueAt)
    {
        entry.DueAt = dueAt?.Ticks ?? Never;
        if (entry.Place == Nowhere)
        {
            entry.Place = _heap.Count;
            _heap.Add(entry);
        }
        Settle(entry);
    }

    public void Remove(TransactionEntry entry)
    {
        if (entry.Place == Nowhere) return;
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last != entry)
        {
            Put(last, entry.Place);
            Settle(last);
        }
        entry.Place = Nowhere;
    }

    /// <summary>The earliest when it is due; it stays listed, without a deadline until it is given another.</summary>
    public TransactionEntry? TakeDue(TimeSpan now)
    {
        if (_heap.Count == 0 || _heap[0].DueAt > now.Ticks) return null;
        var due = _heap[0];
        Set(due, null);
        return due;
    }

    void Settle(TransactionEntry entry)
    {
        while (entry.Place > 0 && _heap[(entry.Place - 1) / 2] is var parent && entry.DueAt < parent.DueAt) Swap(parent, entry);
        while (entry.Place * 2 + 1 < _heap.Count)
        {
            var child = _heap[entry.Place * 2 + 1];
            if (child.Place + 1 < _heap.Count && _heap[child.Place + 1].DueAt < child.DueAt) child = _heap[child.Place + 1];
            if (child.DueAt >= entry.DueAt) return;
            Swap(entry, child);
        }
    }

    void Swap(TransactionEntry upper, TransactionEntry lower)
    {
        var place = upper.Place;
        Put(upper, lower.Place);
        Put(lower, place);
    }

    void Put(TransactionEntry entry, int place)
    {
        entry.Place = place;
        _heap[place] = entry;
    }
}
