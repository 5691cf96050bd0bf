using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Semel.Faults.Tests;

/// <summary>One frame that came to the upstream end, and the connection that it came on.</summary>
sealed record ArrivedFrame(int Connection, byte[] Bytes)
{
    public int CorrelationId => BinaryPrimitives.ReadInt32BigEndian(Bytes.AsSpan(8));
}

/// <summary>The upstream end of a test: plain sockets that write down what comes and answer by a script.</summary>
sealed class ScriptedBroker : IAsyncDisposable
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly Func<byte[], byte[]?> _answer;
    readonly Channel<ArrivedFrame> _arrived = Channel.CreateUnbounded<ArrivedFrame>();
    readonly List<Socket> _sockets = [];
    readonly Task _accepting;
    int _connections;

    /// <param name="answer">The answer's bytes after the size; null for none. Without a script the answer is the correlation id and the request's size.</param>
    public ScriptedBroker(Func<byte[], byte[]?>? answer = null, int port = 0)
    {
        _answer = answer ?? (request => Reply(request, BitConverter.GetBytes(request.Length)));
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public int Connections => Volatile.Read(ref _connections);

    public static byte[] Reply(byte[] request, byte[] body) => [.. request.AsSpan(8, 4), .. body];

    /// <summary>The next frame that came, whichever connection it came on.</summary>
    public async Task<ArrivedFrame> NextAsync() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(Bound);

    /// <summary>The next frames have these correlation ids.</summary>
    public async Task ExpectAsync(params int[] correlationIds)
    {
        foreach (var expected in correlationIds) Assert.Equal(expected, (await NextAsync()).CorrelationId);
    }

    /// <summary>How many frames came that were not asked for yet.</summary>
    public int Unseen => _arrived.Reader.Count;

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                lock (_sockets) _sockets.Add(socket);
                _ = ServeAsync(socket, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException) { /* The test is over. */ }
    }

    async Task ServeAsync(Socket socket, int connection)
    {
        try
        {
            while (await RawClient.ReadFrameAsync(socket) is { } frame)
            {
                await _arrived.Writer.WriteAsync(new ArrivedFrame(connection, frame));
                if (_answer(frame) is { } answer) await socket.SendAsync((byte[])[.. RawClient.Size(answer.Length), .. answer]);
            }
            socket.Dispose();
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException) { /* The connection is over. */ }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        lock (_sockets) _sockets.ForEach(socket => socket.Dispose());
        await _accepting;
    }
}
