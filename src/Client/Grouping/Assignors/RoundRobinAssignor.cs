namespace Semel.Client.Grouping.Assignors;

/// <summary>All partitions in their order, one after the other to the members in theirs, passing over members that do not want the topic.</summary>
internal static class RoundRobinAssignor
{
    public static void Assign(AssignorMember[] order, IReadOnlyDictionary<string, int> partitions, Dictionary<string, List<TopicPartition>> result)
    {
        var turn = 0;
        foreach (var (topic, count, _) in Assignor.Topics(order, partitions))
            for (var partition = 0; partition < count; partition++)
            {
                while (!order[turn % order.Length].Topics.Contains(topic)) turn++;
                result[order[turn++ % order.Length].MemberId].Add(new TopicPartition(topic, partition));
            }
    }
}
