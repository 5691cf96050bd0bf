namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// Balance first: of members with equal subscriptions none has two more than another, and no partition can be moved, nor a row of them, so that the difference
/// between two members gets smaller. Then each keeps as much of what it has as balance allows.
/// </summary>
internal static class StickyAssignor
{
    public static void Assign(AssignorMember[] order, IReadOnlyDictionary<string, int> partitions, Claims claims, Dictionary<string, List<TopicPartition>> result)
    {
        var topics = Assignor.Topics(order, partitions).ToArray();
        if (topics.Length == 0) return;
        var isEqual = Array.TrueForAll(topics, topic => topic.Subscribers.Length == order.Length);
        var loads = new MemberLoads(order, topics);
        foreach (var (partition, owner) in claims.Owner) loads.Give(partition, loads.Index(owner));
        if (isEqual) loads.Trim(topics.Sum(static topic => topic.Partitions));
        foreach (var (topic, count, _) in topics)
            for (var partition = 0; partition < count; partition++) loads.GiveToLeast(new TopicPartition(topic, partition));
        if (!isEqual) loads.Balance();
        foreach (var (partition, member) in loads.Owners) result[order[member].MemberId].Add(partition);
    }
}
