using System.Text.Json;
using Semel.Cli.Demo.Transactions;

namespace Semel.Cli.Tests.Demo;

public sealed class TransactionDemoTests
{
    [Fact]
    public async Task Committed_transactions_are_seen_whole_once_and_at_once_and_a_seed_means_the_same_table_every_time()
    {
        var tables = new List<Dictionary<string, string>>();
        for (var time = 0; time < 2; time++)
        {
            var result = await RunResult.OfAsync("demo", "--transactions", "--scripts", "32", "--seed", "4", "--json");
            Assert.True(result.ExitCode == ExitCode.Success, result.Error + result.Output);
            tables.Add(JsonDocument.Parse(result.Output).RootElement.EnumerateObject().Where(entry => entry.Name != "milliseconds").ToDictionary(entry => entry.Name, entry => entry.Value.ToString()));
        }
        Assert.Equal(tables[0], tables[1]);
        Assert.Equal("True", tables[0]["exactlyOnce"]);
        Assert.All(["committed", "aborted", "endTxnAnswersLost", "endTxnHeld", "zombieRequestsRefused", "crashes"], name => Assert.NotEqual("0", tables[0][name]));
        var uncommitted = JsonDocument.Parse(tables[0]["readUncommitted"]).RootElement;
        // What the other isolation level shows is no chance either: this is what transactions are for.
        Assert.All(["torn", "shownThoughAborted", "shownTooEarly"], name => Assert.NotEqual(0, uncommitted.GetProperty(name).GetInt64()));
    }

    [Theory]
    [InlineData("neither FILE nor --lines", "--transactions", "--lines", "5")]
    [InlineData("neither FILE nor --lines", "--transactions", "some.txt")]
    [InlineData("--scripts goes with --transactions", "--scripts", "40")]
    [InlineData("--scripts is '5'", "--transactions", "--scripts", "5")]
    public async Task What_does_not_go_together_is_refused(string message, params string[] arguments)
    {
        var result = await RunResult.OfAsync(["demo", .. arguments]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public void Every_scene_is_played_by_both_protocols_whatever_the_seed()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var plan = TransactionPlan.For(32, seed);
            Assert.Equal(32, plan.Count);
            foreach (var script in Enum.GetValues<TransactionScript>())
                foreach (var protocol in Enum.GetValues<TransactionProtocol>()) Assert.Contains((script, protocol), plan);
        }
        Assert.Equal(TransactionPlan.For(60, 7), TransactionPlan.For(60, 7));
        Assert.NotEqual(TransactionPlan.For(60, 7), TransactionPlan.For(60, 8));
    }

    [Fact]
    public void What_was_found_is_told_by_what_was_promised()
    {
        var ledger = new TransactionLedger();
        foreach (var committed in new[] { true, true, true, false, false }) ledger.Ended(ledger.Begin(), committed);
        // The first is whole, the second torn, the third lost, the fourth aborted and there, the fifth aborted and not; the first is twice in a partition.
        var account = ledger.Account([[0, 0, 1, 3], [0, 3]], shownTooEarly: 0, shownTooLate: 0);
        Assert.Equal(new TransactionAccount(Whole: 2, Torn: 1, Lost: 1, Doubled: 1, ShownThoughAborted: 1, ShownTooEarly: 0, ShownTooLate: 0), account);
        Assert.False(account.IsExact);
        Assert.True(ledger.Account([[0, 1, 2], [0, 1, 2]], 0, 0).IsExact);
        Assert.False(ledger.Account([[0, 1, 2], [0, 1, 2]], shownTooEarly: 1, 0).IsExact);
        Assert.Equal((5, 3, 2, 2), (ledger.Count, ledger.Committed, ledger.Aborted, ledger.NewestCommitted));
    }

    static TransactionOutcome Outcome(TransactionAccount committed, int heldAnswered = 0, int zombiesTaken = 0, long offsetsApart = 0) =>
        new(3, 2, 1, committed, committed with { ShownTooEarly = 5 }, offsetsApart, 1, 1, heldAnswered, 1, zombiesTaken, 1, TimeSpan.FromSeconds(1));

    [Fact]
    public void A_run_in_which_anything_went_wrong_is_not_called_exact()
    {
        var exact = new TransactionAccount(2, 0, 0, 0, 0, 0, 0);
        Assert.True(Outcome(exact).IsExact);
        Assert.Contains("each of the 2 committed transactions whole and once", TransactionReport.Conclusion(Outcome(exact)));
        foreach (var wrong in new[] { Outcome(exact with { Torn = 1 }), Outcome(exact with { ShownTooLate = 1 }), Outcome(exact, heldAnswered: 1), Outcome(exact, zombiesTaken: 1), Outcome(exact, offsetsApart: 1) })
        {
            Assert.False(wrong.IsExact);
            Assert.Contains("must not happen", TransactionReport.Conclusion(wrong));
        }
    }
}
