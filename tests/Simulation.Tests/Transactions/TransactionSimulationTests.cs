using Semel.Testing.Simulation;
using Semel.Testing.Simulation.Transactions;
using Xunit.Abstractions;

namespace Semel.Simulation.Tests.Transactions;

/// <summary>
/// Seeds of transactions and groups with the rules as they are: every promise holds, and every kind of trouble occurs. With SEMEL_SIMULATION_SEED=7 one seed
/// only, event by event; with 1000..50000 those.
/// </summary>
public class TransactionSimulationTests(ITestOutputHelper output)
{
    static readonly (ulong First, ulong Last) Usual = (1, 3_000);
    const string OneSeed = "SEMEL_SIMULATION_SEED";

    static readonly string[] Troubles =
    [
        "crash", "crash-while-appending", "crash-before-force", "stop", "append-failed", "torn-append", "snapshot", "wall-clock", "remake", "takeover",
            "stands-still",
        "cut", "held", "timeout", "zombie", "late-connection", "slow-thread", "died", "member", "strays",
        "starts-first", "starts-second", "tell-commit", "tell-abort", "TimedOut", "Replaced", "committed", "aborted",
        "marker-KafkaStorageError", "marker-NotCoordinator", "marker-TransactionCoordinatorFenced", "repeated-marker-None",
            "repeated-marker-InvalidProducerEpoch",
        "commit-ProducerFenced", "commit-TransactionAbortable", "abort-ProducerFenced", "init-ProducerFenced", "add-ProducerFenced",
            "add-offsets-ProducerFenced",
        "offsets-IllegalGeneration", "offsets-UnknownMemberId", "offsets-InvalidProducerEpoch", "offsets-RequestTimedOut", "produce-RequestTimedOut",
            "produce-InvalidTxnState",
        "produce-InvalidProducerEpoch", "produce-KafkaStorageError", "produce-OutOfOrderSequenceNumber", "produce-UnknownTopicId", "Duplicate",
            "FirstAfterMarker", "FirstOfEpoch",
        "transactions-committed", "transactions-not-committed", "transactions-unknown", "kept-offsets-compared", "shown-records",
        "client-begin", "client-committed", "client-aborted", "client-Unresolved", "client-Abortable", "client-Rebumping", "client-Fenced",
    ];

    [Fact]
    public void Every_promise_holds_and_every_kind_of_trouble_occurs()
    {
        var wanted = Semel.Peers.Surroundings.Variable(OneSeed);
        if (ulong.TryParse(wanted, out var only))
        {
            foreach (var line in TransactionRun.Transcript(only)) output.WriteLine(line);
            TransactionRun.Of(only);
            return;
        }
        var (first, last) = wanted?.Split("..") is [var from, var to] ? (ulong.Parse(from), ulong.Parse(to)) : Usual;
        var counts = new SimulationCounts();
        Parallel.For((long)first, (long)last + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var report = TransactionRun.Of((ulong)seed);
            lock (counts) counts.Add(report.Counts);
        });
        foreach (var (what, count) in counts.All) output.WriteLine($"{count,9} {what}");
        if (wanted is null) Assert.DoesNotContain(Troubles, trouble => counts[trouble] == 0);
    }

    [Fact]
    public void The_same_seed_is_the_same_run_and_keeping_its_lines_changes_nothing()
    {
        var sums = new HashSet<string>();
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var (first, second) = (TransactionRun.Of(seed), TransactionRun.Of(seed));
            Assert.Equal((first.Sha256, first.Events), (second.Sha256, second.Events));
            sums.Add(first.Sha256);
        }
        Assert.Equal(30, sums.Count);
        var lines = TransactionRun.Transcript(3);
        Assert.Equal(lines, TransactionRun.Transcript(3));
        Assert.Equal(TransactionRun.Of(3).Events, lines.Count(static line => line.StartsWith(' ')));
    }

    [Fact]
    public void A_failure_tells_its_seed_how_to_run_it_again_and_the_least_of_it()
    {
        ulong seed = 1;
        while (TransactionRun.FailureOf(seed, TransactionFault.PendingPromotedOnAbort) is null) seed++;
        var failure = Assert.Throws<SimulationFailedException>(() => TransactionRun.Of(seed, TransactionFault.PendingPromotedOnAbort));
        output.WriteLine(failure.Message);
        Assert.Contains($"seed {seed}: ", failure.Message);
        Assert.Contains($"{OneSeed}={seed} ./test Simulation", failure.Message);
        Assert.Contains("the least of it (without slots [", failure.Message);
        // What is left has fewer events than what has happened.
        var least = failure.Message.Split('\n').Count(static line => line.StartsWith(' '));
        var all = TransactionRun.Transcript(seed, TransactionFault.PendingPromotedOnAbort).Count(static line => line.StartsWith(' '));
        Assert.True(least < all / 2, $"{least} of {all} events are left");
    }
}
