using System.Text.Json;
using Semel.Cli.Demo.Transactions;

namespace Semel.Cli.Tests.Demo;

public sealed class TransactionDemoTests
{
    [Fact]
    public async Task Every_input_has_one_result_for_readers_of_committed_records_and_a_seed_means_the_same_table_every_time()
    {
        var tables = new List<Dictionary<string, string>>();
        for (var time = 0; time < 2; time++)
        {
            var result = await RunResult.OfAsync("demo", "--transactions", "--scenes", $"{TransactionPlan.Fewest}", "--seed", "4", "--json");
            Assert.True(result.ExitCode == ExitCode.Success, result.Error + result.Output);
            tables.Add(JsonDocument.Parse(result.Output).RootElement.EnumerateObject().Where(entry => entry.Name != "milliseconds").ToDictionary(entry => entry.Name, entry => entry.Value.ToString()));
        }
        Assert.Equal(tables[0], tables[1]);
        Assert.Equal("True", tables[0]["exactlyOnce"]);
        Assert.All(["committed", "aborted", "jobsKilled", "brokersKilled", "endTxnAnswersLost", "endTxnRequestsLost", "zombiesRefused"], name => Assert.NotEqual("0", tables[0][name]));
        Assert.Equal("0", tables[0]["zombiesTaken"]);
        var (committed, uncommitted) = (JsonDocument.Parse(tables[0]["readCommitted"]).RootElement, JsonDocument.Parse(tables[0]["readUncommitted"]).RootElement);
        Assert.Equal(tables[0]["inputs"], committed.GetProperty("once").ToString());
        // What the other isolation level shows is no chance either: this is what transactions are for.
        Assert.All(["doubled", "ofAborted", "shownTooEarly"], name => Assert.NotEqual(0, uncommitted.GetProperty(name).GetInt64()));
    }

    [Theory]
    [InlineData("neither FILE nor --lines", "--transactions", "--lines", "5")]
    [InlineData("neither FILE nor --lines", "--transactions", "some.txt")]
    [InlineData("--scenes goes with --transactions", "--scenes", "40")]
    [InlineData("--scenes is '5'", "--transactions", "--scenes", "5")]
    public async Task What_does_not_go_together_is_refused(string message, params string[] arguments)
    {
        var result = await RunResult.OfAsync(["demo", .. arguments]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public void Every_scene_is_played_whatever_the_seed()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var plan = TransactionPlan.For(TransactionPlan.Fewest, seed);
            Assert.Equal(TransactionPlan.Fewest, plan.Count);
            Assert.Equal(Enum.GetValues<TransactionScene>(), plan.Select(scene => scene.Scene).Distinct().Order());
            Assert.All(plan, scene => Assert.True(scene is { First: >= 1, Second: >= 1 }));
        }
        Assert.Equal(TransactionPlan.For(60, 7), TransactionPlan.For(60, 7));
        Assert.NotEqual(TransactionPlan.For(60, 7), TransactionPlan.For(60, 8));
    }

    [Fact]
    public void What_was_found_is_told_by_what_was_promised()
    {
        var ledger = new TransactionLedger();
        // Inputs 0 and 1 are written in an attempt that is aborted and in one that is committed; 2 twice in committed ones; 3 never.
        foreach (var (inputs, committed) in new[] { (new long[] { 0, 1 }, false), ([0, 1], true), ([2], true), ([2], true) }) ledger.Ended(ledger.Begin(inputs), committed);
        FoundResult[] uncommitted = [new(0, 0), new(0, 1), new(1, 1), new(2, 2), new(2, 3)];
        Assert.Equal(new TransactionAccount(Once: 1, Doubled: 2, Lost: 1, OfAborted: 1, ShownTooEarly: 5, ShownTooLate: 0), ledger.Account(4, uncommitted, shownTooEarly: 5, shownTooLate: 0));
        Assert.True(ledger.Account(3, [new(0, 1), new(1, 1), new(2, 2)], 0, 0) is { IsExact: true, Once: 3 });
        Assert.False(ledger.Account(3, [new(0, 1), new(1, 1), new(2, 2)], 0, shownTooLate: 1).IsExact);
        Assert.Equal((4, 3, 1, 4L), (ledger.Count, ledger.Committed, ledger.Aborted, ledger.Done));
        Assert.True(ledger.IsWhole(1, uncommitted));
        Assert.False(ledger.IsWhole(1, [new(0, 1), new(1, 0)]));
    }

    static TransactionOutcome Outcome(TransactionAccount committed, int zombiesTaken = 0, long offsetsApart = 0) =>
        new(2, 3, 2, 1, committed, committed with { ShownTooEarly = 5 }, offsetsApart, new(1, 1, 1, 1), 1, zombiesTaken, TimeSpan.FromSeconds(1));

    [Fact]
    public void A_run_in_which_anything_went_wrong_is_not_called_exact()
    {
        var exact = new TransactionAccount(2, 0, 0, 0, 0, 0);
        Assert.True(Outcome(exact).IsExact);
        Assert.Contains("saw the result of each of the 2 inputs exactly once", TransactionReport.Conclusion(Outcome(exact)));
        foreach (var wrong in new[] { Outcome(exact with { Doubled = 1 }), Outcome(exact with { Once = 1 }), Outcome(exact with { OfAborted = 1 }), Outcome(exact with { ShownTooLate = 1 }), Outcome(exact, zombiesTaken: 1), Outcome(exact, offsetsApart: 1) })
        {
            Assert.False(wrong.IsExact);
            Assert.Contains("must not happen", TransactionReport.Conclusion(wrong));
        }
    }
}
