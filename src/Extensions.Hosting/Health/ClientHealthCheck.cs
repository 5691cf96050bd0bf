using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Semel.Extensions.Hosting.Health;

/// <summary>Tells the health of one client by what it knows of itself. Sends nothing, writes nothing, and makes no client that nobody has asked for.</summary>
internal sealed class ClientHealthCheck(ClientRegistry clients, ClientKind kind, string name, ClientHealthOptions limits) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthRule.Judge(clients.FactsOf(kind, name), limits, context.Registration.FailureStatus));
}
