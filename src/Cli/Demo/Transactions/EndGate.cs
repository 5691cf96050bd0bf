using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Cli.Demo.Transactions;

/// <summary>What befalls the next request of EndTxn.</summary>
public enum EndFate
{
    Pass,
    /// <summary>The broker carries it out; then the connection is cut before the answer.</summary>
    CutAnswer,
    /// <summary>The broker carries it out; nobody hears of it.</summary>
    KeepAnswer,
    /// <summary>The broker never sees it.</summary>
    KeepRequest,
}

/// <summary>
/// The network between the job and the broker, which advertises this address. It strikes at one moment only, and tells when it has: so a process can be killed
/// in the middle of a commit, always at the same place. Thread safe.
/// </summary>
public sealed class EndGate : IAsyncDisposable
{
    readonly DemoListener _listener;
    readonly Lock _gate = new();
    EndFate _next;
    TaskCompletionSource _struck = new();

    public EndGate()
    {
        _listener = new DemoListener(ServeAsync);
        _listener.Start();
    }

    public int Port => _listener.Port;

    /// <summary>Where the broker listens; set before the first client comes.</summary>
    public int BrokerPort { get; set; }

    /// <summary>The next EndTxn meets this fate, and those behind it pass.</summary>
    /// <returns>Completes when it has: with an answer that was kept or cut, the broker has carried the request out.</returns>
    public Task Arm(EndFate fate)
    {
        lock (_gate)
        {
            (_next, _struck) = (fate, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _struck.Task;
        }
    }

    EndFate Strike(byte[] frame)
    {
        if (BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(Frame.SizeLength)) != (short)ApiKey.EndTxn) return EndFate.Pass;
        lock (_gate)
        {
            var fate = _next;
            _next = EndFate.Pass;
            return fate;
        }
    }

    async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await broker.ConnectAsync(IPAddress.Loopback, BrokerPort, ending.Token).ConfigureAwait(false);
            var kept = new TaskCompletionSource<(int Correlation, EndFate Fate)>(TaskCreationOptions.RunContinuationsAsynchronously);
            // Whoever ends first ends the connection.
            await Task.WhenAny(CarryRequestsAsync(client, broker, kept, ending.Token), CarryAnswersAsync(client, broker, kept, ending.Token))
                .ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // The broker is being started: the client comes again.
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    async Task CarryRequestsAsync(Socket client, Socket broker, TaskCompletionSource<(int, EndFate)> kept, CancellationToken stop)
    {
        while (true)
        {
            var frame = await client.ReadFrameAsync(stop).ConfigureAwait(false);
            var fate = Strike(frame);
            // A request that is kept takes those behind it on its connection along: they would overtake it.
            if (fate == EndFate.KeepRequest)
            {
                _struck.TrySetResult();
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
            }
            if (fate != EndFate.Pass) kept.SetResult((BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(Frame.SizeLength + 2 * sizeof(short))), fate));
            await broker.SendAllAsync(frame, stop).ConfigureAwait(false);
        }
    }

    async Task CarryAnswersAsync(Socket client, Socket broker, TaskCompletionSource<(int Correlation, EndFate Fate)> kept, CancellationToken stop)
    {
        // A connection that keeps an answer says nothing more, and ends with the broker.
        for (var isMute = false; ;)
        {
            var frame = await broker.ReadFrameAsync(stop).ConfigureAwait(false);
            if (kept.Task.IsCompleted && kept.Task.Result.Correlation == BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(Frame.SizeLength)))
            {
                _struck.TrySetResult();
                if (kept.Task.Result.Fate == EndFate.CutAnswer) return;
                isMute = true;
            }
            if (!isMute) await client.SendAllAsync(frame, stop).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
