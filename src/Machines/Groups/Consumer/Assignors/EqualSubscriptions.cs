using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>
/// Uniform when all members subscribe to the same topics: each has the P div M partitions of its quota, P mod M of them one more. A member keeps what it has up
/// to its quota, and the extra ones go first to those who have them already, so no partition moves that need not.
/// </summary>
static class EqualSubscriptions
{
    public static PartitionSet[] Assign(AssignorMember[] members, IReadOnlyDictionary<TopicId, int> partitionCounts)
    {
        var topics = members[0].Topics;
        var free = new FreePartitions(topics, partitionCounts);
        var held = Array.ConvertAll(members, member => free.Claim(member.Target));
        var quotas = Quotas(held, free.Total);
        var assigned = new List<TopicIdPartition>[members.Length];
        for (var index = 0; index < members.Length; index++)
        {
            var keep = Math.Min(held[index].Count, quotas[index]);
            assigned[index] = held[index].GetRange(0, keep);
            for (var beyond = keep; beyond < held[index].Count; beyond++) free.Release(held[index][beyond]);
        }
        using var rest = free.InOrder().GetEnumerator();
        for (var index = 0; index < members.Length; index++)
            while (assigned[index].Count < quotas[index] && rest.MoveNext()) assigned[index].Add(rest.Current);
        foreach (var partitions in assigned) partitions.Sort();
        return Array.ConvertAll(assigned, PartitionSet.OfSorted);
    }

    static int[] Quotas(List<TopicIdPartition>[] held, int total)
    {
        var (quota, extra) = Math.DivRem(total, held.Length);
        var quotas = new int[held.Length];
        Array.Fill(quotas, quota);
        for (var index = 0; index < held.Length && extra > 0; index++)
        {
            if (held[index].Count <= quota) continue;
            quotas[index]++;
            extra--;
        }
        for (var index = 0; index < held.Length && extra > 0; index++)
        {
            if (quotas[index] > quota) continue;
            quotas[index]++;
            extra--;
        }
        return quotas;
    }
}
