using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>
/// Uniform when members subscribe to different topics: no other assignment is more equal. It begins with what members have, gives what is free to those who
/// have least, and moves partitions on while that makes it more equal (<see cref="LoadBalance"/>). All this is done with numbers of partitions; which ones they
/// are is decided at the end, when each member keeps as many of its own as it may.
/// </summary>
static class MixedSubscriptions
{
    public static PartitionSet[] Assign(AssignorMember[] members, IReadOnlyDictionary<TopicId, int> partitionCounts)
    {
        var topics = new SortedDictionary<Guid, List<int>>();
        for (var member = 0; member < members.Length; member++)
        {
            foreach (var topic in members[member].Topics)
            {
                if (!topics.TryGetValue(topic.Value, out var those)) topics.Add(topic.Value, those = []);
                those.Add(member);
            }
        }
        TopicId[] topicIds = [.. topics.Keys.Select(id => new TopicId(id))];
        var free = new FreePartitions(topicIds, partitionCounts);
        var held = Array.ConvertAll(members, member => free.Claim(member.Target, member.Topics));
        var shares = topicIds.Select(topic => new TopicShares(topic, partitionCounts[topic], [.. topics[topic.Value]])).ToArray();
        foreach (var share in shares) share.TakeHeld(held);
        new LoadBalance(members.Length, shares).Reach();
        return Realise(shares, held, free);
    }

    static PartitionSet[] Realise(TopicShares[] shares, List<TopicIdPartition>[] held, FreePartitions free)
    {
        var assigned = Array.ConvertAll(held, _ => new List<TopicIdPartition>());
        var next = new int[held.Length];
        foreach (var share in shares)
        {
            var wanting = new int[share.Subscribers.Length];
            for (var index = 0; index < share.Subscribers.Length; index++)
            {
                var member = share.Subscribers[index];
                wanting[index] = share.Counts[index];
                // What members have is sorted by topics, and so are the shares.
                for (; next[member] < held[member].Count && held[member][next[member]].TopicId == share.Topic; next[member]++)
                {
                    if (wanting[index] > 0)
                    {
                        assigned[member].Add(held[member][next[member]]);
                        wanting[index]--;
                    }
                    else free.Release(held[member][next[member]]);
                }
            }
            using var rest = free.Of(share.Topic).GetEnumerator();
            for (var index = 0; index < wanting.Length; index++)
                for (; wanting[index] > 0 && rest.MoveNext(); wanting[index]--) assigned[share.Subscribers[index]].Add(rest.Current);
        }
        foreach (var partitions in assigned) partitions.Sort();
        return Array.ConvertAll(assigned, PartitionSet.OfSorted);
    }
}
