using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Semel.Extensions.Hosting.Health;

namespace Semel.Extensions.Hosting;

/// <summary>The clients that somebody has asked for so far: what they are doing, and how they are closed. Thread safe.</summary>
internal sealed class ClientRegistry(IServiceProvider services)
{
    readonly ILogger _logger = HostingLog.Of(services);
    readonly ConcurrentDictionary<(ClientKind Kind, string Name), Entry> _entries = new();
    readonly ConcurrentDictionary<object, Exception> _failures = new(ReferenceEqualityComparer.Instance);

    sealed record Entry(object Client, Func<ClientFacts> Facts, IAsyncDisposable Closing);

    public T Add<T>(ClientKind kind, string name, T client, Func<ClientFacts> facts) where T : class, IAsyncDisposable
    {
        _entries[(kind, name)] = new Entry(client, facts, client);
        return client;
    }

    /// <returns>Null while nobody has asked for the client.</returns>
    public ClientFacts? FactsOf(ClientKind kind, string name) => !_entries.TryGetValue((kind, name), out var entry) ? null
        : entry.Facts() with { Failure = _failures.GetValueOrDefault(entry.Client) };

    /// <summary>Whoever reads from this client has stopped because of that.</summary>
    public void Failed(object client, Exception failure) => _failures[client] = failure;

    /// <summary>
    /// Closes what there is: consumers first, which commit and leave their groups, then producers, which deliver what they have, at last admin clients. One that cannot be closed does not keep the
    /// others open.
    /// </summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        foreach (var kind in _entries.GroupBy(static entry => entry.Key.Kind).OrderBy(static group => group.Key))
            await Task.WhenAll(kind.Select(entry => CloseAsync(entry.Key.Kind, entry.Key.Name, entry.Value.Closing, cancellation))).ConfigureAwait(false);
    }

    async Task CloseAsync(ClientKind kind, string name, IAsyncDisposable client, CancellationToken cancellation)
    {
        try
        {
            await client.DisposeAsync().AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            HostingLog.Closed(_logger, kind, name);
        }
        catch (Exception failure)
        {
            HostingLog.NotClosed(_logger, failure, kind, name);
        }
    }
}
