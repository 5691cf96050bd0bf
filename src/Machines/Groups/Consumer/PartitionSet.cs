using System.Collections;

namespace Semel.Machines.Groups.Consumer;

/// <summary>Partitions, each once, in their order. Immutable.</summary>
public sealed class PartitionSet : IEquatable<PartitionSet>, IReadOnlyList<TopicIdPartition>
{
    public static readonly PartitionSet Empty = new([]);

    readonly TopicIdPartition[] _sorted;

    PartitionSet(TopicIdPartition[] sorted) => _sorted = sorted;

    public static PartitionSet Of(params IEnumerable<TopicIdPartition> partitions)
    {
        var list = new List<TopicIdPartition>(partitions);
        list.Sort();
        return OfSorted(list);
    }

    /// <param name="sorted">In ascending order; what stands there twice counts once.</param>
    internal static PartitionSet OfSorted(List<TopicIdPartition> sorted)
    {
        var distinct = 0;
        for (var index = 0; index < sorted.Count; index++)
            if (index == 0 || sorted[index] != sorted[index - 1]) sorted[distinct++] = sorted[index];
        if (distinct == 0) return Empty;
        var array = new TopicIdPartition[distinct];
        sorted.CopyTo(0, array, 0, distinct);
        return new PartitionSet(array);
    }

    public int Count => _sorted.Length;
    public bool IsEmpty => _sorted.Length == 0;
    public TopicIdPartition this[int index] => _sorted[index];

    internal ReadOnlySpan<TopicIdPartition> Span => _sorted;

    /// <summary>Where it stands in the order; negative when it is not there.</summary>
    public int IndexOf(TopicIdPartition partition) => Array.BinarySearch(_sorted, partition);

    public bool Contains(TopicIdPartition partition) => IndexOf(partition) >= 0;

    public bool IsSubsetOf(PartitionSet other) => Common(other) == Count;

    public bool Overlaps(PartitionSet other) => Common(other) > 0;

    public PartitionSet Where(Func<TopicIdPartition, bool> keep)
    {
        var kept = new List<TopicIdPartition>(Count);
        foreach (var partition in _sorted)
            if (keep(partition)) kept.Add(partition);
        return kept.Count == Count ? this : OfSorted(kept);
    }

    public PartitionSet Intersect(PartitionSet other) => Pick(other, wanted: true);

    public PartitionSet Except(PartitionSet other) => Pick(other, wanted: false);

    public PartitionSet Union(PartitionSet other)
    {
        if (other.IsEmpty) return this;
        return IsEmpty ? other : Of([.. _sorted, .. other._sorted]);
    }

    int Common(PartitionSet other)
    {
        var common = 0;
        for (int left = 0, right = 0; left < _sorted.Length && right < other._sorted.Length;)
        {
            var order = _sorted[left].CompareTo(other._sorted[right]);
            if (order == 0) common++;
            if (order <= 0) left++;
            if (order >= 0) right++;
        }
        return common;
    }

    PartitionSet Pick(PartitionSet other, bool wanted)
    {
        var picked = new List<TopicIdPartition>(Count);
        var right = 0;
        foreach (var partition in _sorted)
        {
            while (right < other._sorted.Length && other._sorted[right].CompareTo(partition) < 0) right++;
            var isThere = right < other._sorted.Length && other._sorted[right] == partition;
            if (isThere == wanted) picked.Add(partition);
        }
        return picked.Count == Count ? this : OfSorted(picked);
    }

    public bool Equals(PartitionSet? other) => other is not null && (ReferenceEquals(this, other) || Span.SequenceEqual(other.Span));
    public override bool Equals(object? obj) => Equals(obj as PartitionSet);
    public override int GetHashCode() => IsEmpty ? 0 : HashCode.Combine(Count, _sorted[0], _sorted[^1]);

    public IEnumerator<TopicIdPartition> GetEnumerator() => ((IEnumerable<TopicIdPartition>)_sorted).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(' ', _sorted);
}
