using Semel.Testing.Simulation.Transactions;
using Xunit.Abstractions;

namespace Semel.Simulation.Tests.Transactions;

/// <summary>The exam of the simulation of transactions: each rule that is broken on purpose is noticed, and the output tells after how many seeds.</summary>
public class PlantedTransactionFaultTests(ITestOutputHelper output)
{
    /// <summary>Every rule is found to be broken within so many seeds.</summary>
    const ulong SeedsTried = 800;

    public static TheoryData<TransactionFault> Faults() => [.. Enum.GetValues<TransactionFault>().Where(static fault => fault != TransactionFault.None)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_found(TransactionFault fault)
    {
        for (ulong seed = 1; seed <= SeedsTried; seed++)
        {
            if (TransactionRun.FailureOf(seed, fault) is not { } found) continue;
            output.WriteLine($"{fault} took {seed} seeds: {found.Split('\n')[0]}");
            return;
        }
        Assert.Fail($"{SeedsTried} seeds did not find {fault}");
    }
}
