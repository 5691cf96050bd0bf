using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>
/// Each topic by itself: its partitions in their order, in contiguous ranges, over its subscribers in their order, static members first. So members have the
/// same partitions of topics that have the same number of them and the same subscribers. It remembers nothing: what a member had does not count.
/// </summary>
public sealed class RangeAssignor : Assignor
{
    public override string Name => "range";

    public override PartitionSet[] Assign(AssignorInput input)
    {
        var order = Enumerable.Range(0, input.Members.Count).ToArray();
        Array.Sort(order, (left, right) => InOrder(input.Members[left], input.Members[right]));
        var subscribers = new SortedDictionary<Guid, List<int>>();
        foreach (var member in order)
        {
            foreach (var topic in input.Members[member].Topics)
            {
                if (!subscribers.TryGetValue(topic.Value, out var those)) subscribers.Add(topic.Value, those = []);
                those.Add(member);
            }
        }
        var assigned = new List<TopicIdPartition>[input.Members.Count];
        foreach (var member in order) assigned[member] = [];
        foreach (var (topic, those) in subscribers) Divide(new TopicId(topic), input.PartitionCounts[new TopicId(topic)], those, assigned);
        return Array.ConvertAll(assigned, PartitionSet.OfSorted);
    }

    static void Divide(TopicId topic, int partitionCount, List<int> subscribers, List<TopicIdPartition>[] assigned)
    {
        var (quota, extra) = Math.DivRem(partitionCount, subscribers.Count);
        var next = 0;
        for (var index = 0; index < subscribers.Count; index++)
            for (var end = next + quota + (index < extra ? 1 : 0); next < end; next++) assigned[subscribers[index]].Add(new TopicIdPartition(topic, next));
    }

    static int InOrder(AssignorMember left, AssignorMember right)
    {
        if (left.InstanceId is not null && right.InstanceId is not null) return string.CompareOrdinal(left.InstanceId, right.InstanceId);
        if (left.InstanceId is not null) return -1;
        return right.InstanceId is not null ? 1 : string.CompareOrdinal(left.MemberId, right.MemberId);
    }
}
