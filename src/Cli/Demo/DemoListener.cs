using System.Net;
using System.Net.Sockets;

namespace Semel.Cli.Demo;

/// <summary>
/// Takes connections on a loopback port of its own and has each served until it ends or the listener is disposed of. Thread safe.
/// </summary>
/// <param name="serve">Serves one connection, which is closed behind it; begins without holding the caller up.</param>
internal sealed class DemoListener(Func<Socket, CancellationToken, Task> serve) : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Lock _gate = new();
    readonly List<Task> _serving = [];
    Task _accepting = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends with the listener.</summary>
    public CancellationToken Stopped => _stop.Token;

    public void Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token).ConfigureAwait(false);
                client.NoDelay = true;
                lock (_gate)
                {
                    _serving.RemoveAll(static serving => serving.IsCompleted);
                    _serving.Add(ServeAsync(client));
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    async Task ServeAsync(Socket client)
    {
        using var _ = client;
        await Task.Yield();
        await serve(client, _stop.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] serving;
        lock (_gate) serving = [.. _serving];
        await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
