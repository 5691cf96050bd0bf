using Semel.Protocol;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// Offsets of transactions that are open: by producer, then by group, topic and partition; of one partition the last in its transaction. Each group counts how
/// many it has
/// for which partition.
/// </summary>
internal sealed class PendingOffsets
{
    readonly Dictionary<ProducerId, Dictionary<OffsetKey, CommittedOffset>> _byProducer = [];

    /// <summary>Whose offset it is.</summary>
    public readonly record struct OffsetKey(string Group, string Topic, int Partition) : IComparable<OffsetKey>
    {
        public int CompareTo(OffsetKey other)
        {
            var order = string.CompareOrdinal(Group, other.Group);
            if (order == 0) order = string.CompareOrdinal(Topic, other.Topic);
            return order != 0 ? order : Partition.CompareTo(other.Partition);
        }
    }

    public int Count => _byProducer.Sum(static one => one.Value.Count);

    public void Put(ProducerId producerId, Group group, in CommittedOffset offset)
    {
        if (!_byProducer.TryGetValue(producerId, out var offsets)) _byProducer.Add(producerId, offsets = []);
        var key = new OffsetKey(group.Name, offset.Topic.Name, offset.Partition);
        if (!offsets.ContainsKey(key)) group.Offsets.AddPending(key.Topic, key.Partition);
        offsets[key] = offset;
    }

    /// <summary>The transaction of the producer has ended: what it held, which is pending no longer. In an order that is always the same.</summary>
    public IReadOnlyList<(Group Group, CommittedOffset Offset)> Take(ProducerId producerId, GroupTable groups)
    {
        if (!_byProducer.Remove(producerId, out var offsets)) return [];
        var taken = new List<(Group, CommittedOffset)>(offsets.Count);
        foreach (var (key, offset) in offsets.OrderBy(static one => one.Key))
        {
            var group = groups.FindOrAdd(key.Group);
            group.Offsets.RemovePending(key.Topic, key.Partition);
            taken.Add((group, offset));
        }
        return taken;
    }

    /// <summary>The partition's offset was deleted: in every transaction as well.</summary>
    public void Remove(Group group, string topic, int partition)
    {
        if (!group.Offsets.IsPending(topic, partition)) return;
        foreach (var (producerId, offsets) in _byProducer)
        {
            if (!offsets.Remove(new OffsetKey(group.Name, topic, partition))) continue;
            group.Offsets.RemovePending(topic, partition);
            if (offsets.Count == 0) _byProducer.Remove(producerId);
        }
    }

    /// <summary>What transactions hold for one group, in an order that is always the same.</summary>
    public IEnumerable<(OffsetKey Key, CommittedOffset Offset)> Of(string group) =>
        Sorted.Where(one => one.Key.Group == group).Select(static one => (one.Key, one.Offset));

    /// <summary>Everything, in an order that is always the same.</summary>
    public IEnumerable<(ProducerId ProducerId, OffsetKey Key, CommittedOffset Offset)> Sorted =>
        from producer in _byProducer
        orderby producer.Key
        from offset in producer.Value
        orderby producer.Key, offset.Key
        select (producer.Key, offset.Key, offset.Value);
}
