using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Consumer.Assignors;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer.Assignors;

/// <summary>Groups to try assignors on, made by chance from a seed, and what is true of every assignment.</summary>
static class RandomGroup
{
    public static TopicId Topic(int number) => new(new Guid(number + 1, 0, 0, new byte[8]));

    /// <param name="mixed">Each member subscribes to some of the topics instead of to all.</param>
    public static AssignorInput Of(Random random, int members, int topics, int mostPartitions, bool mixed, bool withTargets)
    {
        var counts = Enumerable.Range(0, topics).ToDictionary(Topic, _ => random.Next(1, mostPartitions + 1));
        var all = counts.Keys.Order(ByValue).ToArray();
        var list = new List<AssignorMember>();
        for (var number = 0; number < members; number++)
        {
            var subscribed = mixed ? all.Where(_ => random.Next(2) == 0).ToArray() : all;
            var target = withTargets ? PartitionSet.Of(Enumerable.Range(0, random.Next(6)).Select(_ => new TopicIdPartition(Topic(random.Next(topics + 1)), random.Next(mostPartitions + 1)))) : PartitionSet.Empty;
            list.Add(new AssignorMember($"member-{random.Next(1_000_000)}-{number}", random.Next(4) == 0 ? $"instance-{number}" : null, subscribed, target));
        }
        return new AssignorInput(list, counts);
    }

    static readonly Comparer<TopicId> ByValue = Comparer<TopicId>.Create((left, right) => left.Value.CompareTo(right.Value));

    public static AssignorInput After(AssignorInput input, PartitionSet[] assigned) =>
        input with { Members = [.. input.Members.Select((member, index) => member with { Target = assigned[index] })] };

    /// <summary>Every partition of a subscribed topic has exactly one owner, and that one subscribes to it; nothing else is assigned.</summary>
    public static void AssertWhole(AssignorInput input, PartitionSet[] assigned)
    {
        Assert.Equal(input.Members.Count, assigned.Length);
        var owned = new HashSet<TopicIdPartition>();
        for (var index = 0; index < assigned.Length; index++)
        {
            foreach (var partition in assigned[index])
            {
                Assert.Contains(partition.TopicId, input.Members[index].Topics);
                Assert.InRange(partition.Partition, 0, input.PartitionCounts[partition.TopicId] - 1);
                Assert.True(owned.Add(partition), $"{partition} has two owners");
            }
        }
        var subscribed = input.Members.SelectMany(member => member.Topics).Distinct();
        Assert.Equal(subscribed.Sum(topic => input.PartitionCounts[topic]), owned.Count);
    }

    /// <summary>How many partitions that a member had and could keep are another's now.</summary>
    public static int Moved(AssignorInput input, PartitionSet[] assigned)
    {
        var owner = new Dictionary<TopicIdPartition, int>();
        for (var index = 0; index < assigned.Length; index++)
            foreach (var partition in assigned[index]) owner[partition] = index;
        var seen = new HashSet<TopicIdPartition>();
        return Enumerable.Range(0, assigned.Length).OrderBy(index => input.Members[index].MemberId, StringComparer.Ordinal)
            .Sum(index => input.Members[index].Target.Count(partition => input.Members[index].Topics.Contains(partition.TopicId) && owner.TryGetValue(partition, out var now)
                && seen.Add(partition) && now != index));
    }

    public static long SumOfSquares(PartitionSet[] assigned) => assigned.Sum(set => (long)set.Count * set.Count);
}
