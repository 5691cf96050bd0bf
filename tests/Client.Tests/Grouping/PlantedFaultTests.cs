using Semel.Client.Grouping;
using Semel.Client.Grouping.Membership;
using Semel.Protocol;

namespace Semel.Client.Tests.Grouping;

/// <summary>Each fault that can be planted breaks its rule, and nothing else hides it.</summary>
public sealed class PlantedFaultTests
{
    static GroupOptions Consumer => new MemberScript().Options with { Protocol = GroupProtocol.Consumer };

    [Fact]
    public void An_eager_member_joins_with_what_it_should_have_given_back()
    {
        var script = new MemberScript(fault: PlantedFault.DeliversDuringRevocation).Stable(0);
        script.Beat(ErrorCode.RebalanceInProgress);
        Assert.True(script.Asks<SendJoin>());
        Assert.Equal(("t-0", true), (script.Owned, script.MayDeliver));
    }

    [Fact]
    public void A_refused_generation_costs_nothing()
    {
        var script = new MemberScript(fault: PlantedFault.KeepsPartitionsAfterIllegalGeneration).Stable(0).Beat(ErrorCode.IllegalGeneration);
        Assert.Equal(("t-0", true), (script.Owned, script.MayDeliver));
        Assert.Equal("Lost t-0", new MemberScript(fault: PlantedFault.KeepsPartitionsAfterIllegalGeneration).Stable(0).Beat(ErrorCode.UnknownMemberId).Calls[^1]);
    }

    [Fact]
    public void The_coordinator_hears_of_a_revocation_that_still_runs()
    {
        var script = new MemberScript(Consumer, PlantedFault.AcknowledgesRevocationEarly).Has(0, 1);
        script.Pass(TimeSpan.FromSeconds(5));
        script.OwnerIsQuick = false;
        script.Hear(2, 1);
        Assert.True(script.IsOwnerBusy);
        Assert.Equal([1], Assert.Single(script.Next<SendConsumerHeartbeat>().Owned!).Partitions);
    }

    [Fact]
    public void The_end_of_the_session_is_not_looked_at()
    {
        var script = new MemberScript(fault: PlantedFault.IgnoresSessionEnd).Stable(0);
        script.StandStill(TimeSpan.FromMinutes(2)).Run();
        Assert.Equal("t-0", script.Owned);
    }
}
