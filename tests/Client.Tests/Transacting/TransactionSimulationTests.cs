using Semel.Client.Transacting;
using Xunit.Sdk;

namespace Semel.Client.Tests.Transacting;

/// <summary>What is told of transactions is what readers see, over many seeds; and each rule that is broken on purpose is found.</summary>
public class TransactionSimulationTests
{
    const int Seeds = 150;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_is_told_of_each_transaction_is_what_readers_of_committed_records_see(short version)
    {
        int committed = 0, aborted = 0, resolved = 0, incarnations = 0, bumps = 0, late = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var simulation = new TransactionSimulation(seed, version);
            try { simulation.Run(); }
            catch (Exception failure) { throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure); }
            (committed, aborted, resolved) = (committed + simulation.Committed, aborted + simulation.Aborted, resolved + simulation.Resolved);
            (incarnations, bumps, late) = (incarnations + simulation.Incarnations, bumps + simulation.Bumps, late + simulation.Late);
        }
        // What is to be tried out has happened.
        Assert.True(committed > 10 * Seeds && aborted > Seeds && resolved > 20 && late > Seeds, $"{committed} committed, {aborted} aborted, {resolved} resolved, {incarnations} incarnations, {bumps} bumps, {late} late");
        Assert.True(version == 2 || bumps > 20, $"{bumps} bumps");
    }

    [Theory]
    [InlineData(nameof(PlantedFault.CommitDespiteFailedRecord), 1)]
    [InlineData(nameof(PlantedFault.CommitDespiteFailedRecord), 2)]
    [InlineData(nameof(PlantedFault.LostEndTakenAsDone), 1)]
    [InlineData(nameof(PlantedFault.LostEndTakenAsDone), 2)]
    [InlineData(nameof(PlantedFault.BumpBeforeDefiniteEnd), 1)]
    [InlineData(nameof(PlantedFault.DirtyEpochReused), 1)]
    [InlineData(nameof(PlantedFault.SequencesNotRestarted), 2)]
    [InlineData(nameof(PlantedFault.UnknownToldAsCommitted), 1)]
    [InlineData(nameof(PlantedFault.UnknownToldAsCommitted), 2)]
    [InlineData(nameof(PlantedFault.BeginBeforeDefiniteEnd), 1)]
    [InlineData(nameof(PlantedFault.EndBeforeAnswers), 1)]
    [InlineData(nameof(PlantedFault.EndBeforeAnswers), 2)]
    [InlineData(nameof(PlantedFault.WriteBeforeAdded), 1)]
    public void A_rule_that_is_broken_on_purpose_is_found(string name, short version)
    {
        var fault = Enum.Parse<PlantedFault>(name);
        for (var seed = 0; seed < Seeds; seed++)
        {
            try { new TransactionSimulation(seed, version, fault).Run(); }
            catch (XunitException) { return; }
        }
        Assert.Fail($"no seed of {Seeds} shows {fault}");
    }
}
