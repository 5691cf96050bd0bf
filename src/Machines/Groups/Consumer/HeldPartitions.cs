namespace Semel.Machines.Groups.Consumer;

/// <summary>
/// Partitions that a member holds, each with the epoch at which it was given them: from that epoch on it may commit for it (KIP-1251). Immutable.
/// </summary>
internal sealed class HeldPartitions : IEquatable<HeldPartitions>
{
    public static readonly HeldPartitions None = new(PartitionSet.Empty, []);

    readonly int[] _epochs;

    HeldPartitions(PartitionSet partitions, int[] epochs) => (Partitions, _epochs) = (partitions, epochs);

    /// <param name="epochs">Of each of the partitions, in any order; the later counts.</param>
    public static HeldPartitions Of(IEnumerable<(TopicIdPartition Partition, int Epoch)> epochs)
    {
        var sorted = new SortedDictionary<TopicIdPartition, int>();
        foreach (var (partition, epoch) in epochs) sorted[partition] = epoch;
        return sorted.Count == 0 ? None : new(PartitionSet.OfSorted([.. sorted.Keys]), [.. sorted.Values]);
    }

    public PartitionSet Partitions { get; }
    public bool IsEmpty => Partitions.IsEmpty;

    /// <summary>Null for a partition that is not held.</summary>
    public int? EpochOf(TopicIdPartition partition) => Partitions.IndexOf(partition) is var index and >= 0 ? _epochs[index] : null;

    public IEnumerable<(TopicIdPartition Partition, int Epoch)> All => Partitions.Select((partition, index) => (partition, _epochs[index]));

    /// <summary>Those of them that are in the set.</summary>
    public HeldPartitions Keep(PartitionSet set)
    {
        var kept = Partitions.Intersect(set);
        return kept.Count == Partitions.Count ? this : Of(All.Where(one => kept.Contains(one.Partition)));
    }

    /// <summary>And others that are given at an epoch.</summary>
    public HeldPartitions Add(PartitionSet set, int epoch) => set.IsEmpty ? this : Of([.. All, .. set.Select(partition => (partition, epoch))]);

    public HeldPartitions Add(HeldPartitions others) => others.IsEmpty ? this : Of([.. All, .. others.All]);

    /// <summary>The same, over the very set that somebody else keeps already, when that is equal.</summary>
    public HeldPartitions Sharing(PartitionSet? set) => set is not null && set.Equals(Partitions) ? new(set, _epochs) : this;

    public bool Equals(HeldPartitions? other) => other is not null && Partitions.Equals(other.Partitions) && _epochs.AsSpan().SequenceEqual(other._epochs);
    public override bool Equals(object? obj) => Equals(obj as HeldPartitions);
    public override int GetHashCode() => Partitions.GetHashCode();
}
