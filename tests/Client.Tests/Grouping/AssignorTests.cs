using Semel.Client.Grouping;
using Semel.Client.Grouping.Assignors;
using Semel.Protocol;

namespace Semel.Client.Tests.Grouping;

/// <summary>How partitions are shared out: examples of each strategy, and what holds for every group.</summary>
public sealed class AssignorTests
{
    static AssignorMember M(string id, string topics, string owned = "", int generation = -1, string? instance = null) =>
        new(id, instance, topics.Split(' ', StringSplitOptions.RemoveEmptyEntries), [.. owned.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Partition)], generation);

    static TopicPartition Partition(string text) => new(text[..text.LastIndexOf('-')], int.Parse(text[(text.LastIndexOf('-') + 1)..]));

    static Dictionary<string, string> Assign(PartitionAssignmentStrategy strategy, string topics, params AssignorMember[] members) =>
        Assignor.Assign(strategy, members, topics.Split(' ').ToDictionary(static topic => topic.Split(':')[0], static topic => int.Parse(topic.Split(':')[1])))
            .ToDictionary(static one => one.Key, static one => string.Join(' ', one.Value));

    [Fact]
    public void Range_gives_neighbours_and_the_first_ones_more()
    {
        var result = Assign(PartitionAssignmentStrategy.Range, "t:7", M("b", "t"), M("a", "t"), M("c", "t"));
        Assert.Equal(("t-0 t-1 t-2", "t-3 t-4", "t-5 t-6"), (result["a"], result["b"], result["c"]));
    }

    [Fact]
    public void Range_gives_equal_numbers_of_equally_large_topics_to_the_same_member()
    {
        var result = Assign(PartitionAssignmentStrategy.Range, "t:3 u:3", M("a", "t u"), M("b", "t u"));
        Assert.Equal(("t-0 t-1 u-0 u-1", "t-2 u-2"), (result["a"], result["b"]));
    }

    [Fact]
    public void Static_members_come_first_by_their_names()
    {
        var result = Assign(PartitionAssignmentStrategy.Range, "t:3", M("a", "t"), M("z", "t", instance: "i2"), M("y", "t", instance: "i1"));
        Assert.Equal(("t-2", "t-1", "t-0"), (result["a"], result["z"], result["y"]));
    }

    [Fact]
    public void Round_robin_passes_over_members_that_do_not_want_a_topic()
    {
        var result = Assign(PartitionAssignmentStrategy.RoundRobin, "t:3 u:2", M("a", "t"), M("b", "t u"));
        Assert.Equal(("t-0 t-2", "t-1 u-0 u-1"), (result["a"], result["b"]));
    }

    [Fact]
    public void Topics_that_are_not_there_are_passed_over()
    {
        foreach (var strategy in Enum.GetValues<PartitionAssignmentStrategy>()) Assert.Equal("t-0", Assign(strategy, "t:1", M("a", "t gone"))["a"]);
    }

    [Fact]
    public void Sticky_members_keep_what_balance_allows()
    {
        var result = Assign(PartitionAssignmentStrategy.Sticky, "t:6", M("a", "t", "t-0 t-2 t-4 t-5", 3), M("b", "t", "t-1 t-3", 3), M("c", "t"));
        Assert.Equal(("t-0 t-2", "t-1 t-3", "t-4 t-5"), (result["a"], result["b"], result["c"]));
    }

    [Fact]
    public void A_cooperative_leader_gives_nobody_what_another_still_has()
    {
        var result = Assign(PartitionAssignmentStrategy.CooperativeSticky, "t:4", M("a", "t", "t-0 t-1 t-2 t-3", 3), M("b", "t", generation: -1));
        Assert.Equal(("t-0 t-1", ""), (result["a"], result["b"]));
        // It has given them up and joined again.
        result = Assign(PartitionAssignmentStrategy.CooperativeSticky, "t:4", M("a", "t", "t-0 t-1", 4), M("b", "t", "", 4));
        Assert.Equal(("t-0 t-1", "t-2 t-3"), (result["a"], result["b"]));
    }

    [Fact]
    public void Claims_of_an_older_generation_are_passed_over()
    {
        var result = Assign(PartitionAssignmentStrategy.CooperativeSticky, "t:2", M("a", "t", "t-0 t-1", 3), M("b", "t", "t-0", 4));
        Assert.Equal(("t-1", "t-0"), (result["a"], result["b"]));
    }

    /// <summary>The answer to its last join was lost: it missed a generation, and has what it had.</summary>
    [Fact]
    public void An_old_claim_that_nobody_contradicts_is_believed()
    {
        var result = Assign(PartitionAssignmentStrategy.CooperativeSticky, "t:3", M("a", "t", "t-0 t-1 t-2", 3), M("b", "t", "", 4), M("c", "t", "", 4));
        Assert.Equal(("t-0", "", ""), (result["a"], result["b"], result["c"]));
    }

    [Fact]
    public void What_two_claim_under_one_generation_neither_keeps()
    {
        var result = Assign(PartitionAssignmentStrategy.CooperativeSticky, "t:2", M("a", "t", "t-0 t-1", 4), M("b", "t", "t-0", 4));
        Assert.Equal(("t-1", ""), (result["a"], result["b"]));
        // A sticky one has given everything back before, so it is free.
        result = Assign(PartitionAssignmentStrategy.Sticky, "t:2", M("a", "t", "t-0 t-1", 4), M("b", "t", "t-0", 4));
        Assert.Equal(("t-1", "t-0"), (result["a"], result["b"]));
    }

    [Fact]
    public void What_a_member_has_and_does_not_want_any_more_is_nobodys_until_it_is_given_up()
    {
        var result = Assign(PartitionAssignmentStrategy.CooperativeSticky, "t:1 u:1", M("a", "u", "t-0 u-0", 4), M("b", "t", "", 4));
        Assert.Equal(("u-0", ""), (result["a"], result["b"]));
    }

    [Fact]
    public void Different_subscriptions_are_balanced_over_a_row_of_members()
    {
        // Only by way of b can a be relieved of what c has room for.
        var result = Assign(PartitionAssignmentStrategy.Sticky, "t:4 u:1", M("a", "t", "t-0 t-1 t-2", 1), M("b", "t u", "t-3 u-0", 1), M("c", "u", "", 1));
        Assert.Equal((2, 2, "u-0"), (result["a"].Split(' ').Length, result["b"].Split(' ').Length, result["c"]));
    }

    // What holds for every group

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 40)];

    sealed record World(Dictionary<string, int> Topics, List<AssignorMember> Members, bool IsEqual);

    static World Random(int seed)
    {
        var random = new Random(seed);
        var topics = Enumerable.Range(0, random.Next(1, 6)).ToDictionary(static at => $"topic{at}", _ => random.Next(1, 12));
        var isEqual = random.Next(2) == 0;
        var members = new List<AssignorMember>();
        for (var at = random.Next(1, 9); at > 0; at--)
        {
            string[] wanted = isEqual ? [.. topics.Keys] : [.. topics.Keys.Where(_ => random.Next(3) > 0), "nowhere"];
            var owned = topics.SelectMany(static topic => Enumerable.Range(0, topic.Value).Select(number => new TopicPartition(topic.Key, number))).Where(_ => random.Next(4) == 0).ToArray();
            members.Add(new AssignorMember($"m{random.Next(1000)}-{at}", random.Next(4) == 0 ? $"i{at}" : null, wanted, owned, random.Next(-1, 3)));
        }
        return new World(topics, members, isEqual);
    }

    static int[] Counts(IReadOnlyDictionary<string, List<TopicPartition>> result) => [.. result.Values.Select(static one => one.Count).Order()];

    [Theory, MemberData(nameof(Seeds))]
    public void Every_partition_that_is_wanted_is_with_exactly_one_that_wants_it(int seed)
    {
        var world = Random(seed);
        foreach (var strategy in Enum.GetValues<PartitionAssignmentStrategy>())
        {
            var result = Assignor.Assign(strategy, world.Members, world.Topics);
            var given = result.SelectMany(static one => one.Value).ToList();
            Assert.Equal(given.Count, given.Distinct().Count());
            foreach (var (member, partitions) in result)
                Assert.All(partitions, partition => Assert.Contains(partition.Topic, world.Members.First(one => one.MemberId == member).Topics));
            if (strategy == PartitionAssignmentStrategy.CooperativeSticky) continue;
            Assert.Equal(world.Topics.Where(topic => world.Members.Exists(member => member.Topics.Contains(topic.Key))).Sum(static topic => topic.Value), given.Count);
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Whoever_leads_the_result_is_the_same(int seed)
    {
        var world = Random(seed);
        var shuffled = world.Members.OrderBy(member => HashCode.Combine(seed, member.MemberId)).ToArray();
        foreach (var strategy in Enum.GetValues<PartitionAssignmentStrategy>())
            Assert.Equal(Assignor.Assign(strategy, world.Members, world.Topics).OrderBy(static one => one.Key), Assignor.Assign(strategy, shuffled, world.Topics).OrderBy(static one => one.Key));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void With_equal_subscriptions_nobody_has_two_more_than_another(int seed)
    {
        var world = Random(seed);
        if (!world.IsEqual) return;
        foreach (var strategy in new[] { PartitionAssignmentStrategy.RoundRobin, PartitionAssignmentStrategy.Sticky })
            Assert.InRange(Counts(Assignor.Assign(strategy, world.Members, world.Topics))[^1] - Counts(Assignor.Assign(strategy, world.Members, world.Topics))[0], 0, 1);
    }

    /// <summary>No single partition can be handed to somebody who wants it and has at least two fewer.</summary>
    [Theory, MemberData(nameof(Seeds))]
    public void With_any_subscriptions_no_partition_can_be_moved_for_the_better(int seed)
    {
        var world = Random(seed);
        var result = Assignor.Assign(PartitionAssignmentStrategy.Sticky, world.Members, world.Topics);
        foreach (var (giver, partitions) in result)
            foreach (var partition in partitions)
                foreach (var taker in world.Members.Where(member => member.Topics.Contains(partition.Topic)))
                    Assert.True(result[taker.MemberId].Count >= result[giver].Count - 1, $"{partition} could go from {giver} to {taker.MemberId}");
    }

    [Theory, MemberData(nameof(Seeds))]
    public void An_assignment_that_is_balanced_stays_as_it_is(int seed)
    {
        var world = Random(seed);
        var first = Assignor.Assign(PartitionAssignmentStrategy.Sticky, world.Members, world.Topics);
        foreach (var strategy in new[] { PartitionAssignmentStrategy.Sticky, PartitionAssignmentStrategy.CooperativeSticky })
        {
            var second = Assignor.Assign(strategy, [.. world.Members.Select(member => member with { Owned = first[member.MemberId], Generation = 7 })], world.Topics);
            Assert.Equal(first.OrderBy(static one => one.Key), second.OrderBy(static one => one.Key));
        }
    }

    /// <summary>Rounds as the protocol makes them: what was not given is given up, and all join again, until nobody gives up anything.</summary>
    [Theory, MemberData(nameof(Seeds))]
    public void Cooperative_rounds_never_give_away_what_is_held_and_end_in_the_balance_of_the_sticky_ones(int seed)
    {
        var world = Random(seed);
        var owned = world.Members.ToDictionary(static member => member.MemberId, static _ => new HashSet<TopicPartition>());
        // One member had everything that it wants.
        foreach (var topic in world.Topics.Where(topic => world.Members[0].Topics.Contains(topic.Key)))
            owned[world.Members[0].MemberId].UnionWith(Enumerable.Range(0, topic.Value).Select(number => new TopicPartition(topic.Key, number)));
        for (var round = 0; ; round++)
        {
            Assert.True(round < 5, "the rounds do not end");
            var result = Assignor.Assign(PartitionAssignmentStrategy.CooperativeSticky, [.. world.Members.Select(member => member with { Owned = owned[member.MemberId], Generation = round })], world.Topics);
            var givesUp = false;
            foreach (var (member, partitions) in result)
                Assert.All(partitions, partition => Assert.True(owned[member].Contains(partition) || !owned.Values.Any(others => others.Contains(partition)), $"{partition} is given to {member} while another has it"));
            foreach (var (member, partitions) in result)
            {
                givesUp |= owned[member].Except(partitions).Any();
                owned[member] = [.. partitions];
            }
            if (!givesUp) break;
        }
        var balanced = Assignor.Assign(PartitionAssignmentStrategy.Sticky, world.Members, world.Topics);
        Assert.Equal(balanced.Sum(static one => one.Value.Count), owned.Sum(static one => one.Value.Count));
        Assert.Equal(Counts(balanced), owned.Values.Select(static one => one.Count).Order());
    }

    [Fact]
    public void A_hundred_members_and_ten_thousand_partitions_are_shared_out_while_nobody_waits()
    {
        var members = Enumerable.Range(0, 100).Select(static at => new AssignorMember($"m{at:000}", null, ["t", "u"], at == 0 ? [.. Enumerable.Range(0, 5000).Select(static number => new TopicPartition("t", number))] : [], 1)).ToArray();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var result = Assignor.Assign(PartitionAssignmentStrategy.Sticky, members, new Dictionary<string, int> { ["t"] = 5000, ["u"] = 5000 });
        Assert.All(result.Values, static own => Assert.Equal(100, own.Count));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void Members_in_Javas_bytes_are_read_with_and_without_a_generation()
    {
        var bytes = StickyUserData.OfSticky([new TopicPartition("t", 1), new TopicPartition("t", 0)], 7);
        Assert.True(StickyUserData.TryReadSticky(bytes, out var previous, out var generation));
        Assert.Equal((7, "t-0 t-1"), (generation, string.Join(' ', previous)));
        Assert.True(StickyUserData.TryReadSticky(bytes.AsMemory()[..^4], out previous, out generation));
        Assert.Equal((-1, 2), (generation, previous.Count));
        for (var cut = 0; cut < bytes.Length - 4; cut++) Assert.False(StickyUserData.TryReadSticky(bytes.AsMemory()[..cut], out previous, out _) && previous.Count == 2);
        Assert.Equal((7, -1), (StickyUserData.ReadCooperative(StickyUserData.OfCooperative(7)), StickyUserData.ReadCooperative(default)));
    }
}
