namespace Semel.Machines.Groups.Offsets;

/// <summary>A group's committed offsets of one topic, sorted by partition.</summary>
internal sealed class TopicOffsets(string name)
{
    CommittedOffset[] _offsets = [];

    public string Name { get; } = name;
    public int Count { get; private set; }
    public ReadOnlySpan<CommittedOffset> All => _offsets.AsSpan(0, Count);

    public bool TryFind(int partition, out CommittedOffset offset)
    {
        var at = IndexOf(partition);
        offset = at < 0 ? default : _offsets[at];
        return at >= 0;
    }

    /// <returns>True when the partition had none before.</returns>
    public bool Put(in CommittedOffset offset)
    {
        var at = IndexOf(offset.Partition);
        if (at >= 0)
        {
            _offsets[at] = offset;
            return false;
        }
        at = ~at;
        // A quarter more: a large topic wastes little, and a small one grows in few steps.
        if (Count == _offsets.Length) Array.Resize(ref _offsets, Count + Math.Max(1, Count >> 2));
        Array.Copy(_offsets, at, _offsets, at + 1, Count - at);
        _offsets[at] = offset;
        Count++;
        return true;
    }

    public bool Remove(int partition)
    {
        var at = IndexOf(partition);
        if (at < 0) return false;
        Count--;
        Array.Copy(_offsets, at + 1, _offsets, at, Count - at);
        _offsets[Count] = default;
        return true;
    }

    /// <summary>Room for exactly so many: whoever knows how many come.</summary>
    public void Reserve(int count)
    {
        if (count > _offsets.Length) Array.Resize(ref _offsets, count);
    }

    int IndexOf(int partition)
    {
        var (low, high) = (0, Count - 1);
        // Most come in rising order.
        if (high < 0 || _offsets[high].Partition < partition) return ~Count;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var found = _offsets[middle].Partition;
            if (found == partition) return middle;
            if (found < partition) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
