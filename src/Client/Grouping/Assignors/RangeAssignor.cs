namespace Semel.Client.Grouping.Assignors;

/// <summary>
/// Of each topic a run of neighbours to each member, the first members one more where it does not come out even. Topics with equally many partitions and the same
/// members are shared out alike, so that what lies in partitions of the same number comes to the same member.
/// </summary>
internal static class RangeAssignor
{
    public static void Assign(AssignorMember[] order, IReadOnlyDictionary<string, int> partitions, Dictionary<string, List<TopicPartition>> result)
    {
        foreach (var (topic, count, subscribers) in Assignor.Topics(order, partitions))
        {
            var (each, more) = (count / subscribers.Length, count % subscribers.Length);
            var next = 0;
            for (var at = 0; at < subscribers.Length; at++)
                for (var left = each + (at < more ? 1 : 0); left > 0; left--) result[subscribers[at].MemberId].Add(new TopicPartition(topic, next++));
        }
    }
}
