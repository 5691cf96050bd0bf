namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// Shares the partitions of topics out among members: each partition of a topic that anybody wants to exactly one who wants it, or with a cooperative strategy to
/// nobody yet. Pure: whoever leads, the result is the same.
/// </summary>
internal static class Assignor
{
    /// <param name="partitions">How many partitions each topic has that exists.</param>
    /// <returns>For each member its partitions, by name and number.</returns>
    public static IReadOnlyDictionary<string, List<TopicPartition>> Assign(PartitionAssignmentStrategy strategy, IReadOnlyCollection<AssignorMember> members, IReadOnlyDictionary<string, int> partitions)
    {
        var order = members.DistinctBy(static member => member.MemberId).ToArray();
        Array.Sort(order, MemberOrder.Instance);
        var result = order.ToDictionary(static member => member.MemberId, static _ => new List<TopicPartition>(), StringComparer.Ordinal);
        switch (strategy)
        {
            case PartitionAssignmentStrategy.Range: RangeAssignor.Assign(order, partitions, result); break;
            case PartitionAssignmentStrategy.RoundRobin: RoundRobinAssignor.Assign(order, partitions, result); break;
            default:
                var claims = Claims.Of(order, partitions);
                StickyAssignor.Assign(order, partitions, claims, result);
                if (AssignmentStrategies.IsCooperative(strategy)) CooperativeRule.Withhold(claims, result);
                break;
        }
        foreach (var own in result.Values) own.Sort(PartitionOrder.ByName);
        return result;
    }

    /// <summary>The members that want a topic, for each topic there is, topics by name.</summary>
    internal static IEnumerable<(string Topic, int Partitions, AssignorMember[] Subscribers)> Topics(AssignorMember[] order, IReadOnlyDictionary<string, int> partitions)
    {
        foreach (var topic in order.SelectMany(static member => member.Topics).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            if (partitions.TryGetValue(topic, out var count) && count > 0)
                yield return (topic, count, Array.FindAll(order, member => member.Topics.Contains(topic)));
    }
}
