namespace Semel.Broker.Sequencing;

/// <summary>
/// Deadlines with the earliest on top: a binary heap whose entries know their place, so that one that moves or goes costs the logarithm of their
/// number. Not thread safe.
/// </summary>
internal sealed class DeadlineHeap
{
    const int Nowhere = -1;

    /// <summary>Somebody's place in the heap; one for each who may have a deadline, in one heap only.</summary>
    internal sealed class Entry(IDeadlineOwner owner)
    {
        public IDeadlineOwner Owner => owner;
        internal long DueAt;
        internal int Place = Nowhere;
        internal bool IsListed => Place != Nowhere;
    }

    readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>The earliest deadline; the largest number when there is none.</summary>
    public long Earliest => _entries.Count == 0 ? long.MaxValue : _entries[0].DueAt;

    /// <summary>Puts the entry in, or moves it to where it belongs now.</summary>
    public void Set(Entry entry, long dueAt)
    {
        entry.DueAt = dueAt;
        if (entry.Place == Nowhere)
        {
            entry.Place = _entries.Count;
            _entries.Add(entry);
        }
        Settle(entry);
    }

    public void Remove(Entry entry)
    {
        if (entry.Place == Nowhere) return;
        var last = _entries[^1];
        _entries.RemoveAt(_entries.Count - 1);
        if (last != entry)
        {
            Put(last, entry.Place);
            Settle(last);
        }
        entry.Place = Nowhere;
    }

    /// <summary>Takes out the earliest when it is due.</summary>
    public Entry? TakeDue(long now)
    {
        if (Earliest > now || _entries.Count == 0) return null;
        var due = _entries[0];
        Remove(due);
        return due;
    }

    void Put(Entry entry, int place)
    {
        entry.Place = place;
        _entries[place] = entry;
    }

    void Settle(Entry entry)
    {
        Rise(entry);
        Sink(entry);
    }

    void Rise(Entry entry)
    {
        while (entry.Place > 0 && _entries[(entry.Place - 1) / 2] is var parent && entry.DueAt < parent.DueAt)
        {
            var place = parent.Place;
            Put(parent, entry.Place);
            Put(entry, place);
        }
    }

    void Sink(Entry entry)
    {
        while (entry.Place * 2 + 1 < _entries.Count)
        {
            var child = _entries[entry.Place * 2 + 1];
            if (child.Place + 1 < _entries.Count && _entries[child.Place + 1].DueAt < child.DueAt) child = _entries[child.Place + 1];
            if (child.DueAt >= entry.DueAt) return;
            var place = child.Place;
            Put(child, entry.Place);
            Put(entry, place);
        }
    }
}
