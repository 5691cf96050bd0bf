using Semel.Client.Grouping;

namespace Semel.Client.Tests.Grouping;

/// <summary>Members and the broker's coordinator under trouble, seed after seed. SEMEL_MEMBER_SEED and SEMEL_MEMBER_SEEDS say from which on, and how many.</summary>
public sealed class MemberSimulationTests
{
    static readonly int First = int.TryParse(Semel.Peers.Surroundings.Variable("SEMEL_MEMBER_SEED"), out var first) ? first : 0;
    static readonly int Seeds = int.TryParse(Semel.Peers.Surroundings.Variable("SEMEL_MEMBER_SEEDS"), out var seeds) ? seeds : 6;

    [Theory]
    [InlineData("range")]
    [InlineData("sticky")]
    [InlineData("cooperative-sticky")]
    [InlineData("consumer")]
    public void No_partition_is_with_two_who_may_deliver_it_and_in_the_end_all_are_shared_out(string kind)
    {
        for (var seed = First; seed < First + Seeds; seed++)
        {
            var simulation = new MemberSimulation(seed, MemberSimulation.Options(kind), PlantedFault.None).Run();
            Assert.True(simulation.Violation is null, $"seed {seed}: {simulation.Violation}\n{simulation.Story}");
        }
    }

    [Theory]
    [InlineData("range", "DeliversDuringRevocation")]
    [InlineData("consumer", "AcknowledgesRevocationEarly")]
    [InlineData("range", "IgnoresSessionEnd")]
    [InlineData("cooperative-sticky", "IgnoresSessionEnd")]
    public void A_rule_that_is_broken_on_purpose_is_found(string kind, string fault)
    {
        for (var seed = 0; seed < 200; seed++)
            if (new MemberSimulation(seed, MemberSimulation.Options(kind), Enum.Parse<PlantedFault>(fault)).Run().Violation is not null) return;
        Assert.Fail($"{fault} was not found");
    }
}
