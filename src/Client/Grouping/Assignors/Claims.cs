namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// Who has which partition, of those who say so (C-13). Only the word of the newest generation counts: who speaks of an older one was left out of a generation,
/// and what it had is somebody else's. Two that claim a partition under the same generation cannot both be right, so neither keeps it.
/// </summary>
internal sealed class Claims
{
    readonly SortedDictionary<TopicPartition, string> _owner = new(PartitionOrder.ByName);
    readonly Dictionary<TopicPartition, string> _holder = [];

    /// <summary>Who may keep what.</summary>
    public IReadOnlyDictionary<TopicPartition, string> Owner => _owner;

    /// <summary>Who has a partition, whether it may keep it or not: nobody else may be given it yet. Of what two say they have, the holder is nobody's id.</summary>
    public IReadOnlyDictionary<TopicPartition, string> Holder => _holder;

    public static Claims Of(AssignorMember[] order, IReadOnlyDictionary<string, int> partitions)
    {
        var claims = new Claims();
        var newest = order.Length == 0 ? -1 : order.Max(static member => member.Generation);
        foreach (var member in order.Where(member => member.Generation == newest))
            foreach (var owned in member.Owned.Distinct())
                if (partitions.TryGetValue(owned.Topic, out var count) && (uint)owned.Partition < (uint)count) claims.Add(owned, member);
        return claims;
    }

    void Add(TopicPartition partition, AssignorMember member)
    {
        if (!_holder.TryAdd(partition, member.MemberId))
        {
            _holder[partition] = "";
            _owner.Remove(partition);
        }
        else if (member.Topics.Contains(partition.Topic)) _owner[partition] = member.MemberId;
    }
}
