using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Support;

/// <summary>A connection that sends and receives frames, right ones by our messages and wrong ones byte by byte. It waits at most twenty seconds for anything.</summary>
internal sealed class FrameClient : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    int _nextCorrelationId;

    public static async Task<FrameClient> ConnectAsync(IPEndPoint endPoint, int? receiveBufferBytes = null, string clientId = "test")
    {
        var client = new FrameClient { ClientId = clientId };
        if (receiveBufferBytes is { } bytes) client._socket.ReceiveBufferSize = bytes;
        await client._socket.ConnectAsync(endPoint);
        return client;
    }

    public string? ClientId { get; init; } = "test";

    /// <returns>The correlation id.</returns>
    public async Task<int> SendAsync(IMessage request, ApiKey key, short version)
    {
        var id = _nextCorrelationId++;
        await SendAsync(FrameOf(request, key, version, id));
        return id;
    }

    public byte[] FrameOf(IMessage request, ApiKey key, short version, int correlationId)
    {
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(key, version, correlationId, ClientId), request);
        return writer.ToArray();
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, patience.Token)..];
    }

    /// <summary>The frame's size, then these bytes.</summary>
    public Task SendFrameAsync(params byte[] content)
    {
        var frame = new byte[content.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame, 4);
        return SendAsync(frame);
    }

    public async Task<TResponse> AskAsync<TResponse>(IRequest<TResponse> request, short version) where TResponse : class, IMessage, new()
    {
        var key = KeyOf<TResponse>(request);
        var id = await SendAsync(request, key, version);
        var (answeredId, response) = await ReceiveAsync<TResponse>(key, version);
        Assert.Equal(id, answeredId);
        return response;
    }

    static ApiKey KeyOf<TResponse>(IRequest<TResponse> request) where TResponse : class, IMessage, new() =>
        Enum.Parse<ApiKey>(request.GetType().Name[..^"Request".Length]);

    public async Task<(int CorrelationId, TResponse Response)> ReceiveAsync<TResponse>(ApiKey key, short version) where TResponse : class, IMessage, new()
    {
        var bytes = await ReceiveFrameAsync() ?? throw new IOException("the broker closed the connection instead of answering");
        var reader = new WireReader(bytes);
        var header = ResponseHeader.Read(ref reader, key, version);
        var response = new TResponse();
        response.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return (header.CorrelationId, response);
    }

    /// <returns>Null when the broker has closed the connection.</returns>
    public async Task<byte[]?> ReceiveFrameAsync()
    {
        var size = new byte[4];
        if (!await TryReceiveAsync(size)) return null;
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        return await TryReceiveAsync(frame) ? frame : null;
    }

    async Task<bool> TryReceiveAsync(Memory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (bytes.Length > 0)
            {
                var count = await _socket.ReceiveAsync(bytes, patience.Token);
                if (count == 0) return false;
                bytes = bytes[count..];
            }
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether the broker closes the connection without another answer.</summary>
    public async Task<bool> IsClosedAsync() => await ReceiveFrameAsync() is null;

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Bytes that could be sent before the broker stopped to take any.</summary>
    public async Task<long> SendUntilBlockedAsync(ReadOnlyMemory<byte> bytes, long atMost)
    {
        var sent = 0L;
        while (sent < atMost)
        {
            using var blocked = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            try
            {
                for (var left = bytes; left.Length > 0;)
                {
                    var count = await _socket.SendAsync(left, blocked.Token);
                    sent += count;
                    left = left[count..];
                }
            }
            catch (OperationCanceledException)
            {
                return sent;
            }
        }
        return sent;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }
}
