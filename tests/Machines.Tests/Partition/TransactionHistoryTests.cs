using Semel.Machines.Partition;
using Xunit.Abstractions;

namespace Semel.Machines.Tests.Partition;

/// <summary>Many histories of transactions in one partition: readers see what was committed and nothing else; and each rule that is broken on purpose is found.</summary>
public class TransactionHistoryTests(ITestOutputHelper output)
{
    const int Seeds = 200;

    [Fact]
    public void Readers_see_exactly_what_was_committed()
    {
        for (var seed = 1; seed <= Seeds; seed++)
            if (TransactionHistory.Violation(seed, PlantedFault.None) is { } violation) Assert.Fail($"seed {seed}: {violation}");
    }

    [Theory]
    [InlineData((byte)PlantedFault.GuardNotRechecked)]
    [InlineData((byte)PlantedFault.AbortedListEmpty)]
    [InlineData((byte)PlantedFault.OpenTransactionsShown)]
    [InlineData((byte)PlantedFault.StaleMarkerAccepted)]
    [InlineData((byte)PlantedFault.LateMarkerAccepted)]
    [InlineData((byte)PlantedFault.StaleCoordinatorAccepted)]
    public void A_broken_rule_is_found(byte fault)
    {
        var found = Enumerable.Range(1, Seeds).Select(seed => (Seed: seed, Violation: TransactionHistory.Violation(seed, (PlantedFault)fault))).First(one => one.Violation is not null);
        output.WriteLine($"{(PlantedFault)fault}: seed {found.Seed}, {found.Violation}");
    }
}
