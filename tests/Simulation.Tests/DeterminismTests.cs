using Semel.Testing.Simulation;

namespace Semel.Simulation.Tests;

/// <summary>Without these no failure could be looked at a second time.</summary>
public class DeterminismTests
{
    const ulong Seeds = 40;

    [Fact]
    public void The_same_seed_is_the_same_run_and_another_seed_another()
    {
        var sums = new HashSet<string>();
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var first = SimulatedRun.Of(seed);
            var second = SimulatedRun.Of(seed);
            Assert.Equal((first.Sha256, first.Events), (second.Sha256, second.Events));
            sums.Add(first.Sha256);
        }
        Assert.Equal((int)Seeds, sums.Count);
    }

    [Fact]
    public void Keeping_the_lines_changes_nothing()
    {
        Assert.Equal(SimulatedRun.Transcript(3), SimulatedRun.Transcript(3));
        Assert.Equal(SimulatedRun.Of(3).Events + 1, SimulatedRun.Transcript(3).Count);
    }
}
