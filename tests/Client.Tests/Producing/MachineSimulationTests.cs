namespace Semel.Client.Tests.Producing;

public class MachineSimulationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_report_is_true_whatever_the_network_does(int block)
    {
        var (bumps, ghosts, persisted, withdrawals, renewals) = (0, 0, 0, 0, 0);
        for (var seed = block * 100; seed < block * 100 + 100; seed++)
        {
            try
            {
                var simulation = new MachineSimulation(seed);
                simulation.Run();
                bumps += simulation.EpochBumps;
                ghosts += simulation.Ghosts;
                persisted += simulation.Persisted;
                withdrawals += simulation.Withdrawals;
                renewals += simulation.Renewals;
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
        // A simulation in which nothing difficult happens proves nothing.
        Assert.True(bumps > 100 && ghosts > 100 && persisted > 1000 && withdrawals > 0 && renewals > 100,
            $"{bumps} bumps, {ghosts} ghosts, {persisted} persisted, {withdrawals} withdrawn, {renewals} renewals");
    }
}
