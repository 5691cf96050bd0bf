using System.Net;
using System.Net.Sockets;

namespace Semel.Faults.Connections;

/// <summary>
/// One client's connection and the broker connection made for it; both end together. It begins with the connection to the broker: when that is refused, the client's is
/// reset before anything was read from it. It ends when either side closes (what is still under way in the other direction passes first), when an action cuts it,
/// or when <see cref="Cut"/> is called.
/// </summary>
sealed class ProxyConnection(Socket client, ConnectionContext context, Func<IPAddress, string, int, bool, (string, int)> map)
{
    readonly CancellationTokenSource _cut = new();

    public void Cut()
    {
        try { _cut.Cancel(); }
        catch (ObjectDisposedException) { /* It has ended by itself. */ }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, _cut.Token);
        try
        {
            using var broker = await SocketWriting.ConnectAsync(context.Upstream, context.Options, ended.Token).ConfigureAwait(false);
            var local = ((IPEndPoint)client.LocalEndPoint!).Address;
            await ExchangeAsync(broker, local, ended).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            context.Ledger.Note(context.Number, $"no connection to {context.Upstream}: {failure.Message}");
            client.Reset();
        }
        catch (OperationCanceledException) { /* Cut or stopped before the broker was reached. */ }
        finally
        {
            client.Dispose();
            _cut.Dispose();
        }
    }

    async Task ExchangeAsync(Socket broker, IPAddress local, CancellationTokenSource ended)
    {
        using var requestFlow = new RequestFlow(client, broker, context);
        using var answerFlow = new AnswerFlow(broker, client, context, (host, port, alone) => map(local, host, port, alone));
        var requests = EndOfAsync(requestFlow, ended.Token);
        var answers = EndOfAsync(answerFlow, ended.Token);
        var first = await Task.WhenAny(requests, answers).ConfigureAwait(false);
        // A client that closes its side may still be owed answers, and the broker may still be reading what was sent.
        if (first == requests && await requests.ConfigureAwait(false) && TryShutdown(broker))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ended.Token);
            await Task.WhenAny(answers, Task.Delay(context.Options.UpstreamTimeout, context.Options.TimeProvider, patience.Token)).ConfigureAwait(false);
            await patience.CancelAsync().ConfigureAwait(false);
        }
        await ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(requests, answers).ConfigureAwait(false);
    }

    /// <returns>True when the sender closed its side in order.</returns>
    async Task<bool> EndOfAsync(FrameFlow flow, CancellationToken cancellation)
    {
        try
        {
            return await flow.RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (FrameException wrong)
        {
            context.Ledger.Note(context.Number, wrong.Message);
            return false;
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    static bool TryShutdown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (SocketException) { return false; }
    }
}
