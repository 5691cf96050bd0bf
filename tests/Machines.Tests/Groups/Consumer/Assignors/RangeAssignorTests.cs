using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Consumer.Assignors;

namespace Semel.Machines.Tests.Groups.Consumer.Assignors;

public class RangeAssignorTests
{
    static readonly RangeAssignor Range = new();

    static AssignorMember Member(string id, string? instance = null, params int[] topics) =>
        new(id, instance, [.. topics.Select(RandomGroup.Topic)], PartitionSet.Empty);

    static int[] Partitions(PartitionSet set, int topic) => [.. set.Where(partition => partition.TopicId == RandomGroup.Topic(topic)).Select(partition => partition.Partition)];

    [Fact(DisplayName = "G27: 3 members, 7 partitions: 3, 2, 2 contiguous ones, in the order of the member ids")]
    public void ThreeTwoTwo()
    {
        var input = new AssignorInput([Member("c", null, 0), Member("a", null, 0), Member("b", null, 0)], new Dictionary<Semel.Protocol.TopicId, int> { [RandomGroup.Topic(0)] = 7 });
        var assigned = Range.Assign(input);
        Assert.Equal([0, 1, 2], Partitions(assigned[1], 0));
        Assert.Equal([3, 4], Partitions(assigned[2], 0));
        Assert.Equal([5, 6], Partitions(assigned[0], 0));
    }

    [Fact(DisplayName = "G27: static members come first, by their instance ids")]
    public void StaticFirst()
    {
        var input = new AssignorInput([Member("a", null, 0), Member("z", "two", 0), Member("y", "one", 0)], new Dictionary<Semel.Protocol.TopicId, int> { [RandomGroup.Topic(0)] = 3 });
        var assigned = Range.Assign(input);
        Assert.Equal([0], Partitions(assigned[2], 0));
        Assert.Equal([1], Partitions(assigned[1], 0));
        Assert.Equal([2], Partitions(assigned[0], 0));
    }

    [Fact]
    public void A_topic_goes_to_its_subscribers_alone_and_equal_topics_go_together()
    {
        var input = new AssignorInput([Member("a", null, 0, 1), Member("b", null, 0, 1), Member("c", null, 2)],
            new Dictionary<Semel.Protocol.TopicId, int> { [RandomGroup.Topic(0)] = 3, [RandomGroup.Topic(1)] = 3, [RandomGroup.Topic(2)] = 2 });
        var assigned = Range.Assign(input);
        Assert.Equal([0, 1], Partitions(assigned[0], 0));
        Assert.Equal([0, 1], Partitions(assigned[0], 1));
        Assert.Equal([2], Partitions(assigned[1], 1));
        Assert.Equal([0, 1], Partitions(assigned[2], 2));
    }

    [Fact]
    public void Fewer_partitions_than_members_leave_the_last_ones_without()
    {
        var input = new AssignorInput([Member("a", null, 0), Member("b", null, 0), Member("c", null, 0)], new Dictionary<Semel.Protocol.TopicId, int> { [RandomGroup.Topic(0)] = 2 });
        Assert.Equal([1, 1, 0], Range.Assign(input).Select(set => set.Count));
    }

    [Fact]
    public void Whatever_the_group_every_partition_has_one_owner_and_the_order_of_the_members_changes_nothing()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var input = RandomGroup.Of(random, random.Next(1, 12), random.Next(1, 6), 9, mixed: seed % 2 == 0, withTargets: true);
            var assigned = Range.Assign(input);
            RandomGroup.AssertWhole(input, assigned);
            var reversed = Range.Assign(input with { Members = [.. input.Members.Reverse()] });
            Assert.Equal(assigned, reversed.Reverse());
        }
    }
}
