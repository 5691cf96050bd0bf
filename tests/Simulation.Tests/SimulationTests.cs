using Semel.Testing.Simulation;
using Xunit.Abstractions;

namespace Semel.Simulation.Tests;

/// <summary>Seeds with the rules as they are: every promise holds, and every kind of trouble occurs. With SEMEL_SIMULATION_SEED=7 one seed only, event by event; with 1000..5000 those.</summary>
public class SimulationTests(ITestOutputHelper output)
{
    static readonly (ulong First, ulong Last) Usual = (1, 600);
    const string OneSeed = "SEMEL_SIMULATION_SEED";

    static readonly string[] Troubles =
    [
        "crash", "crash-while-appending", "crash-before-force", "stop", "append-failed", "torn-append", "snapshot", "delete-records",
        "wall-clock", "wall-clock-jumps-forward", "wall-clock-jumps-back", "wall-clock-jumps-while-down",
        "produce", "produce-raw", "cut", "timeout", "zombie", "abandoned", "producer-died", "batch-across-the-wrap", "forgotten-producer-goes-on", "lower-sequence-awaited",
        "Duplicate", "InOrder", "FirstOfProducer", "FirstOfEpoch", "OutOfOrderSequenceNumber", "InvalidProducerEpoch", "KafkaStorageError",
        "Persisted", "NotPersisted", "PossiblyPersisted",
    ];

    [Fact]
    public void Every_promise_holds_and_every_kind_of_trouble_occurs()
    {
        var wanted = Semel.Peers.Surroundings.Variable(OneSeed);
        if (ulong.TryParse(wanted, out var only))
        {
            foreach (var line in SimulatedRun.Transcript(only)) output.WriteLine(line);
            SimulatedRun.Of(only);
            return;
        }
        var (first, last) = wanted?.Split("..") is [var from, var to] ? (ulong.Parse(from), ulong.Parse(to)) : Usual;
        var counts = new SimulationCounts();
        for (var seed = first; seed <= last; seed++) counts.Add(SimulatedRun.Of(seed).Counts);
        foreach (var (what, count) in counts.All) output.WriteLine($"{count,9} {what}");
        if (wanted is null) Assert.DoesNotContain(Troubles, trouble => counts[trouble] == 0);
    }

    [Fact]
    public void A_failure_tells_its_seed_how_to_run_it_again_and_what_happened_last()
    {
        var failure = FirstFailure(SimulationFault.DuplicateAnsweredWithNewOffset);
        Assert.Contains($"seed {failure.Seed}:", failure.Message);
        Assert.Contains($"{OneSeed}={failure.Seed} ./test Simulation", failure.Message);
        Assert.Contains("was acknowledged at offset", failure.Message);
        Assert.Contains("produce", failure.Message);
    }

    static (ulong Seed, string Message) FirstFailure(SimulationFault fault)
    {
        for (ulong seed = 1; seed <= PlantedFaultTests.SeedsTried; seed++)
            if (Record.Exception(() => SimulatedRun.Of(seed, fault)) is SimulationFailedException failed) return (seed, failed.Message);
        throw new Xunit.Sdk.XunitException($"no seed found {fault}");
    }
}
