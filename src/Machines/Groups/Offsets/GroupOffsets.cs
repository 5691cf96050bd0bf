namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// A group's offsets: the committed ones, by topic and partition, and how many transactions hold a pending one for a partition. Topics lie sorted by name and
/// partitions by
/// number, in arrays that hold little more than what is there: a million offsets cost some 60 bytes each.
/// </summary>
internal sealed class GroupOffsets
{
    List<TopicOffsets>? _topics;
    Dictionary<(string Topic, int Partition), int>? _pending;

    public int Count { get; private set; }
    public bool IsEmpty => Count == 0;

    /// <summary>Sorted by name, by code unit.</summary>
    public IReadOnlyList<TopicOffsets> Topics => _topics ?? (IReadOnlyList<TopicOffsets>)[];

    public bool TryFind(string topic, int partition, out CommittedOffset offset)
    {
        offset = default;
        var at = IndexOf(topic);
        return at >= 0 && _topics![at].TryFind(partition, out offset);
    }

    public void Put(in CommittedOffset offset)
    {
        if (FindOrAdd(offset.Topic.Name).Put(offset)) Count++;
    }

    /// <summary>So many offsets of the topic come next, of which there is none yet.</summary>
    public void Reserve(string topic, int count) => FindOrAdd(topic).Reserve(count);

    TopicOffsets FindOrAdd(string topic)
    {
        var at = IndexOf(topic);
        if (at >= 0) return _topics![at];
        _topics ??= new List<TopicOffsets>(1);
        _topics.Insert(~at, new TopicOffsets(topic));
        return _topics[~at];
    }

    public bool Remove(string topic, int partition)
    {
        var at = IndexOf(topic);
        if (at < 0 || !_topics![at].Remove(partition)) return false;
        Count--;
        if (_topics[at].Count == 0) _topics.RemoveAt(at);
        return true;
    }

    int IndexOf(string topic)
    {
        if (_topics is null) return ~0;
        var (low, high) = (0, _topics.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = string.CompareOrdinal(_topics[middle].Name, topic);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    public bool HasPending => _pending is { Count: > 0 };
    public bool IsPending(string topic, int partition) => _pending is not null && _pending.ContainsKey((topic, partition));
    public IEnumerable<(string Topic, int Partition)> Pending => _pending?.Keys ?? Enumerable.Empty<(string, int)>();

    /// <summary>One more transaction holds an offset for the partition.</summary>
    public void AddPending(string topic, int partition)
    {
        _pending ??= [];
        _pending[(topic, partition)] = _pending.GetValueOrDefault((topic, partition)) + 1;
    }

    public void RemovePending(string topic, int partition)
    {
        if (_pending is null || !_pending.TryGetValue((topic, partition), out var holders)) return;
        if (holders > 1) _pending[(topic, partition)] = holders - 1;
        else _pending.Remove((topic, partition));
    }
}
