using Semel.Cli.Demo;

namespace Semel.Cli.Tests.Demo;

public sealed class FatePlanTests
{
    const int Batches = 20_000;

    static List<NetworkFate> Fates(long seed, int count = Batches)
    {
        var plan = new FatePlan(seed);
        return [.. Enumerable.Range(0, count).Select(plan.Of)];
    }

    [Fact]
    public void A_seed_means_the_same_fates_in_whatever_order_they_are_asked_for()
    {
        Assert.Equal(Fates(7), Fates(7));
        var plan = new FatePlan(7);
        Assert.Equal(Fates(7)[500], plan.Of(500));
        Assert.Equal(Fates(7)[3], plan.Of(3));
        Assert.NotEqual(Fates(7, 1000), Fates(8, 1000));
    }

    [Fact]
    public void About_one_batch_in_five_meets_something_and_everything_there_is_comes_about()
    {
        var fates = Fates(1);
        Assert.InRange(fates.Count(fate => fate != NetworkFate.Pass), Batches * 0.12, Batches * 0.25);
        Assert.Equal(Enum.GetValues<NetworkFate>(), fates.Distinct().Order());
    }

    [Fact]
    public void Answers_are_lost_without_a_word_six_times_at_most() => Assert.Equal(6, Fates(1).Count(fate => fate == NetworkFate.LoseAnswer));

    [Fact]
    public void The_four_behind_a_changed_batch_pass()
    {
        var fates = Fates(1);
        for (var at = 0; at < Batches - 4; at++)
            if (fates[at] == NetworkFate.Corrupt) Assert.All(fates.Skip(at + 1).Take(4), fate => Assert.Equal(NetworkFate.Pass, fate));
    }
}
