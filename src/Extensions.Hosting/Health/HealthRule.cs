using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Semel.Extensions.Hosting.Health;

/// <summary>What facts say about health. Pure.</summary>
internal static class HealthRule
{
    /// <param name="facts">Null while nobody has asked for the client.</param>
    /// <param name="worst">What an ill client is told as.</param>
    public static HealthCheckResult Judge(ClientFacts? facts, ClientHealthOptions limits, HealthStatus worst)
    {
        if (facts is null) return HealthCheckResult.Healthy("not in use yet");
        var (status, words) = Look(facts, limits, worst);
        var data = new Dictionary<string, object> { ["connections"] = facts.Connections.Open, ["unreachable"] = facts.Connections.Unreachable.Count };
        if (facts.Assigned is { } assigned) data["assigned"] = assigned;
        if (facts.Lag is { } lag) data["lag"] = lag;
        return new HealthCheckResult(status, facts.Hint is null ? words : $"{words}. {facts.Hint}", facts.Failure, data);
    }

    static (HealthStatus Status, string Words) Look(ClientFacts facts, ClientHealthOptions limits, HealthStatus worst)
    {
        if (facts.Failure is { } failure) return (worst, $"reading has stopped: {failure.Message}");
        if (facts.Ended is { } ended) return (worst, ended);
        var lost = facts.Connections.Unreachable;
        if (lost.Count > 0)
        {
            var words = $"{lost[0].Host}:{lost[0].Port} cannot be reached: {lost[0].Reason}. {lost[0].Remedy}{(lost.Count > 1 ? $" (and {lost.Count - 1} more)" : "")}";
            return facts.Connections.Open == 0 ? (worst, words) : (HealthStatus.Degraded, words);
        }
        if (facts.Stopped > 0) return (worst, $"{facts.Stopped} partitions are not read until somebody seeks: an exception said why");
        if (facts.Lag > limits.MostLag) return (HealthStatus.Degraded, $"{facts.Lag} records are left to read, more than {limits.MostLag}");
        if (facts.Connections.Open == 0) return (HealthStatus.Healthy, "no connection is open, and none is missed");
        return (HealthStatus.Healthy, facts.Assigned switch
        {
            null => $"{facts.Connections.Open} connections",
            0 => $"{facts.Connections.Open} connections, no partition is assigned",
            var assigned => $"{facts.Connections.Open} connections, {assigned} partitions are assigned",
        });
    }
}
