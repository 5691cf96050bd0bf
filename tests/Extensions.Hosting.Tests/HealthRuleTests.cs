using Microsoft.Extensions.Diagnostics.HealthChecks;
using Semel.Client;
using Semel.Extensions.Hosting.Health;
using Semel.Protocol;

namespace Semel.Extensions.Hosting.Tests;

/// <summary>What a client's facts say about its health.</summary>
public class HealthRuleTests
{
    static readonly BrokerUnreachable Lost = new(new NodeId(1), "h", 9092, UnreachableCause.Refused, "refused", "Start it");

    static ClientFacts Facts(int open, params BrokerUnreachable[] lost) => new() { Connections = new ConnectionSummary(open, lost) };

    static HealthCheckResult Judge(ClientFacts? facts, long? mostLag = null, HealthStatus worst = HealthStatus.Unhealthy) => HealthRule.Judge(facts, new ClientHealthOptions { MostLag = mostLag }, worst);

    [Fact]
    public void A_client_that_nobody_has_asked_for_misses_nothing() => Assert.Equal((HealthStatus.Healthy, "not in use yet"), (Judge(null).Status, Judge(null).Description));

    [Fact]
    public void A_client_that_was_not_used_yet_is_not_called_connected() => Assert.Equal((HealthStatus.Healthy, "no connection is open, and none is missed"), (Judge(Facts(0)).Status, Judge(Facts(0)).Description));

    [Fact]
    public void A_client_without_any_broker_is_ill_and_says_what_to_do()
    {
        var told = Judge(Facts(0, Lost));
        Assert.Equal(HealthStatus.Unhealthy, told.Status);
        Assert.Equal("h:9092 cannot be reached: refused. Start it", told.Description);
        Assert.Equal(HealthStatus.Degraded, Judge(Facts(0, Lost), worst: HealthStatus.Degraded).Status);
    }

    [Fact]
    public void A_client_that_has_some_of_its_brokers_is_degraded() => Assert.Equal(HealthStatus.Degraded, Judge(Facts(2, Lost)).Status);

    [Fact]
    public void Whoever_was_taken_over_or_has_stopped_reading_is_ill_though_connected()
    {
        Assert.Equal((HealthStatus.Unhealthy, "another instance has taken over"), (Judge(Facts(1) with { Ended = "another instance has taken over" }).Status, Judge(Facts(1) with { Ended = "another instance has taken over" }).Description));
        var failure = new InvalidOperationException("no such customer");
        var told = Judge(Facts(1) with { Failure = failure });
        Assert.Equal((HealthStatus.Unhealthy, failure), (told.Status, told.Exception));
        Assert.Contains("no such customer", told.Description);
        Assert.Equal(HealthStatus.Unhealthy, Judge(Facts(1) with { Assigned = 2, Stopped = 1 }).Status);
    }

    [Theory]
    [InlineData(100, null, HealthStatus.Healthy)]
    [InlineData(100, 100, HealthStatus.Healthy)]
    [InlineData(101, 100, HealthStatus.Degraded)]
    public void Lag_counts_beyond_its_limit(int lag, int? most, HealthStatus status)
    {
        var told = Judge(Facts(1) with { Assigned = 1, Lag = lag }, most);
        Assert.Equal(status, told.Status);
        Assert.Equal((long)lag, told.Data["lag"]);
    }

    [Fact]
    public void A_member_without_partitions_is_well_and_says_so() => Assert.Equal((HealthStatus.Healthy, "1 connections, no partition is assigned"), (Judge(Facts(1) with { Assigned = 0, Lag = 0 }).Status, Judge(Facts(1) with { Assigned = 0, Lag = 0 }).Description));

    [Fact]
    public void A_hint_is_told_and_harms_nothing() => Assert.EndsWith("connections. Set transaction.version", Judge(Facts(1) with { Hint = "Set transaction.version" }).Description);
}
