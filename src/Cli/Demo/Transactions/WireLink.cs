using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Semel.Protocol.Wire;

namespace Semel.Cli.Demo.Transactions;

/// <summary>
/// One connection on which the demonstration asks exactly what it wants, when it wants: no client library would hold a request back, or leave without the answer.
/// Used by one at a time.
/// </summary>
internal sealed class WireLink : IAsyncDisposable
{
    static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly WireWriter _writer = new();

    WireLink() { }

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<WireLink> OpenAsync(int port, CancellationToken stop)
    {
        var link = new WireLink();
        try
        {
            await link._socket.ConnectAsync(IPAddress.Loopback, port, stop).ConfigureAwait(false);
            return link;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _writer.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <exception cref="IOException">The broker closed the connection, or does not answer.</exception>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version, CancellationToken stop)
        where TRequest : IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        await SendAsync<TRequest, TResponse>(request, version, stop).ConfigureAwait(false);
        return await ReadAsync<TRequest, TResponse>(version, stop).ConfigureAwait(false);
    }

    /// <summary>The request leaves; nobody waits for its answer yet.</summary>
    public async Task SendAsync<TRequest, TResponse>(TRequest request, short version, CancellationToken stop)
        where TRequest : IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        _writer.Reset();
        Frame.WriteRequest(_writer, new RequestHeader(TRequest.ApiKey, version, 0, "semel-demo"), request);
        foreach (var piece in _writer.Pieces())
            for (var sent = 0; sent < piece.Length;) sent += await _socket.SendAsync(piece[sent..], stop).ConfigureAwait(false);
    }

    public async Task<TResponse> ReadAsync<TRequest, TResponse>(short version, CancellationToken stop)
        where TRequest : IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(AnswerLimit);
        try
        {
            var size = new byte[Frame.SizeLength];
            await ReadExactlyAsync(size, limited.Token).ConfigureAwait(false);
            var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
            await ReadExactlyAsync(frame, limited.Token).ConfigureAwait(false);
            return Decode<TRequest, TResponse>(frame, version);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new IOException($"the broker gave no answer to {TRequest.ApiKey} within {AnswerLimit.TotalSeconds} s");
        }
        catch (SocketException failure)
        {
            throw new IOException($"the connection was cut before the answer to {TRequest.ApiKey}", failure);
        }
    }

    static TResponse Decode<TRequest, TResponse>(byte[] frame, short version) where TRequest : IRequest<TResponse> where TResponse : class, IMessage, new()
    {
        var reader = new WireReader(frame);
        ResponseHeader.Read(ref reader, TRequest.ApiKey, version);
        var answer = new TResponse();
        answer.Read(ref reader, version);
        return answer;
    }

    async Task ReadExactlyAsync(Memory<byte> bytes, CancellationToken stop)
    {
        while (bytes.Length > 0)
        {
            var count = await _socket.ReceiveAsync(bytes, stop).ConfigureAwait(false);
            if (count == 0) throw new EndOfStreamException("the broker closed the connection");
            bytes = bytes[count..];
        }
    }
}
