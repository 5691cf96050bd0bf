using System.Diagnostics;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Consumer.Assignors;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer.Assignors;

public class UniformAssignorTests
{
    static readonly UniformAssignor Uniform = new();

    [Fact(DisplayName = "G28: a member leaves: only its partitions move")]
    public void OnlyThoseOfTheOneThatLeft()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var before = RandomGroup.Of(random, random.Next(2, 10), random.Next(1, 5), 12, mixed: false, withTargets: false);
            before = RandomGroup.After(before, Uniform.Assign(before));
            var gone = random.Next(before.Members.Count);
            var after = before with { Members = [.. before.Members.Where((_, index) => index != gone)] };
            var assigned = Uniform.Assign(after);
            RandomGroup.AssertWhole(after, assigned);
            Assert.Equal(0, RandomGroup.Moved(after, assigned));
        }
    }

    [Fact]
    public void Equal_subscriptions_are_shared_within_one_and_no_partition_moves_that_need_not()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var input = RandomGroup.Of(random, random.Next(1, 12), random.Next(1, 5), 9, mixed: false, withTargets: true);
            var assigned = Uniform.Assign(input);
            RandomGroup.AssertWhole(input, assigned);
            Assert.InRange(assigned.Max(set => set.Count) - assigned.Min(set => set.Count), 0, 1);
            Assert.Equal(LeastMoves(input), RandomGroup.Moved(input, assigned));
        }
    }

    /// <summary>Whatever a member has beyond the quota has to go, and only as many may keep one more as there are extra ones.</summary>
    static int LeastMoves(AssignorInput input)
    {
        var claimed = new HashSet<TopicIdPartition>();
        var held = input.Members.OrderBy(member => member.MemberId, StringComparer.Ordinal)
            .Select(member => member.Target.Count(partition => input.PartitionCounts.TryGetValue(partition.TopicId, out var count) && partition.Partition < count && claimed.Add(partition))).ToArray();
        var (quota, extra) = Math.DivRem(input.PartitionCounts.Values.Sum(), input.Members.Count);
        return held.Sum(count => Math.Max(0, count - quota)) - Math.Min(extra, held.Count(count => count > quota));
    }

    [Fact]
    public void Mixed_subscriptions_are_shared_as_equally_as_any_assignment_could()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var input = RandomGroup.Of(random, random.Next(1, 5), random.Next(1, 4), 3, mixed: true, withTargets: true);
            var assigned = Uniform.Assign(input);
            RandomGroup.AssertWhole(input, assigned);
            Assert.Equal(LeastSumOfSquares(input), RandomGroup.SumOfSquares(assigned));
        }
    }

    /// <summary>By trying all assignments.</summary>
    static long LeastSumOfSquares(AssignorInput input)
    {
        var candidates = new List<int[]>();
        foreach (var (topic, count) in input.PartitionCounts)
        {
            int[] subscribers = [.. Enumerable.Range(0, input.Members.Count).Where(index => input.Members[index].Topics.Contains(topic))];
            for (var partition = 0; partition < count && subscribers.Length > 0; partition++) candidates.Add(subscribers);
        }
        var loads = new int[input.Members.Count];
        long Least(int next)
        {
            if (next == candidates.Count) return loads.Sum(load => (long)load * load);
            var least = long.MaxValue;
            foreach (var member in candidates[next])
            {
                loads[member]++;
                least = Math.Min(least, Least(next + 1));
                loads[member]--;
            }
            return least;
        }
        return Least(0);
    }

    [Fact]
    public void What_is_shared_equally_already_stays_as_it_is()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var input = RandomGroup.Of(random, random.Next(1, 15), random.Next(1, 8), 12, mixed: seed % 2 == 0, withTargets: true);
            var assigned = Uniform.Assign(input);
            Assert.Equal(assigned, Uniform.Assign(RandomGroup.After(input, assigned)));
        }
    }

    [Fact]
    public void Of_mixed_subscriptions_no_more_partitions_move_than_it_takes_to_make_it_equal()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var input = RandomGroup.Of(random, random.Next(2, 8), random.Next(1, 5), 8, mixed: true, withTargets: false);
            input = RandomGroup.After(input, Uniform.Assign(input));
            var after = input with { Members = [.. input.Members.Skip(1)] };
            var assigned = Uniform.Assign(after);
            RandomGroup.AssertWhole(after, assigned);
            // What one member had goes to others, and each of those may hand on at most one that it had for each it is given.
            var given = input.Members[0].Target.Count;
            Assert.InRange(RandomGroup.Moved(after, assigned), 0, given * (after.Members.Count - 1));
        }
    }

    [Fact]
    public void The_order_in_which_members_are_given_changes_nothing()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var input = RandomGroup.Of(random, random.Next(1, 10), random.Next(1, 5), 9, mixed: seed % 2 == 0, withTargets: true);
            Assert.Equal(Uniform.Assign(input), Uniform.Assign(input with { Members = [.. input.Members.Reverse()] }).Reverse());
        }
    }

    [Fact]
    public void A_chain_of_members_that_share_topics_in_pairs_is_levelled_from_end_to_end()
    {
        // Member n subscribes to topics n and n + 1 only: what is too much at one end can only be handed on, from each to the next.
        const int Members = 40;
        var counts = Enumerable.Range(0, Members + 1).ToDictionary(RandomGroup.Topic, number => number == 0 ? Members * 2 : 1);
        var members = Enumerable.Range(0, Members).Select(number => new AssignorMember($"member-{number:d3}", null, [RandomGroup.Topic(number), RandomGroup.Topic(number + 1)],
            number == 0 ? PartitionSet.Of(Enumerable.Range(0, Members * 2).Select(partition => new TopicIdPartition(RandomGroup.Topic(0), partition))) : PartitionSet.Empty)).ToArray();
        var assigned = Uniform.Assign(new AssignorInput(members, counts));
        Assert.Equal(Members * 2, assigned[0].Count);
        Assert.InRange(assigned.Skip(1).Max(set => set.Count) - assigned.Skip(1).Min(set => set.Count), 0, 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_thousand_members_and_ten_thousand_partitions_are_shared_quickly(bool mixed)
    {
        var random = new Random(1);
        var counts = Enumerable.Range(0, 100).ToDictionary(RandomGroup.Topic, _ => 100);
        var all = counts.Keys.ToArray();
        var members = Enumerable.Range(0, 1000).Select(number => new AssignorMember($"member-{number:d4}", null,
            mixed ? [.. all.Where(_ => random.Next(3) == 0)] : all, PartitionSet.Empty)).ToArray();
        var input = new AssignorInput(members, counts);
        var watch = Stopwatch.StartNew();
        var assigned = Uniform.Assign(input);
        var joined = RandomGroup.After(input, assigned);
        joined = joined with { Members = [.. joined.Members.Skip(1), new AssignorMember("newcomer", null, [.. all.Take(50)], PartitionSet.Empty)] };
        var after = Uniform.Assign(joined);
        watch.Stop();
        RandomGroup.AssertWhole(input, assigned);
        RandomGroup.AssertWhole(joined, after);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"two assignments took {watch.Elapsed}");
    }
}
