using Semel.Protocol;

namespace Semel.Machines.Groups.Consumer.Assignors;

/// <summary>How many partitions of one topic each of its subscribers has.</summary>
/// <param name="subscribers">Members by their number, ascending.</param>
sealed class TopicShares(TopicId topic, int partitionCount, int[] subscribers)
{
    public TopicId Topic => topic;
    public int[] Subscribers => subscribers;

    /// <summary>For each of <see cref="Subscribers"/>.</summary>
    public int[] Counts { get; } = new int[subscribers.Length];

    /// <summary>Those that nobody has.</summary>
    public int Free { get; private set; } = partitionCount;

    public void TakeHeld(List<TopicIdPartition>[] held)
    {
        for (var index = 0; index < subscribers.Length; index++)
        {
            var those = held[subscribers[index]];
            var first = those.BinarySearch(new TopicIdPartition(topic, 0));
            if (first < 0) first = ~first;
            var end = first;
            while (end < those.Count && those[end].TopicId == topic) end++;
            Counts[index] = end - first;
            Free -= end - first;
        }
    }

    public void Give(int index)
    {
        Counts[index]++;
        Free--;
    }

    public void Move(int from, int to)
    {
        Counts[from]--;
        Counts[to]++;
    }
}
