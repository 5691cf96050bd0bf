using Microsoft.Extensions.Hosting;

namespace Semel.Extensions.Hosting;

/// <summary>Closes the clients when all hosted services have stopped, and before the container disposes of anything.</summary>
internal sealed class ClosingService(ClientRegistry clients) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => clients.CloseAsync(cancellationToken);
}
