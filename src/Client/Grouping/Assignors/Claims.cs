namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// Who has which partition, of those who say so (C-13). Of several who claim one the word of the newest generation counts, and older ones are passed over: who speaks
/// of an older generation has missed one, in which it may have become somebody else's. Two that claim a partition under the same generation cannot both be right, so
/// neither keeps it. An old claim that nobody contradicts is believed: its member may have missed no more than the answer to its last JoinGroup, and still have it.
/// </summary>
internal sealed class Claims
{
    readonly SortedDictionary<TopicPartition, string> _owner = new(PartitionOrder.ByName);
    readonly Dictionary<TopicPartition, (string Member, int Generation)> _holder = [];

    /// <summary>Who may keep what.</summary>
    public IReadOnlyDictionary<TopicPartition, string> Owner => _owner;

    /// <summary>Whether somebody else than this member has the partition, who has to give it up before it can be given away. What two say they have nobody may have.</summary>
    public bool IsHeldByAnother(TopicPartition partition, string member) => _holder.TryGetValue(partition, out var holder) && holder.Member != member;

    public static Claims Of(AssignorMember[] order, IReadOnlyDictionary<string, int> partitions)
    {
        var claims = new Claims();
        foreach (var member in order)
            foreach (var owned in member.Owned.Distinct())
                if (partitions.TryGetValue(owned.Topic, out var count) && (uint)owned.Partition < (uint)count) claims.Add(owned, member);
        return claims;
    }

    void Add(TopicPartition partition, AssignorMember member)
    {
        if (_holder.TryGetValue(partition, out var known))
        {
            if (known.Generation > member.Generation) return;
            _owner.Remove(partition);
            if (known.Generation == member.Generation)
            {
                _holder[partition] = ("", known.Generation);
                return;
            }
        }
        _holder[partition] = (member.MemberId, member.Generation);
        if (member.Topics.Contains(partition.Topic)) _owner[partition] = member.MemberId;
    }
}
