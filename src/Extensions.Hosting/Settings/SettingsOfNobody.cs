using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Semel.Extensions.Hosting.Settings;

/// <summary>Tells at start which settings are of no client: a name that was written wrongly would be passed over in silence.</summary>
internal sealed class SettingsOfNobody(IConfiguration? root, IReadOnlySet<(ClientKind, string)> clients, ILogger logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (kind, name, path) in root is null ? [] : SectionSettings.Clients(root))
            if (!clients.Contains((kind, name))) HostingLog.SettingsOfNobody(logger, path);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
