using Semel.Client.Consuming;

namespace Semel.Client.Tests.Consuming;

public class ConsumerSimulationTests
{
    [Fact]
    public void Every_record_comes_in_its_turn_and_no_commit_covers_one_that_nobody_is_done_with()
    {
        var (delivered, stale, revocations, commits) = (0, 0, 0, 0);
        for (var seed = 0; seed < 300; seed++)
        {
            var simulation = new ConsumerSimulation(seed);
            try { simulation.Run(); }
            catch (Exception failure) { throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure); }
            delivered += simulation.Delivered;
            stale += simulation.Stale;
            revocations += simulation.Revocations;
            commits += simulation.Commits;
        }
        // A simulation in which nothing difficult happens proves nothing.
        Assert.True(delivered > 10_000 && stale > 300 && revocations > 300 && commits > 1000, $"{delivered} delivered, {stale} stale, {revocations} revocations, {commits} commits");
    }

    public static TheoryData<string> Faults => [.. Enum.GetNames<PlantedFault>().Where(static name => name != nameof(PlantedFault.None))];

    [Theory, MemberData(nameof(Faults))]
    public void A_rule_that_is_broken_on_purpose_is_found(string fault) => Assert.Contains(Enumerable.Range(0, 300), seed =>
    {
        try { new ConsumerSimulation(seed, Enum.Parse<PlantedFault>(fault)).Run(); }
        catch (InvalidOperationException) { return true; }
        return false;
    });
}
