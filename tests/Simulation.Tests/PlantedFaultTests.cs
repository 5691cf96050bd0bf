using Semel.Testing.Simulation;
using Xunit.Abstractions;

namespace Semel.Simulation.Tests;

/// <summary>The simulation's own exam: a rule that is broken on purpose is noticed, and by the promise that it breaks.</summary>
public class PlantedFaultTests(ITestOutputHelper output)
{
    public const ulong SeedsTried = 100;

    [Theory]
    [InlineData(SimulationFault.StateKeptAfterFailedAppend)]
    [InlineData(SimulationFault.NoDuplicateCheck)]
    [InlineData(SimulationFault.DuplicateAnsweredWithNewOffset)]
    [InlineData(SimulationFault.WindowOfFour)]
    [InlineData(SimulationFault.SequenceNotWrapped)]
    [InlineData(SimulationFault.SilenceByTheWallClock)]
    [InlineData(SimulationFault.LaterSequencesTaken)]
    public void A_planted_fault_is_found(SimulationFault fault)
    {
        for (ulong seed = 1; seed <= SeedsTried; seed++)
        {
            if (Record.Exception(() => SimulatedRun.Of(seed, fault)) is not { } found) continue;
            Assert.IsType<SimulationFailedException>(found);
            // The first is a broken promise that the oracle saw, not an accident of the simulation.
            Assert.IsType<SimulationFailedException>(found.InnerException);
            output.WriteLine($"{fault} found by {found.Message.Split('\n')[0]}");
            return;
        }
        Assert.Fail($"{SeedsTried} seeds did not find {fault}");
    }

    [Theory]
    [InlineData(SimulationFault.NoDuplicateCheck)]
    [InlineData(SimulationFault.WindowOfFour)]
    public void A_wrong_out_of_order_makes_a_raw_producer_write_twice_and_the_log_shows_it(SimulationFault fault)
    {
        for (ulong seed = 1; seed <= SeedsTried; seed++)
            if (Record.Exception(() => SimulatedRun.Of(seed, fault)) is { } found && found.Message.Contains("is in the log twice")) return;
        Assert.Fail($"{SeedsTried} seeds with {fault} left no record in the log twice");
    }
}
