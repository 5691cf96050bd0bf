using Semel.Protocol;

namespace Semel.Faults.Tests;

public sealed class FaultPlanTests
{
    static FrameFacts Request(ApiKey key = ApiKey.Produce, int connection = 1, long ordinal = 0) => new(FrameDirection.Request, key, 3, (int)ordinal, "client", connection, ordinal, 100);

    static FrameFacts Answer(ApiKey key = ApiKey.Produce, int connection = 1, long ordinal = 0) => Request(key, connection).AnsweredBy(ordinal, 50);

    static FaultPlan Plan(long seed, params string[] rules) => new(seed, rules.Select(FaultRule.Parse));

    /// <summary>Which of the first frames of a connection are struck.</summary>
    static string Fate(FaultPlan plan, int count, int connection = 1) =>
        string.Concat(Enumerable.Range(0, count).Select(ordinal => plan.Decide(Request(connection: connection, ordinal: ordinal)).Action.Kind == FaultKind.Pass ? '.' : 'x'));

    [Fact]
    public void Without_rules_everything_passes()
    {
        var decision = Plan(1).Decide(Request());
        Assert.Equal(FaultAction.Pass, decision.Action);
        Assert.Equal("no rule", decision.Reason);
    }

    [Fact]
    public void A_rule_strikes_its_API_direction_and_connection_only()
    {
        var plan = Plan(1, "Produce+Fetch:answer:cut:connection=2");
        Assert.Equal(FaultKind.Cut, plan.Decide(Answer(ApiKey.Fetch, 2)).Action.Kind);
        Assert.Equal(FaultKind.Cut, plan.Decide(Answer(ApiKey.Produce, 2)).Action.Kind);
        Assert.Equal(FaultKind.Pass, plan.Decide(Answer(ApiKey.Metadata, 2)).Action.Kind);
        Assert.Equal(FaultKind.Pass, plan.Decide(Answer(ApiKey.Fetch, 1)).Action.Kind);
        Assert.Equal(FaultKind.Pass, plan.Decide(Request(ApiKey.Fetch, 2)).Action.Kind);
    }

    [Fact]
    public void A_star_strikes_APIs_that_nobody_knows() => Assert.Equal(FaultKind.Drop, Plan(1, "*:request:drop").Decide(Request((ApiKey)12_345)).Action.Kind);

    [Fact]
    public void The_first_rule_that_strikes_wins_and_a_pass_keeps_later_rules_off()
    {
        var plan = Plan(1, "Fetch:request:drop", "Produce:request:pass:count=1", "Produce:request:cut");
        Assert.Equal(FaultKind.Pass, plan.Decide(Request()).Action.Kind);
        var second = plan.Decide(Request(ordinal: 1));
        Assert.Equal((FaultKind.Cut, 3, 1L), (second.Action.Kind, second.RuleNumber, second.Strike));
        Assert.Equal("rule 3 'Produce:request:cut', strike 1", second.Reason);
    }

    [Fact]
    public void Skip_leaves_the_first_matching_frames_alone_and_count_ends_the_rule() => Assert.Equal("..xxx.....", Fate(Plan(1, "Produce:request:drop:skip=2:count=3"), 10));

    [Fact]
    public void Frames_that_do_not_match_are_not_skipped_over()
    {
        var plan = Plan(1, "Produce:request:drop:skip=1:count=1");
        for (var i = 0; i < 5; i++) Assert.Equal(FaultKind.Pass, plan.Decide(Request(ApiKey.Fetch)).Action.Kind);
        Assert.Equal(".x...", Fate(plan, 5));
    }

    [Fact]
    public void The_same_seed_and_frames_give_the_same_decisions_and_another_seed_others()
    {
        var fate = Fate(Plan(42, "Produce:request:drop:0.5"), 200);
        Assert.Equal(fate, Fate(Plan(42, "Produce:request:drop:0.5"), 200));
        Assert.NotEqual(fate, Fate(Plan(43, "Produce:request:drop:0.5"), 200));
        Assert.NotEqual(fate, Fate(Plan(42, "Fetch:request:drop", "Produce:request:drop:0.5"), 200));
    }

    [Fact]
    public void Decisions_of_a_seed_are_the_same_in_every_version_of_this_library() =>
        Assert.Equal(".x...xx.xxxx.....x....xxx.x.xx..xxxxxx.x", Fate(Plan(7, "Produce:request:drop:0.5"), 40));

    [Fact]
    public void A_connections_draws_do_not_depend_on_what_other_connections_do()
    {
        var alone = Fate(Plan(42, "Produce:request:drop:0.5"), 100);
        var plan = Plan(42, "Produce:request:drop:0.5");
        var beside = "";
        for (var ordinal = 0; ordinal < 100; ordinal++)
        {
            for (var other = 2; other < 5; other++) plan.Decide(Request(connection: other, ordinal: ordinal));
            beside += plan.Decide(Request(ordinal: ordinal)).Rule is null ? '.' : 'x';
        }
        Assert.Equal(alone, beside);
        Assert.NotEqual(alone, Fate(plan, 100, connection: 2));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void About_as_many_frames_are_struck_as_the_probability_says(double probability)
    {
        var plan = new FaultPlan(5, [new FaultRule(FrameDirection.Request, FaultAction.Drop) { Probability = probability }]);
        var struck = Fate(plan, 20_000).Count(fate => fate == 'x');
        Assert.InRange(struck / 20_000.0, probability - 0.01, probability + 0.01);
        if (probability is 0 or 1) Assert.Equal(probability * 20_000, struck);
    }
}
